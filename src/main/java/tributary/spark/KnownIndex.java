package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.read.Digest;

/**
 * What is known of records before they are read, small enough to be sent to every task: a record is
 * known by the first 64 bits of its id's SHA-256 and the first 128 of its content's. Sorted by id;
 * several entries may have one.
 */
@SuppressWarnings("ArrayRecordComponent")
record KnownIndex(long[] ids, long[] high, long[] low, long[] kept, boolean[] inOutput)
    implements Serializable {
  /** So many records, at 33 bytes each, are sent to every executor; more are joined. */
  static final long MOST = 2_000_000;

  /** Of a row, however it is compressed: its content's hash. */
  static final int LEAST_BYTES = 32;

  private static final int ENTRY = 4 * Long.BYTES + 1;
  private static final int HALF = 16;
  private static final byte OTHER = 0;
  private static final byte OUTPUT = 1;
  private static final byte CHECKPOINT = 2;

  /**
   * What is there, and what of it this model and recipe made.
   *
   * @param rows of the output, of any model
   * @param distinct whether no id stands twice among them
   */
  record Made(KnownIndex index, long rows, boolean distinct) {}

  /**
   * Collects an index.
   *
   * @param output id, input_hash, ours (boolean) and kept (hash of the kept columns) of all rows of
   *     the output; none where there is no output
   * @param checkpoint id and input_hash of its records; none where there is none
   */
  static Made of(Optional<Dataset<Row>> output, Optional<Dataset<Row>> checkpoint) {
    Column standing = col("ours").cast("byte");
    List<byte[]> parts = new ArrayList<>();
    output
        .map(o -> o.select(col("id"), col("input_hash"), col("kept"), standing))
        .ifPresent(o -> parts.addAll(collected(o)));
    checkpoint
        .map(c -> c.select(col("id"), col("input_hash"), lit(0L), lit(CHECKPOINT).cast("byte")))
        .ifPresent(c -> parts.addAll(collected(c)));
    return made(parts);
  }

  private static List<byte[]> collected(Dataset<Row> rows) {
    return rows.mapPartitions(
            (MapPartitionsFunction<Row, byte[]>) KnownIndex::entries, Encoders.BINARY())
        .collectAsList();
  }

  private static Iterator<byte[]> entries(Iterator<Row> rows) {
    ByteBuffer out = ByteBuffer.allocate(ENTRY * 1024);
    while (rows.hasNext()) {
      Row row = rows.next();
      if (out.remaining() < ENTRY) {
        out = ByteBuffer.allocate(2 * out.capacity()).put(out.flip());
      }
      String hash = row.isNullAt(1) ? "" : row.getString(1);
      boolean known = isHash(hash) && !row.isNullAt(0) && !row.isNullAt(3);
      out.putLong(row.isNullAt(0) ? 0 : id(row.getString(0)))
          .putLong(known ? half(hash, 0) : 0)
          .putLong(known ? half(hash, HALF) : 0)
          .putLong(row.getLong(2))
          .put(known ? row.getByte(3) : OTHER);
    }
    return List.of(Arrays.copyOf(out.array(), out.position())).iterator();
  }

  private static Made made(List<byte[]> parts) {
    int rows = parts.stream().mapToInt(p -> p.length / ENTRY).sum();
    ByteBuffer[] entries = new ByteBuffer[rows];
    int n = 0;
    for (byte[] part : parts) {
      for (int at = 0; at < part.length; at += ENTRY) {
        entries[n++] = ByteBuffer.wrap(part, at, ENTRY).slice();
      }
    }
    Arrays.sort(entries, (a, b) -> Long.compareUnsigned(a.getLong(0), b.getLong(0)));
    long there = 0;
    boolean distinct = true;
    long last = 0;
    KnownIndex index =
        new KnownIndex(new long[n], new long[n], new long[n], new long[n], new boolean[n]);
    int known = 0;
    for (ByteBuffer entry : entries) {
      byte standing = entry.get(ENTRY - 1);
      if (standing != CHECKPOINT) {
        distinct &= there == 0 || entry.getLong(0) != last;
        last = entry.getLong(0);
        there++;
      }
      if (standing != OTHER) {
        index.put(known++, entry);
      }
    }
    return new Made(index.first(known), there, distinct);
  }

  private void put(int at, ByteBuffer entry) {
    ids[at] = entry.getLong(0);
    high[at] = entry.getLong(Long.BYTES);
    low[at] = entry.getLong(2 * Long.BYTES);
    kept[at] = entry.getLong(3 * Long.BYTES);
    inOutput[at] = entry.get(ENTRY - 1) == OUTPUT;
  }

  private KnownIndex first(int n) {
    return new KnownIndex(
        Arrays.copyOf(ids, n),
        Arrays.copyOf(high, n),
        Arrays.copyOf(low, n),
        Arrays.copyOf(kept, n),
        Arrays.copyOf(inOutput, n));
  }

  boolean isEmpty() {
    return ids.length == 0;
  }

  /**
   * What is known of a record; none where it must be read.
   *
   * @param content its hash, asked for only where something of its id is known; null where it can't
   *     be had
   */
  Optional<Staged> known(String id, Row keep, Supplier<@Nullable String> content) {
    long own = id(id);
    int at = first(own);
    if (at == ids.length || ids[at] != own) {
      return Optional.empty();
    }
    String hash = content.get();
    if (hash == null) {
      return Optional.empty();
    }
    int found = -1;
    for (; at < ids.length && ids[at] == own; at++) {
      boolean same = high[at] == half(hash, 0) && low[at] == half(hash, HALF);
      if (same && (found < 0 || inOutput[at])) {
        found = at;
      }
    }
    return found < 0
        ? Optional.empty()
        : Optional.of(new Staged.Known(id, hash, keep, kept[found], inOutput[found]));
  }

  /** The first entry of an id, or where it would be. */
  private int first(long id) {
    int low = 0;
    int high = ids.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(ids[middle], id) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long id(String id) {
    return new Digest().text(id).start();
  }

  private static boolean isHash(String hash) {
    return hash.length() == 4 * HALF && hash.chars().allMatch(HexFormat::isHexDigit);
  }

  private static long half(String hash, int from) {
    return HexFormat.fromHexDigitsToLong(hash, from, from + HALF);
  }
}
