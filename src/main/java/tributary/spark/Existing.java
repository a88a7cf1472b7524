package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * Mode append: what is in a table already is not written again. Of the output a row is known by id,
 * model and content; of the quarantine by all that it says but the run, which is the first that met
 * it. On the driver.
 */
final class Existing {
  private static final List<String> OUTPUT = List.of("id", "model_hash", "input_hash");
  private static final List<String> QUARANTINE =
      List.of("id", "column", "reason", "detail", "payload_digest");

  private Existing() {}

  /** Rows of the output that are not in the table. */
  static Dataset<Row> without(SparkSession spark, Dataset<Row> table, Sink sink) {
    Optional<Dataset<Row>> existing = open(spark, sink);
    if (existing.isEmpty()) {
      return table;
    }
    Column same = col("id").equalTo(col("there_id"));
    same = same.and(col("model_hash").equalTo(col("there_model")));
    same = same.and(col("input_hash").equalTo(col("there_input")));
    Dataset<Row> there =
        existing
            .get()
            .select(
                col("id").as("there_id"),
                col("model_hash").as("there_model"),
                col("input_hash").as("there_input"));
    return table.join(there, same, "left_anti");
  }

  /** Rows of the quarantine that are not in the table: as many as are new. */
  static Dataset<Row> untold(Dataset<Row> told, String runId, Sink sink) {
    Column[] columns =
        QUARANTINE.stream()
            .map(c -> col(c).cast(DataTypes.StringType).as(c))
            .toArray(Column[]::new);
    return open(told.sparkSession(), sink)
        .map(there -> told.select(columns).exceptAll(there.select(columns)))
        .map(untold -> untold.withColumn("run_id", lit(runId)))
        .orElse(told);
  }

  /** Refuses to append to an output that can't be compared with. */
  static void checkOutput(SparkSession spark, Sink sink, Problems problems) {
    check(spark, "output", sink, OUTPUT, problems);
  }

  /** Refuses to append to a quarantine that can't be compared with. */
  static void checkQuarantine(SparkSession spark, Sink sink, Problems problems) {
    check(spark, "quarantine", sink, QUARANTINE, problems);
  }

  private static void check(
      SparkSession spark, String key, Sink sink, List<String> needed, Problems problems) {
    if (sink.mode() != Sink.Mode.APPEND) {
      return;
    }
    if (nameless(sink)) {
      problems.invalid(
          key + ".format",
          sink.format(),
          "with mode append one that is read back by the names of its columns: parquet, json, or csv"
              + " with options.header: true");
      return;
    }
    try {
      List<String> there = open(spark, sink).map(t -> List.of(t.columns())).orElse(needed);
      if (!there.containsAll(needed)) {
        problems.invalid(
            key + ".path",
            sink.path(),
            "with mode append a table with the columns " + needed + ", which has " + there);
      }
    } catch (Exception e) {
      problems.invalid(
          key + ".path", sink.path(), "a table to append to: " + InputTable.firstLine(e));
    }
  }

  /** Whether the format has no names, or none as its options are. */
  private static boolean nameless(Sink sink) {
    String format = sink.format().toLowerCase(Locale.ROOT);
    boolean header =
        sink.options().entrySet().stream()
            .anyMatch(
                o ->
                    o.getKey().equalsIgnoreCase("header") && o.getValue().equalsIgnoreCase("true"));
    return format.equals("text") || format.equals("csv") && !header;
  }

  /** The table as it is; none where nothing was written yet. */
  private static Optional<Dataset<Row>> open(SparkSession spark, Sink sink) {
    try {
      Path path = new Path(sink.path());
      if (!FileSystems.of(path, spark.sparkContext().hadoopConfiguration()).exists(path)) {
        return Optional.empty();
      }
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + sink.path() + ": " + e.getMessage(), e);
    }
    try {
      Dataset<Row> table =
          spark.read().format(sink.format()).options(sink.options()).load(sink.path());
      return Optional.of(table).filter(t -> t.columns().length > 0);
    } catch (Exception e) {
      if (isEmpty(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static boolean isEmpty(Exception e) {
    return e instanceof AnalysisException
        && e instanceof SparkThrowable s
        && "UNABLE_TO_INFER_SCHEMA".equals(s.getCondition());
  }
}
