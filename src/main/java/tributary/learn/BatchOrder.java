package tributary.learn;

import tributary.base.Invalid;

/**
 * Which records each gradient shard has in each step: a pure function of seed, sizes and step, so
 * that any number of tasks, and a run that goes on from a checkpoint, sees the same batches.
 *
 * <pre>
 *   shard 0   3 0 2 1        one permutation per shard and epoch
 *   shard 1   1 2 0
 *   epoch     3 1 | 0 2 | 2 0 | 1      dealt out by turns: a batch is the next records of all shards
 *             batch 0 1     2   (left out: less than a batch)
 * </pre>
 *
 * Each record is seen once per epoch, but for the last ones of the epoch that make no whole batch;
 * which these are is another draw in each epoch. A step may have none of a shard's records, where
 * the batch is smaller than the number of shards. Immutable, for all threads.
 */
public final class BatchOrder {
  private final long seed;
  private final long records;
  private final int shards;
  private final int batch;

  /**
   * @param records to learn from, at least 1
   * @param shards a power of two
   * @param batch records per step, 1 to `records`; any number, whatever the number of shards
   * @throws IllegalArgumentException for a batch above the table, and other sizes that do not fit
   */
  public BatchOrder(long seed, long records, int shards, int batch) {
    if (records < 1) {
      throw Invalid.argument("records", records, "at least 1");
    }
    if (shards < 1 || Integer.bitCount(shards) != 1) {
      throw Invalid.argument("shards", shards, "a power of two");
    }
    if (batch < 1) {
      throw Invalid.argument("batch", batch, "at least 1");
    }
    if (batch > records) {
      throw Invalid.argument("batch", batch, "at most the table's " + records + " records");
    }
    this.seed = seed;
    this.records = records;
    this.shards = shards;
    this.batch = batch;
  }

  /** Records per step. */
  public int batch() {
    return batch;
  }

  /** Steps of one epoch, at least 1. */
  public long stepsPerEpoch() {
    return records / batch;
  }

  /** Steps of so many epochs, which may be a fraction: rounded up, at least 1. */
  public long steps(double epochs) {
    if (!(epochs > 0)) {
      throw Invalid.argument("epochs", epochs, "above 0");
    }
    return Math.max(1, (long) Math.ceil(epochs * stepsPerEpoch()));
  }

  /** The epoch of a step, both from 0. */
  public long epoch(long step) {
    if (step < 0) {
      throw Invalid.argument("step", step, "at least 0");
    }
    return step / stepsPerEpoch();
  }

  /** The first step of an epoch. */
  public long firstStep(long epoch) {
    return epoch * stepsPerEpoch();
  }

  /** How many records a shard has in a step. */
  public int count(long step, int shard) {
    long from = first(step, shard);
    long end = end(step);
    return from >= end ? 0 : (int) ((end - from - 1) / shards + 1);
  }

  /**
   * The records of a shard in a step, as indices within the shard, in the order in which they are
   * seen: [{@link #count}].
   */
  public int[] indices(long step, int shard) {
    int[] indices = new int[count(step, shard)];
    long size = RecordRanks.size(records, shards, shard);
    long turn = first(step, shard) / shards;
    long key = key(epoch(step), shard);
    for (int i = 0; i < indices.length; i++) {
      indices[i] = (int) permuted(turn + i, size, key);
    }
    return indices;
  }

  /** The shard's first turn of the step, as a place among all turns of the epoch. */
  private long first(long step, int shard) {
    if (shard < 0 || shard >= shards) {
      throw Invalid.argument("shard", shard, "0 to " + (shards - 1));
    }
    long from = end(step) - batch;
    return from + Math.floorMod(shard - from, (long) shards);
  }

  /** Behind the step's last turn. */
  private long end(long step) {
    return (step - firstStep(epoch(step)) + 1) * batch;
  }

  private long key(long epoch, int shard) {
    return mixed(mixed(mixed(seed) + epoch) + shard);
  }

  /** Rounds of the network: more than the four of a strong one, for domains of a few values. */
  private static final int ROUNDS = 6;

  /** Where the permutation of 0 to size - 1 takes a value: {@link Feistel}. */
  static long permuted(long value, long size, long key) {
    return Feistel.permuted(
        value,
        size,
        ROUNDS,
        (round, right, half) -> mixed(mixed(key + round) + right) & ((1L << half) - 1));
  }

  /** A step of SplitMix64. */
  private static long mixed(long value) {
    return Feistel.mixed(value + 0x9E3779B97F4A7C15L);
  }
}
