package tributary.spark;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * Modes append and merge: what is in a table already. Of the output a row is known by id, model,
 * recipe and content; of the quarantine by all that it says but the run, which is the first that
 * met it. On the driver.
 */
final class Existing {
  static final List<String> OUTPUT = List.of("id", "model_hash", "input_hash");
  private static final List<String> RECIPE = List.of("recipe_hash");
  static final List<String> QUARANTINE =
      List.of("id", "column", "reason", "detail", "payload_digest");

  /**
   * What no CSV says for a null: then a text of no letters, which is quoted, is not taken for one.
   */
  private static final String NO_TEXT = "\0";

  private static final System.Logger LOG = System.getLogger("tributary");

  private Existing() {}

  /** Whether a sink adds to what is there. */
  static boolean isAddedTo(Sink sink) {
    return sink.mode() == Sink.Mode.APPEND || sink.mode() == Sink.Mode.MERGE;
  }

  /**
   * The output as it is, with the types that its columns are written with, as far as its format has
   * them; none where nothing was written yet.
   *
   * @param wanted columns of {@link Results#output}
   */
  static Optional<Dataset<Row>> table(SparkSession spark, Sink sink, StructType wanted) {
    Optional<Dataset<Row>> plain = open(spark, sink);
    if (!isText(sink)) {
      return plain;
    }
    boolean csv = sink.format().equalsIgnoreCase("csv");
    return plain.map(
        table -> reader(spark, sink).schema(typed(table.schema(), wanted, csv)).load(sink.path()));
  }

  /**
   * For an input of no records, which is more often a mistake than a table that is to be emptied.
   *
   * @param wanted columns of {@link Results#output}
   * @throws Problems.Refused where it would take all rows of a table
   */
  static void requireKept(SparkSession spark, Sink sink, StructType wanted) {
    if (sink.mode() != Sink.Mode.MERGE || sink.deletes() != Sink.Deletes.REMOVE) {
      return;
    }
    long rows = table(spark, sink, wanted).map(Dataset::count).orElse(0L);
    Problems problems = new Problems();
    if (rows > 0) {
      problems.invalid(
          "output.deletes",
          "remove",
          "an input with records: it has none, and would leave none of the table's " + rows);
    }
    problems.refuse();
  }

  static boolean isText(Sink sink) {
    return sink.format().equalsIgnoreCase("csv") || sink.format().equalsIgnoreCase("json");
  }

  /** Text has no types of its own: those that are wanted, and text where it holds no others. */
  private static StructType typed(StructType found, StructType wanted, boolean flat) {
    Map<String, DataType> types = new HashMap<>();
    for (StructField f : wanted.fields()) {
      DataType t = f.dataType();
      boolean complex = t instanceof ArrayType || t instanceof MapType || t instanceof StructType;
      types.put(f.name(), flat && complex ? DataTypes.StringType : t);
    }
    StructType typed = new StructType();
    for (StructField f : found.fields()) {
      typed = typed.add(f.name(), types.getOrDefault(f.name(), f.dataType()));
    }
    // What no row has a value of is in no row's JSON.
    for (StructField f : wanted.fields()) {
      boolean missing = !flat && !Arrays.asList(typed.fieldNames()).contains(f.name());
      typed = missing && !RECIPE.contains(f.name()) ? typed.add(f) : typed;
    }
    return typed;
  }

  /**
   * Id and content hash of the rows that this model made by this recipe; none where there are none
   * that tell their recipe.
   *
   * @param table the output
   */
  static Dataset<Row> known(Dataset<Row> table, String modelHash, String recipeHash) {
    if (!hasRecipes(table)) {
      return table.select("id", "input_hash").limit(0);
    }
    return table
        .filter(col("model_hash").equalTo(modelHash).and(col("recipe_hash").equalTo(recipeHash)))
        .select("id", "input_hash");
  }

  /**
   * All rows of the output, for {@link KnownIndex#of}: id, input_hash, ours (this model made it by
   * this recipe), kept (hash of the kept columns).
   *
   * @param table the output
   * @param keep schema of the columns that are kept of the input
   * @param kept their names; none where none are
   */
  static Dataset<Row> index(
      Dataset<Row> table, String modelHash, String recipeHash, StructType keep, List<String> kept) {
    Column ours = lit(false);
    if (hasRecipes(table)) {
      ours = col("model_hash").equalTo(modelHash).and(col("recipe_hash").equalTo(recipeHash));
    }
    boolean whole =
        kept.stream()
            .allMatch(
                k ->
                    List.of(table.columns()).contains(k)
                        && table.schema().apply(k).dataType().equals(keep.apply(k).dataType()));
    Column hash =
        whole
            ? RowSums.exact(
                keep,
                f -> kept.isEmpty() ? lit(0) : table.col("`" + f.name().replace("`", "``") + "`"))
            : lit(0L);
    // A database may have types of its own.
    return table.select(
        col("id").cast(DataTypes.StringType).as("id"),
        col("input_hash").cast(DataTypes.StringType).as("input_hash"),
        coalesce(ours, lit(false)).as("ours"),
        hash.as("kept"));
  }

  /** Ids of the output, text; none where there is no output. */
  static Optional<Dataset<Row>> ids(SparkSession spark, Sink sink) {
    StructType id = new StructType().add("id", DataTypes.StringType);
    // Text tables have an empty id as none.
    Column missing = lit(isText(sink) ? "" : null);
    return table(spark, sink, id)
        .map(
            t ->
                t.select(coalesce(col("id").cast(DataTypes.StringType), missing).as("id"))
                    .filter(col("id").isNotNull()));
  }

  /** Whether a table's files are too short for more rows than {@link KnownIndex#MOST}. */
  static boolean isSmall(SparkSession spark, Sink sink) {
    if (!Sinks.isFolder(sink) || sink.isNamed()) {
      return false;
    }
    try {
      Path path = new Path(sink.path());
      FileSystem files = FileSystems.of(path, spark.sparkContext().hadoopConfiguration());
      return !files.exists(path)
          || files.getContentSummary(path).getLength() < KnownIndex.MOST * KnownIndex.LEAST_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean hasRecipes(Dataset<Row> table) {
    if (List.of(table.columns()).containsAll(RECIPE)) {
      return true;
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "The output has no column recipe_hash: what its rows were made with is not known, all records are encoded anew");
    return false;
  }

  /**
   * Rows of the quarantine that are not in the table: as many as are new. What is found of the same
   * payload, for the same reason, is the same finding, whatever words its detail has on that day.
   */
  static Dataset<Row> untold(Dataset<Row> told, String runId, Sink sink) {
    return open(told.sparkSession(), sink)
        .map(there -> untold(told, there))
        .map(untold -> untold.withColumn("run_id", lit(runId)))
        .orElse(told);
  }

  private static Dataset<Row> untold(Dataset<Row> told, Dataset<Row> there) {
    Column finding = struct(QUARANTINE.stream().map(Existing::compared).toArray(Column[]::new));
    Dataset<Row> findings =
        there.select(finding.as("there")).groupBy("there").agg(count(lit(1)).as("there_rows"));
    Column number = row_number().over(Window.partitionBy("finding").orderBy("detail"));
    return told.withColumn("finding", finding)
        .withColumn("number", number)
        .join(findings, col("finding").equalTo(col("there")), "left_outer")
        .filter(col("number").gt(coalesce(col("there_rows"), lit(0L))))
        .select(QUARANTINE.stream().map(functions::col).toArray(Column[]::new));
  }

  /** Text, for some formats hold no other; the detail counts where there is no payload. */
  private static Column compared(String column) {
    Column text = col(column).cast(DataTypes.StringType);
    Column kept = column.equals("detail") ? when(col("payload_digest").isNull(), text) : text;
    return coalesce(kept, lit("")).as(column);
  }

  /** The table as it is; none where nothing was written yet. */
  static Optional<Dataset<Row>> open(SparkSession spark, Sink sink) {
    Optional<CommittedTable> committed = CommittedTable.of(spark, sink);
    if (committed.isPresent()) {
      return committed.filter(CommittedTable::exists).map(CommittedTable::read);
    }
    Optional<JdbcTable> database = JdbcTable.of(spark, sink);
    if (database.isPresent()) {
      return database.filter(JdbcTable::exists).map(JdbcTable::read);
    }
    try {
      Path path = new Path(sink.path());
      if (!FileSystems.of(path, spark.sparkContext().hadoopConfiguration()).exists(path)) {
        return Optional.empty();
      }
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + sink.path() + ": " + e.getMessage(), e);
    }
    try {
      Dataset<Row> table = reader(spark, sink).load(sink.path());
      return Optional.of(table).filter(t -> t.columns().length > 0);
    } catch (Exception e) {
      if (isEmpty(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** As rows were written, by defaults that the sink's own options come before. */
  static DataFrameReader reader(SparkSession spark, Sink sink) {
    DataFrameReader reader = spark.read().format(sink.format());
    if (sink.format().equalsIgnoreCase("csv")) {
      // A text may have several lines, and blanks at its ends.
      reader = reader.option("multiLine", "true").option("ignoreLeadingWhiteSpace", "false");
      reader = reader.option("ignoreTrailingWhiteSpace", "false");
      reader = reader.option("nullValue", NO_TEXT);
    }
    return reader.options(sink.options());
  }

  private static boolean isEmpty(Exception e) {
    return e instanceof AnalysisException
        && e instanceof SparkThrowable s
        && "UNABLE_TO_INFER_SCHEMA".equals(s.getCondition());
  }
}
