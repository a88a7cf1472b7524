package tributary.learn;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.base.Closing;
import tributary.base.Invalid;
import tributary.split.Subsequence;
import tributary.split.SubsequenceBytes;

/**
 * Takes the records of a task's shards, shard by shard and rank by rank, piece by piece, to the
 * task's disk; holds one piece. What is not as expected is refused at once, with both sides: a
 * shard with a record too few or too many would learn from other batches than it says. Lives in a
 * task, used by one thread.
 */
public final class ShardWriter implements AutoCloseable {
  private final int shards;
  private final int from;
  private final long records;
  private final List<Spool> spools = new ArrayList<>();
  private @Nullable Open open;
  private boolean finished;

  /** A record whose pieces are coming. */
  private record Open(
      int shard,
      long rank,
      String id,
      SortedMap<String, Long> counts,
      SortedMap<String, String> labels,
      List<RecordFoot.Part> parts) {}

  /**
   * @param records of all shards of all tasks
   * @param shards of all tasks
   * @param from the task's first shard
   * @param to behind its last
   * @param folder on a local disk, which exists
   */
  public ShardWriter(long records, int shards, int from, int to, Path folder) {
    if (from < 0 || from >= to || to > shards) {
      throw Invalid.argument("shards", from + " to " + to, "some of " + shards);
    }
    this.records = records;
    this.shards = shards;
    this.from = from;
    try {
      for (int s = from; s < to; s++) {
        spools.add(new Spool(folder));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Starts the next record.
   *
   * @param counts tokens by modality, of those present
   * @param labels by name; none for a label that is null
   */
  public void record(
      long rank, String id, SortedMap<String, Long> counts, SortedMap<String, String> labels) {
    end();
    int shard = (int) (rank % shards);
    if (shard < from || shard >= from + spools.size()) {
      throw new IllegalStateException(
          "Cannot take record " + id + ": shard " + shard + " (expected " + range() + ")");
    }
    long expected = shard + (long) spool(shard).marked() * shards;
    if (rank != expected) {
      throw new IllegalStateException(
          "Cannot take record " + id + ": rank " + rank + " (expected " + expected + ")");
    }
    open = new Open(shard, rank, id, counts, labels, new ArrayList<>());
  }

  /** The next piece; of another id than the record's, it is of no record and left out. */
  public void piece(String id, byte[] subsequence) {
    Open record = open;
    if (record == null || !record.id().equals(id)) {
      return;
    }
    Subsequence piece = SubsequenceBytes.read(subsequence);
    List<RecordFoot.Part> parts = record.parts();
    int last = parts.size() - 1;
    if (last < 0 || !parts.get(last).modality().equals(piece.modality())) {
      parts.add(new RecordFoot.Part(piece.modality(), 0, new ArrayList<>()));
      last++;
    }
    RecordFoot.Part part = parts.get(last);
    if (piece.index() != part.pieces().size()) {
      throw new IllegalStateException(
          "Cannot take record %s: piece %d of %s (expected %d)"
              .formatted(id, piece.index(), piece.modality(), part.pieces().size()));
    }
    part.pieces().add(subsequence.length);
    parts.set(
        last, new RecordFoot.Part(part.modality(), part.tokens() + piece.tokens(), part.pieces()));
    spool(record.shard()).append(subsequence);
  }

  private void end() {
    Open record = open;
    if (record == null) {
      return;
    }
    SortedMap<String, Long> found = new TreeMap<>();
    record.parts().forEach(p -> found.merge(p.modality(), p.tokens(), Long::sum));
    if (!found.equals(record.counts())) {
      throw new IllegalStateException(
          "Cannot take record %s: tokens %s (expected %s)"
              .formatted(record.id(), found, record.counts()));
    }
    RecordFoot foot = new RecordFoot(record.id(), record.rank(), record.labels(), record.parts());
    spool(record.shard()).mark(foot.write());
    open = null;
  }

  /**
   * After the last piece: the records, which the caller closes.
   *
   * @throws IllegalStateException if a shard has not all of its records
   */
  public ShardRecords finish() {
    end();
    for (int s = 0; s < spools.size(); s++) {
      long expected = RecordRanks.size(records, shards, from + s);
      if (spools.get(s).marked() != expected) {
        throw new IllegalStateException(
            "Cannot take shard %d: %d records (expected %d)"
                .formatted(from + s, spools.get(s).marked(), expected));
      }
    }
    finished = true;
    return new ShardRecords(from, spools);
  }

  private Spool spool(int shard) {
    return spools.get(shard - from);
  }

  private String range() {
    return from + " to " + (from + spools.size() - 1);
  }

  /** Gives up what was not finished. */
  @Override
  public void close() {
    if (!finished) {
      Closing.all(spools);
    }
  }
}
