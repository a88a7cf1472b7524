package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_keys;
import static org.apache.spark.sql.functions.not;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Staged rows to the tables that users see, and what is counted from them. On the driver. */
final class Results {
  private Results() {}

  /** The columns of the output before those that are kept. */
  static final Set<String> COLUMNS =
      Set.of(
          "id",
          "embedding",
          "norm",
          "present",
          "tokens",
          "left_out",
          "model_hash",
          "recipe_hash",
          "input_hash",
          "run_id");

  /**
   * One row a record: id, embedding, norm, present (modalities), tokens (seen, by modality),
   * left_out (by a limit), model_hash, recipe_hash, input_hash, run_id, then the kept columns.
   */
  static Dataset<Row> output(
      Dataset<Row> staged, String modelHash, String recipeHash, String runId, List<String> keep) {
    List<Column> columns =
        new ArrayList<>(
            List.of(
                col("id"),
                col("embedding"),
                col("norm"),
                map_keys(col("tokens")).as("present"),
                col("tokens"),
                col("left_out"),
                lit(modelHash).as("model_hash"),
                lit(recipeHash).as("recipe_hash"),
                col("input_hash"),
                lit(runId).as("run_id")));
    keep.forEach(k -> columns.add(col("keep").getField(k).as(k)));
    return staged.filter(Staged.Kind.DONE.holds()).select(columns.toArray(new Column[0]));
  }

  /** The columns of {@link #output}. */
  static StructType schema(Dataset<Row> staged, List<String> keep) {
    return output(staged, "", "", "", keep).schema();
  }

  /** One row a quarantined record: id, column, reason, detail, payload_digest, run_id. */
  static Dataset<Row> quarantine(Dataset<Row> staged, String runId) {
    return staged
        .filter(Staged.Kind.QUARANTINED.holds())
        .select(
            col("id"),
            col("column"),
            col("reason"),
            col("detail"),
            col("payload_digest"),
            lit(runId).as("run_id"));
  }

  /**
   * What is counted, exactly, from the staged rows.
   *
   * @param read rows of the input
   * @param records that these rows are
   * @param duplicateIds ids that several records have; 0 where nobody asked
   * @param unchanged records whose row is in the output
   * @param relabelled those among them whose kept columns are others there
   * @param resumed records that are in the checkpoint alone, and are counted elsewhere
   * @param hash of ids and contents; does not depend on order or partitioning
   */
  record Totals(
      long read,
      long records,
      long duplicateIds,
      long done,
      long quarantined,
      long headers,
      long unchanged,
      long relabelled,
      long resumed,
      SortedMap<String, Long> reasons,
      SortedMap<String, Long> tokens,
      SortedMap<String, Long> leftOut,
      long hash) {
    /** Of no rows. */
    static final Totals NONE = ofHash(0);

    /** Of nothing else. */
    static Totals ofHash(long hash) {
      return new Totals(
          0, 0, 0, 0, 0, 0, 0, 0, 0, new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), hash);
    }

    Totals plus(Totals more) {
      return new Totals(
          read + more.read,
          records + more.records,
          duplicateIds + more.duplicateIds,
          done + more.done,
          quarantined + more.quarantined,
          headers + more.headers,
          unchanged + more.unchanged,
          relabelled + more.relabelled,
          resumed + more.resumed,
          sum(reasons, more.reasons),
          sum(tokens, more.tokens),
          sum(leftOut, more.leftOut),
          hash ^ more.hash);
    }

    private static SortedMap<String, Long> sum(
        SortedMap<String, Long> a, SortedMap<String, Long> b) {
      SortedMap<String, Long> all = new TreeMap<>(a);
      b.forEach((k, v) -> all.merge(k, v, Long::sum));
      return all;
    }
  }

  private static final StructType COUNTED =
      new StructType()
          .add("what", DataTypes.StringType)
          .add("key", DataTypes.StringType)
          .add("n", DataTypes.LongType);

  /** One job over the staged rows, which this also makes. */
  static Totals count(Dataset<Row> staged) {
    return sums(counted(staged), false);
  }

  /**
   * As {@link #count}, with the ids that several records have: rows of one id come one after the
   * other, by a shuffle of what is counted.
   */
  static Totals countWithDuplicates(Dataset<Row> staged, int partitions) {
    return sums(
        counted(staged).repartition(partitions, col("id")).sortWithinPartitions("id"), true);
  }

  private static Dataset<Row> counted(Dataset<Row> staged) {
    StructType keep = (StructType) staged.schema().apply("keep").dataType();
    Column relabelled =
        Staged.Kind.UNCHANGED
            .holds()
            .and(not(RowSums.exact(col("keep"), keep).equalTo(col("index"))));
    return staged
        .filter(not(Staged.Kind.PIECE.holds()))
        .select(
            col("kind"),
            col("id"),
            col("index"),
            col("records"),
            col("tokens"),
            col("left_out"),
            col("input_hash"),
            col("reason"),
            col("payload_digest"),
            relabelled.as("relabelled"));
  }

  private static Totals sums(Dataset<Row> few, boolean byId) {
    SortedMap<String, SortedMap<String, Long>> sums = new TreeMap<>();
    long hash = 0;
    for (Row row :
        few.mapPartitions(
                (MapPartitionsFunction<Row, Row>) rows -> sums(rows, byId), Encoders.row(COUNTED))
            .collectAsList()) {
      if (row.getString(0).equals("hash")) {
        hash ^= row.getLong(2);
      } else {
        sums.computeIfAbsent(row.getString(0), w -> new TreeMap<>())
            .merge(row.getString(1), row.getLong(2), Long::sum);
      }
    }
    SortedMap<String, Long> kinds = sums.getOrDefault("kind", new TreeMap<>());
    return new Totals(
        sums.getOrDefault("read", new TreeMap<>()).getOrDefault("", 0L),
        sums.getOrDefault("records", new TreeMap<>()).getOrDefault("", 0L),
        sums.getOrDefault("duplicates", new TreeMap<>()).getOrDefault("", 0L),
        kinds.getOrDefault(Staged.Kind.DONE.name(), 0L),
        kinds.getOrDefault(Staged.Kind.QUARANTINED.name(), 0L),
        kinds.getOrDefault(Staged.Kind.HEADER.name(), 0L),
        kinds.getOrDefault(Staged.Kind.UNCHANGED.name(), 0L),
        sums.getOrDefault("relabelled", new TreeMap<>()).getOrDefault("", 0L),
        kinds.getOrDefault(Staged.Kind.RESUMED.name(), 0L),
        sums.getOrDefault("reason", new TreeMap<>()),
        sums.getOrDefault("tokens", new TreeMap<>()),
        sums.getOrDefault("left_out", new TreeMap<>()),
        hash);
  }

  /** Records whose rows are in the output already: their number, and the hash of {@link Totals}. */
  record Known(long rows, long hash) {}

  /**
   * Counts them, in one pass.
   *
   * @param known id and input_hash
   */
  static Known known(Dataset<Row> known) {
    return known
        .select("id", "input_hash")
        .mapPartitions(
            (MapPartitionsFunction<Row, Row>) Results::known,
            Encoders.row(new StructType().add("rows", "long").add("hash", "long")))
        .collectAsList()
        .stream()
        .map(r -> new Known(r.getLong(0), r.getLong(1)))
        .reduce(new Known(0, 0), (a, b) -> new Known(a.rows + b.rows, a.hash ^ b.hash));
  }

  private static Iterator<Row> known(Iterator<Row> known) {
    long rows = 0;
    long hash = 0;
    while (known.hasNext()) {
      Row row = known.next();
      rows++;
      hash ^= content(row.getString(0), row.getString(1));
    }
    return List.of(RowFactory.create(rows, hash)).iterator();
  }

  private static Iterator<Row> sums(Iterator<Row> rows, boolean byId) {
    SortedMap<String, SortedMap<String, Long>> sums = new TreeMap<>();
    long hash = 0;
    @Nullable String last = null;
    boolean told = false;
    while (rows.hasNext()) {
      Row row = rows.next();
      Staged.Kind kind = Staged.Kind.of(row);
      if (kind == Staged.Kind.READ) {
        add(sums, "read", "", row.<Long>getAs("index"));
        add(sums, "records", "", row.<Long>getAs("records"));
        continue;
      }
      String own = row.<@Nullable String>getAs("id");
      boolean again = byId && own != null && own.equals(last);
      if (again && !told) {
        add(sums, "duplicates", "", 1);
      }
      told = again;
      last = own;
      add(sums, "kind", kind.name(), 1);
      String id = String.valueOf(own);
      if (kind == Staged.Kind.DONE) {
        RowValues.counts(row, "tokens").forEach((m, n) -> add(sums, "tokens", m, n));
        RowValues.counts(row, "left_out").forEach((m, n) -> add(sums, "left_out", m, n));
        hash ^= content(id, row.getAs("input_hash"));
      } else if (kind == Staged.Kind.UNCHANGED) {
        hash ^= content(id, row.getAs("input_hash"));
        add(sums, "relabelled", "", row.<Boolean>getAs("relabelled") ? 1 : 0);
      } else if (kind == Staged.Kind.QUARANTINED) {
        String reason = row.getAs("reason");
        add(sums, "reason", reason, 1);
        String digest = row.<@Nullable String>getAs("payload_digest");
        hash ^= content(id, digest == null ? reason : digest);
      }
    }
    List<Row> out = new ArrayList<>();
    sums.forEach(
        (what, keys) -> keys.forEach((key, n) -> out.add(RowFactory.create(what, key, n))));
    out.add(RowFactory.create("hash", "", hash));
    return out.iterator();
  }

  private static void add(
      SortedMap<String, SortedMap<String, Long>> sums, String what, String key, long n) {
    sums.computeIfAbsent(what, w -> new TreeMap<>()).merge(key, n, Long::sum);
  }

  /** 64 bits of one record, mixed so that the exclusive or over all records tells tables apart. */
  private static long content(String id, String hash) {
    CRC32C crc = new CRC32C();
    crc.update(id.getBytes(StandardCharsets.UTF_8));
    crc.update(0);
    long low = crc.getValue();
    crc.update(hash.getBytes(StandardCharsets.UTF_8));
    long mixed = (crc.getValue() << 32 | low) * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 29);
  }
}
