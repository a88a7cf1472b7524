package tributary.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Closing;
import tributary.base.Invalid;
import tributary.split.Subsequence;
import tributary.split.SubsequenceBytes;
import tributary.tokenize.TokenBlock;

/**
 * The records of the gradient shards that one task owns, on its disk: any of them by shard and
 * index. Lives in a task; holds 12 bytes per record and nothing of what it read. Made by {@link
 * ShardWriter}; closed, its disk space is free.
 */
public final class ShardRecords implements AutoCloseable {
  private final int from;
  private final List<Spool> spools;

  /**
   * @param from the first shard
   * @param spools of the shards, in order
   */
  ShardRecords(int from, List<Spool> spools) {
    this.from = from;
    this.spools = List.copyOf(spools);
  }

  /** The first shard that is here. */
  public int from() {
    return from;
  }

  /** Behind the last shard that is here. */
  public int to() {
    return from + spools.size();
  }

  /** Records of a shard; 0 is legal. */
  public int size(int shard) {
    return spool(shard).marked();
  }

  /**
   * A record, read anew.
   *
   * @param index within the shard, as {@link BatchOrder} gives it
   * @throws IllegalStateException for bytes that have changed, or can't be read
   */
  public LearningRecord record(int shard, int index) {
    Spool spool = spool(shard);
    RecordFoot foot = foot(shard, index);
    SortedMap<String, Subsequence> tokens = new TreeMap<>();
    long at = spool.start(index) - foot.bytes();
    for (RecordFoot.Part part : foot.parts()) {
      List<TokenBlock> blocks = new ArrayList<>();
      for (int length : part.pieces()) {
        blocks.addAll(SubsequenceBytes.read(spool.read(at, length)).blocks());
        at += length;
      }
      tokens.put(part.modality(), new Subsequence(part.modality(), 0, List.copyOf(blocks)));
    }
    return new LearningRecord(foot.id(), foot.rank(), tokens, foot.labels());
  }

  /** Tokens of a record by modality, of those present, without reading the tokens. */
  public SortedMap<String, Long> counts(int shard, int index) {
    SortedMap<String, Long> counts = new TreeMap<>();
    foot(shard, index).parts().forEach(p -> counts.put(p.modality(), p.tokens()));
    return counts;
  }

  private RecordFoot foot(int shard, int index) {
    Spool spool = spool(shard);
    if (index < 0 || index >= spool.marked()) {
      throw Invalid.argument(
          "index", index, "below " + spool.marked() + ", the records of shard " + shard);
    }
    return RecordFoot.read(spool.block(index));
  }

  private Spool spool(int shard) {
    if (shard < from || shard >= to()) {
      throw Invalid.argument("shard", shard, from + " to " + (to() - 1) + ", those of this task");
    }
    return spools.get(shard - from);
  }

  @Override
  public void close() {
    Closing.all(spools);
  }
}
