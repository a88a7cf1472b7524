package tributary.spark;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.desc;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.size;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.base.Reason;
import tributary.config.Problems;

/**
 * What a written table holds: rows, dimensions, norms, modalities present, quarantine reasons,
 * nearest neighbours of an id. On the driver.
 */
public final class ShowTable {
  /** PAR1, and PARE where the footer is encrypted. */
  private static final byte[] MAGIC = {'P', 'A', 'R'};

  private final SparkSession spark;
  private final PrintStream out;

  public ShowTable(SparkSession spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  /**
   * Prints a table.
   *
   * @param id whose neighbours to list, null for none
   * @param neighbours how many
   */
  public void show(String format, String table, @Nullable String id, int neighbours) {
    Dataset<Row> rows = open(format, table);
    Row totals =
        rows.agg(
                count(lit(1)),
                countDistinct("id"),
                min(size(col("embedding"))),
                max(size(col("embedding"))),
                min("norm"),
                avg("norm"),
                max("norm"),
                countDistinct("model_hash"))
            .first();
    out.printf(Locale.ROOT, "rows        %,d (%,d ids)%n", totals.getLong(0), totals.getLong(1));
    if (totals.getLong(0) > 0) {
      out.printf(
          Locale.ROOT,
          "dimensions  %d%s%n",
          totals.getInt(2),
          totals.getInt(2) == totals.getInt(3) ? "" : " to " + totals.getInt(3));
      out.printf(
          Locale.ROOT,
          "norm        %.4f min, %.4f mean, %.4f max%n",
          totals.getFloat(4),
          totals.getDouble(5),
          totals.getFloat(6));
      rows.select("model_hash")
          .distinct()
          .limit(5)
          .collectAsList()
          .forEach(r -> out.println("model       " + r.getString(0)));
      out.println("present");
      rows.groupBy(array_join(col("present"), " + ").as("present"))
          .agg(count(lit(1)).as("n"))
          .orderBy(desc("n"), col("present"))
          .limit(20)
          .collectAsList()
          .forEach(
              r ->
                  out.printf(
                      Locale.ROOT,
                      "  %,10d  %s%n",
                      r.getLong(1),
                      r.getString(0).isEmpty() ? "(nothing)" : r.getString(0)));
    }
    quarantine(table);
    if (id != null) {
      neighbours(rows, id, neighbours);
    }
  }

  private Dataset<Row> open(String format, String table) {
    Dataset<Row> rows;
    Optional<String> absent = absent(format, table);
    if (absent.isPresent()) {
      throw refused(format, table, absent.get());
    }
    try {
      rows = spark.read().format(format).load(table);
    } catch (Exception e) {
      throw refused(format, table, InputTable.firstLine(e));
    }
    List<String> missing =
        List.of("id", "embedding", "norm", "present", "model_hash").stream()
            .filter(c -> !Arrays.asList(rows.columns()).contains(c))
            .toList();
    if (!missing.isEmpty()) {
      throw new Problems.Refused(
          List.of(
              Invalid.text(
                  "table",
                  table,
                  "it has no column " + String.join(", ", missing) + ": not written by fuse")));
    }
    return rows;
  }

  private static Problems.Refused refused(String format, String table, String why) {
    return new Problems.Refused(List.of("Cannot open table: " + format + " " + table + ": " + why));
  }

  /**
   * Why a path holds no table, where that is seen without Spark, whose tasks log what they meet.
   */
  private Optional<String> absent(String format, String table) {
    Path path = new Path(table);
    try {
      FileSystem fs = FileSystems.of(path, spark.sparkContext().hadoopConfiguration());
      if (!format.equals("parquet") || BaseFolder.isPattern(table)) {
        return Optional.empty();
      }
      if (!fs.exists(path)) {
        return Optional.of("there is no " + fs.makeQualified(path));
      }
      Optional<Path> file = firstFile(fs, path);
      if (file.isEmpty()) {
        return Optional.of("no file is in it");
      }
      return isParquet(fs, file.get())
          ? Optional.empty()
          : Optional.of(file.get().getName() + " is no Parquet file");
    } catch (IOException | IllegalArgumentException e) {
      return Optional.of(Reason.of(e));
    }
  }

  /** As Spark sees them: names that start with _ or . are none of the table's. */
  private static Optional<Path> firstFile(FileSystem fs, Path path) throws IOException {
    RemoteIterator<? extends FileStatus> files = FileSystems.allFiles(fs, path);
    while (files.hasNext()) {
      Path file = files.next().getPath();
      char first = file.getName().charAt(0);
      if (file.equals(fs.makeQualified(path)) || first != '_' && first != '.') {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static boolean isParquet(FileSystem fs, Path file) throws IOException {
    try (InputStream in = fs.open(file)) {
      return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
    }
  }

  private void quarantine(String table) {
    Path path = new Path(table + ".quarantine");
    try {
      if (!FileSystems.of(path, spark.sparkContext().hadoopConfiguration()).exists(path)) {
        return;
      }
    } catch (java.io.IOException e) {
      throw new IllegalStateException("Cannot read " + path + ": " + e.getMessage(), e);
    }
    List<Row> reasons =
        spark
            .read()
            .load(path.toString())
            .groupBy("reason", "column")
            .agg(count(lit(1)).as("n"))
            .orderBy(desc("n"), col("reason"))
            .collectAsList();
    out.println("quarantined" + (reasons.isEmpty() ? "  none" : ""));
    reasons.forEach(
        r ->
            out.printf(
                Locale.ROOT,
                "  %,10d  %s %s%n",
                r.getLong(2),
                r.getString(0),
                r.isNullAt(1) ? "" : r.getString(1)));
  }

  /**
   * The columns that were kept from the input and have one value a record, as one column of text.
   */
  private static Column kept(Dataset<Row> rows) {
    Column[] kept =
        Arrays.stream(rows.schema().fields())
            .filter(f -> !Results.COLUMNS.contains(f.name()))
            .filter(f -> f.dataType() instanceof AtomicType && f.dataType() != DataTypes.BinaryType)
            .map(f -> col("`" + f.name().replace("`", "``") + "`").cast("string"))
            .toArray(Column[]::new);
    return concat_ws("  ", kept).as("kept");
  }

  private static String line(String start, String kept) {
    return kept.isEmpty() ? start : start + "  " + kept;
  }

  /** By cosine; ties by id. */
  private void neighbours(Dataset<Row> rows, String id, int k) {
    Column kept = kept(rows);
    List<Row> found =
        rows.filter(col("id").equalTo(id))
            .select(col("embedding"), col("norm"), kept)
            .limit(1)
            .collectAsList();
    if (found.isEmpty()) {
      throw new Problems.Refused(List.of(Invalid.text("id", id, "no such row")));
    }
    List<Float> query = found.get(0).getList(0);
    float norm = found.get(0).getFloat(1);
    Column product =
        org.apache.spark.sql.functions.aggregate(
            org.apache.spark.sql.functions.zip_with(
                col("embedding"),
                lit(query.stream().mapToDouble(v -> v).toArray()),
                (a, b) -> a.cast("double").multiply(b)),
            lit(0.0),
            (a, b) -> a.plus(b));
    out.println(line("nearest to " + id, found.get(0).getString(2)));
    rows.filter(col("id").notEqual(id))
        .select(
            col("id"),
            product.divide(col("norm").cast("double").multiply(lit((double) norm))).as("cosine"),
            kept)
        .orderBy(desc("cosine"), col("id"))
        .limit(k)
        .collectAsList()
        .forEach(
            r -> {
              String start =
                  String.format(Locale.ROOT, "  %8.5f  %s", r.getDouble(1), r.getString(0));
              out.println(line(start, r.getString(2)));
            });
  }
}
