package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;
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
 * known by the first 128 bits of its id's SHA-256 and the first 128 of its content's. Sorted by id;
 * several entries may have one.
 *
 * @param columns arrays of equal length, which any serializer can send: two of the id, two of the
 *     content, the hash of the kept columns, and 1 for what is in the output, 2 for the checkpoint
 */
@SuppressWarnings("ArrayRecordComponent")
record KnownIndex(long[][] columns) {
  /** So many records, at 48 bytes each, are sent to every executor; more are joined. */
  static final long MOST = 2_000_000;

  /** Of a row, however it is compressed: its content's hash. */
  static final int LEAST_BYTES = 32;

  private static final int COLUMNS = 6;
  private static final int KEPT = 4;
  private static final int STANDING = 5;
  private static final int ENTRY = COLUMNS * Long.BYTES;
  private static final int HALF = 16;
  private static final String NONE = "0".repeat(2 * HALF);
  private static final byte OTHER = 0;
  private static final byte OUTPUT = 1;
  private static final byte CHECKPOINT = 2;

  /**
   * What is there, and what of it this model and recipe made.
   *
   * @param rows of the output, of any model
   * @param distinct whether no id occurs twice among them
   * @param repeated whether the checkpoint has a record twice
   */
  record Made(KnownIndex index, long rows, boolean distinct, boolean repeated) {}

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
      String id = row.isNullAt(0) ? NONE : id(row.getString(0));
      String content = known ? hash : NONE;
      out.putLong(half(id, 0)).putLong(half(id, HALF));
      out.putLong(half(content, 0)).putLong(half(content, HALF));
      out.putLong(row.getLong(2)).putLong(known ? row.getByte(3) : OTHER);
    }
    return List.of(Arrays.copyOf(out.array(), out.position())).iterator();
  }

  private static Made made(List<byte[]> parts) {
    int rows = parts.stream().mapToInt(p -> p.length / ENTRY).sum();
    long[][] entries = new long[rows][COLUMNS];
    int n = 0;
    for (byte[] part : parts) {
      LongBuffer longs = ByteBuffer.wrap(part).asLongBuffer();
      while (longs.hasRemaining()) {
        longs.get(entries[n++]);
      }
    }
    Arrays.sort(entries, KnownIndex::compare);
    long there = 0;
    boolean distinct = true;
    boolean repeated = false;
    long[] last = {};
    long[] before = {};
    int known = 0;
    for (long[] entry : entries) {
      if (entry[STANDING] != CHECKPOINT) {
        distinct &= there == 0 || last[0] != entry[0] || last[1] != entry[1];
        last = entry;
        there++;
      } else {
        repeated |= Arrays.equals(before, entry);
        before = entry;
      }
      known += entry[STANDING] == OTHER ? 0 : 1;
    }
    long[][] columns = new long[COLUMNS][known];
    int at = 0;
    for (long[] entry : entries) {
      if (entry[STANDING] != OTHER) {
        for (int c = 0; c < COLUMNS; c++) {
          columns[c][at] = entry[c];
        }
        at++;
      }
    }
    return new Made(new KnownIndex(columns), there, distinct, repeated);
  }

  /** By id, then by content; what is in the checkpoint has no hash of kept columns. */
  private static int compare(long[] a, long[] b) {
    int id = compare(a[0], a[1], b[0], b[1]);
    int content = id == 0 ? compare(a[2], a[3], b[2], b[3]) : id;
    return content == 0 ? Long.compare(a[STANDING], b[STANDING]) : content;
  }

  private static int compare(long highA, long lowA, long highB, long lowB) {
    int high = Long.compareUnsigned(highA, highB);
    return high == 0 ? Long.compareUnsigned(lowA, lowB) : high;
  }

  /** Entries. */
  int size() {
    return columns[0].length;
  }

  /**
   * What is known of a record; none where it must be read.
   *
   * @param content its hash, asked for only where something of its id is known; null where it can't
   *     be had
   */
  Optional<Staged.Known> known(String id, Row keep, Supplier<@Nullable String> content) {
    String own = id(id);
    int at = first(half(own, 0), half(own, HALF));
    if (!isOf(at, own)) {
      return Optional.empty();
    }
    String hash = content.get();
    if (hash == null) {
      return Optional.empty();
    }
    int found = -1;
    for (; isOf(at, own); at++) {
      boolean same = columns[2][at] == half(hash, 0) && columns[3][at] == half(hash, HALF);
      if (same && (found < 0 || columns[STANDING][at] == OUTPUT)) {
        found = at;
      }
    }
    return found < 0
        ? Optional.empty()
        : Optional.of(
            new Staged.Known(
                id, hash, keep, columns[KEPT][found], columns[STANDING][found] == OUTPUT));
  }

  private boolean isOf(int at, String id) {
    return at < size() && columns[0][at] == half(id, 0) && columns[1][at] == half(id, HALF);
  }

  /** The first entry of an id, or where it would be. */
  private int first(long idHigh, long idLow) {
    int low = 0;
    int high = size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(columns[0][middle], columns[1][middle], idHigh, idLow) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static String id(String id) {
    return new Digest().text(id).hex();
  }

  private static boolean isHash(String hash) {
    return hash.length() == 4 * HALF && hash.chars().allMatch(HexFormat::isHexDigit);
  }

  private static long half(String hash, int from) {
    return HexFormat.fromHexDigitsToLong(hash, from, from + HALF);
  }
}
