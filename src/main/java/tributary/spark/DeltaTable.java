package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.parser.ParseException;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * A table of Delta Lake. Its transaction identifiers (`txnAppId`, `txnVersion`) let one of several
 * runs commit that looked at the same version: the others' commits come to nothing. On the driver.
 */
final class DeltaTable extends CommittedTable {
  private static final String EXTENSION = "io.delta.sql.DeltaSparkSessionExtension";
  private static final String CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog";
  private static final String SESSION_CATALOG = "spark.sql.catalog.spark_catalog";
  private static final String GONE = "tributary_gone";
  private static final String HASH = "tributary_hash";
  private static final String VIEW = "tributary_changes";

  DeltaTable(SparkSession spark, Sink sink) {
    super(spark, sink);
  }

  @Override
  boolean isReady(String key, Problems problems) {
    boolean ready =
        hasExtension() && !spark.conf().get(SESSION_CATALOG, "builtin").equals("builtin");
    if (!ready) {
      problems.invalid(
          key + ".format",
          sink.format(),
          "--conf spark.sql.extensions=%s --conf %s=%s to write it"
              .formatted(EXTENSION, SESSION_CATALOG, CATALOG));
    }
    return ready;
  }

  /** Spark's own parser takes it for a column of a table. */
  private boolean hasExtension() {
    try {
      return ((org.apache.spark.sql.classic.SparkSession) spark)
          .sessionState()
          .sqlParser()
          .parsePlan("DESCRIBE HISTORY delta.`/`")
          .getClass()
          .getSimpleName()
          .startsWith("DescribeDeltaHistory");
    } catch (ParseException e) {
      return false;
    }
  }

  @Override
  String metadata() {
    return "_delta_log";
  }

  private String name() {
    return sink.isNamed()
        ? sink.path()
        : "delta.`" + new Path(sink.path()).toString().replace("`", "``") + "`";
  }

  private Dataset<Row> history() {
    return spark.sql("DESCRIBE HISTORY " + name());
  }

  /** The next version. */
  @Override
  String state() {
    return exists() ? Long.toString(history().first().<Long>getAs("version") + 1) : "0";
  }

  @Override
  String version() {
    return state();
  }

  @Override
  boolean has(String run) {
    return exists() && !history().filter(col("userMetadata").equalTo(run)).isEmpty();
  }

  @Override
  boolean changesColumns() {
    return true;
  }

  @Override
  void create(Dataset<Row> rows, Commit commit) {
    save(rows, SaveMode.ErrorIfExists, commit, w -> w);
  }

  @Override
  void append(Dataset<Row> rows, Commit commit) {
    save(rows, SaveMode.Append, commit, w -> w);
  }

  @Override
  void replace(Dataset<Row> rows, boolean sameColumns, Commit commit) {
    save(
        rows,
        SaveMode.Overwrite,
        commit,
        w -> sameColumns ? w : w.option("overwriteSchema", "true"));
  }

  private void save(
      Dataset<Row> rows,
      SaveMode mode,
      Commit commit,
      Function<DataFrameWriter<Row>, DataFrameWriter<Row>> more) {
    DataFrameWriter<Row> writer =
        more.apply(rows.write().format("delta").options(sink.options()).mode(mode));
    marked(
        commit,
        () -> {
          if (sink.isNamed()) {
            writer.saveAsTable(sink.path());
          } else {
            writer.save(sink.path());
          }
        });
  }

  @Override
  void merge(Dataset<Row> merged, Dataset<Row> there, Commit commit) {
    Dataset<Row> changes = changes(merged, there);
    List<String> names = Arrays.asList(merged.columns());
    changes.createOrReplaceTempView(VIEW);
    try {
      marked(
          commit,
          () ->
              spark.sql(
                  """
                  MERGE INTO %s AS t USING %s AS s ON t.id = s.id
                  WHEN MATCHED AND s.%s THEN DELETE
                  WHEN MATCHED THEN UPDATE SET %s
                  WHEN NOT MATCHED AND NOT s.%s THEN INSERT (%s) VALUES (%s)
                  """
                      .formatted(
                          name(),
                          VIEW,
                          GONE,
                          list(names, n -> "t." + n + " = s." + n),
                          GONE,
                          list(names, n -> n),
                          list(names, n -> "s." + n))));
    } finally {
      spark.catalog().dropTempView(VIEW);
    }
  }

  private static String list(List<String> names, Function<String, String> form) {
    return names.stream()
        .map(n -> form.apply("`" + n.replace("`", "``") + "`"))
        .collect(Collectors.joining(", "));
  }

  /**
   * Rows that are new or others than before, and ids that are gone. A row of the same hashes has
   * the same embedding, which need not be read.
   */
  private static Dataset<Row> changes(Dataset<Row> merged, Dataset<Row> there) {
    Column hash =
        RowSums.hash(
            merged.schema(),
            Arrays.stream(merged.columns()).filter(c -> !c.equals("embedding")).toList());
    Dataset<Row> before = there.select(col("id").as("there_id"), hash.as("there_hash"));
    Column same = col("id").equalTo(col("there_id")).and(col(HASH).equalTo(col("there_hash")));
    Dataset<Row> put = merged.withColumn(HASH, hash).join(before, same, "left_anti").drop(HASH);
    Dataset<Row> gone =
        there
            .select("id")
            .join(
                merged.select(col("id").as("merged_id")),
                col("id").equalTo(col("merged_id")),
                "left_anti");
    return put.withColumn(GONE, lit(false)).unionByName(gone.withColumn(GONE, lit(true)), true);
  }

  /** Settings of the session reach MERGE, too, which takes no options. */
  private void marked(Commit commit, Runnable write) {
    Map<String, String> marks =
        Map.of(
            "spark.databricks.delta.write.txnAppId", "tributary",
            "spark.databricks.delta.write.txnVersion", commit.state(),
            "spark.databricks.delta.commitInfo.userMetadata", commit.run());
    marks.forEach((key, value) -> spark.conf().set(key, value));
    try {
      write.run();
    } finally {
      marks.keySet().forEach(spark.conf()::unset);
    }
  }
}
