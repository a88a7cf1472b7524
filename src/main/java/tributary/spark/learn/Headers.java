package tributary.spark.learn;

import static org.apache.spark.sql.functions.col;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;
import tributary.learn.RecordRanks;
import tributary.read.Digest;

/**
 * What the headers of all records tell of a table: their hashes, by which they are ordered, and who
 * has which modality. One job over the headers, which gives 8 bytes per record and a few rows per
 * partition. On the driver.
 *
 * @param modalities by name, of those that a record has
 * @param totals over all records
 */
record Headers(RecordRanks ranks, SortedMap<String, ModalityCount> modalities, Totals totals) {
  private static final StructType FOUND =
      new StructType()
          .add("modality", DataTypes.StringType)
          .add("held_out", DataTypes.BooleanType)
          .add("records", DataTypes.LongType)
          .add("tokens", DataTypes.LongType)
          .add("sum", DataTypes.LongType)
          .add("constant", DataTypes.BooleanType)
          .add("hashes", DataTypes.BinaryType);

  /**
   * What is known of records together, in any order.
   *
   * @param longest tokens of the longest record
   * @param content a sum over what each record holds: id, part of the table, tokens
   */
  record Totals(long longest, long content) implements Serializable {
    static final Totals NONE = new Totals(0, 0);

    /** Both together, in any order. */
    Totals plus(Totals more) {
      return new Totals(Math.max(longest, more.longest), content + more.content);
    }

    /**
     * Of one record.
     *
     * @param tokens number by modality
     * @param sums a checksum of the tokens per modality, in the order of their names
     */
    private static Totals of(
        String id, boolean heldOut, SortedMap<String, Long> tokens, ByteBuffer sums) {
      Digest digest = new Digest().text(id).number(heldOut ? 1 : 0);
      long all = 0;
      for (Map.Entry<String, Long> e : tokens.entrySet()) {
        digest.text(e.getKey()).number(e.getValue()).number(sums.getLong());
        all += e.getValue();
      }
      return new Totals(all, digest.start());
    }
  }

  /**
   * Takes them.
   *
   * @param rows of {@link tributary.spark.TokenizedTable#rows}
   */
  static Headers of(Dataset<Row> rows, long seed, double share) {
    Dataset<Row> headers = rows.filter(col("header")).select("id", "held_out", "tokens", "payload");
    SortedMap<String, ModalityCount> modalities = new TreeMap<>();
    Totals totals = Totals.NONE;
    Map<Boolean, List<byte[]>> hashes = Map.of(false, new ArrayList<>(), true, new ArrayList<>());
    for (Row row :
        headers
            .mapPartitions(
                (MapPartitionsFunction<Row, Row>) own -> found(own, seed, share),
                Encoders.row(FOUND))
            .collectAsList()) {
      if (row.isNullAt(0)) {
        java.util.Objects.requireNonNull(hashes.get(row.getBoolean(1))).add(row.getAs(6));
        totals = totals.plus(new Totals(row.getLong(3), row.getLong(4)));
      } else {
        modalities.merge(
            row.getString(0),
            new ModalityCount(row.getLong(2), row.getLong(3), row.getLong(4), row.getBoolean(5)),
            ModalityCount::plus);
      }
    }
    long[] training = longs(hashes.getOrDefault(false, List.of()));
    long[] heldOut = longs(hashes.getOrDefault(true, List.of()));
    Set<Long> ties = RecordRanks.ties(training, heldOut);
    List<RecordRanks.Tied> named = ties.isEmpty() ? List.of() : named(headers, ties, seed, share);
    return new Headers(RecordRanks.of(seed, training, heldOut, named), modalities, totals);
  }

  private static List<RecordRanks.Tied> named(
      Dataset<Row> headers, Set<Long> ties, long seed, double share) {
    Set<Long> sent = new java.util.HashSet<>(ties);
    return headers
        .select("id", "held_out")
        .filter(
            (FilterFunction<Row>) row -> sent.contains(RecordRanks.hash(seed, row.getString(0))))
        .collectAsList()
        .stream()
        .map(
            row ->
                new RecordRanks.Tied(
                    row.getString(0),
                    isHeldOut(row, RecordRanks.hash(seed, row.getString(0)), share)))
        .toList();
  }

  private static boolean isHeldOut(Row row, long hash, double share) {
    return row.getBoolean(1) || RecordRanks.isIn(share, hash);
  }

  private static Iterator<Row> found(Iterator<Row> rows, long seed, double share) {
    SortedMap<String, ModalityCount> modalities = new TreeMap<>();
    Longs training = new Longs();
    Longs heldOut = new Longs();
    Totals totals = Totals.NONE;
    while (rows.hasNext()) {
      Row row = rows.next();
      long hash = RecordRanks.hash(seed, row.getString(0));
      boolean held = isHeldOut(row, hash, share);
      (held ? heldOut : training).add(hash);
      SortedMap<String, Long> tokens =
          new TreeMap<>(CollectionConverters.asJava(row.<String, Long>getMap(2)));
      ByteBuffer sums = ByteBuffer.wrap(row.<byte[]>getAs(3));
      totals = totals.plus(Totals.of(row.getString(0), held, tokens, sums.duplicate()));
      tokens.forEach(
          (m, n) ->
              modalities.merge(
                  m, new ModalityCount(1, n, sums.getLong(), true), ModalityCount::plus));
    }
    List<Row> out = new ArrayList<>();
    modalities.forEach(
        (m, c) ->
            out.add(
                RowFactory.create(m, false, c.records(), c.tokens(), c.sum(), c.constant(), null)));
    out.add(row(false, totals, training));
    out.add(row(true, Totals.NONE, heldOut));
    return out.iterator();
  }

  private static Row row(boolean heldOut, Totals totals, Longs hashes) {
    return RowFactory.create(
        null, heldOut, 0L, totals.longest(), totals.content(), false, hashes.bytes());
  }

  /** Numbers as they come, to bytes. */
  private static final class Longs {
    private long[] values = new long[64];
    private int n;

    void add(long value) {
      values = n == values.length ? Arrays.copyOf(values, 2 * n) : values;
      values[n++] = value;
    }

    byte[] bytes() {
      ByteBuffer b = ByteBuffer.allocate(n * Long.BYTES);
      b.asLongBuffer().put(values, 0, n);
      return b.array();
    }
  }

  private static long[] longs(List<byte[]> parts) {
    long all = parts.stream().mapToLong(p -> p.length / Long.BYTES).sum();
    long[] values = new long[Math.toIntExact(all)];
    int at = 0;
    for (byte[] part : parts) {
      int n = part.length / Long.BYTES;
      ByteBuffer.wrap(part).asLongBuffer().get(values, at, n);
      at += n;
    }
    return values;
  }
}
