package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.to_json;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.v2.FileDataSourceV2;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig.Sink;

/** Where tables and the manifest go. On the driver. */
final class Sinks {
  private Sinks() {}

  private static final System.Logger LOG = System.getLogger("tributary");

  /** Formats whose text has lost what a value was. */
  private static final Set<String> TEXTS = Set.of("csv", "json", "text", "xml");

  /** What holds of a row in every format. */
  private static final Set<String> CERTAIN =
      Set.of(
          "id",
          "embedding",
          "norm",
          "model_hash",
          "recipe_hash",
          "input_hash",
          "run_id",
          "column",
          "reason",
          "detail",
          "payload_digest");

  /** Which formats are folders of files: to look one up goes through every jar. */
  private static final Map<String, Boolean> FOLDERS = new ConcurrentHashMap<>();

  /** Whether a sink is a folder of files, which is staged and moved into its place. */
  static boolean isFolder(Sink sink) {
    try {
      return FOLDERS.computeIfAbsent(
          sink.format(),
          format -> {
            Class<?> source = DataSource.lookupDataSource(format, SQLConf.get());
            return FileFormat.class.isAssignableFrom(source)
                || FileDataSourceV2.class.isAssignableFrom(source);
          });
    } catch (Exception unknown) {
      return false;
    }
  }

  /**
   * Writes a table; a format that has no arrays and maps (CSV) says so, and gets them as JSON text.
   *
   * @return what was written, as text where it was, and what its rows' hashes sum up to
   */
  static Written write(Dataset<Row> table, Sink sink, SaveMode mode) {
    try {
      return observed(table, sink, mode);
    } catch (Exception e) {
      if (!condition(e).startsWith("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE")) {
        throw e;
      }
      LOG.log(
          System.Logger.Level.INFO,
          "Format {0} holds no arrays and maps: {1} has them as JSON text",
          sink.format(),
          sink.path());
      return observed(flat(table), sink, mode);
    }
  }

  /** What was written. */
  record Written(StructType schema, RowSums sums) {}

  private static Written observed(Dataset<Row> table, Sink sink, SaveMode mode) {
    Column hash = hash(table.schema(), sink);
    Observation seen = new Observation();
    Column[] sums = RowSums.aggregates(hash);
    save(table.observe(seen, sums[0], sums[1], sums[2]), sink, mode);
    try {
      return new Written(table.schema(), RowSums.of(seen.getAsJava()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot write " + sink.path() + ": interrupted", e);
    }
  }

  private static Column hash(StructType schema, Sink sink) {
    boolean text = TEXTS.contains(sink.format().toLowerCase(Locale.ROOT));
    return RowSums.hash(schema, text ? CERTAIN : List.of(schema.fieldNames()));
  }

  /**
   * Reads back what was written.
   *
   * @throws IllegalStateException where it is something else
   */
  static void compare(SparkSession spark, Sink sink, Written written) {
    Column[] sums = RowSums.aggregates(hash(written.schema(), sink));
    RowSums read;
    try {
      read =
          RowSums.of(
              Existing.reader(spark, sink)
                  .schema(written.schema())
                  .load(sink.path())
                  .agg(sums[0], sums[1], sums[2])
                  .first());
    } catch (Exception e) {
      throw new IllegalStateException(
          "Cannot read back what was written to " + sink.path() + ": " + InputTable.firstLine(e),
          e);
    }
    if (!read.equals(written.sums())) {
      throw new IllegalStateException(
          "Cannot publish "
              + sink.path()
              + ": "
              + (read.rows() == written.sums().rows()
                  ? "of its %d rows some are not what was written".formatted(read.rows())
                  : "it has %d rows of %d that were written"
                      .formatted(read.rows(), written.sums().rows()))
              + " (was it changed meanwhile, or does "
              + sink.format()
              + " hold less than what it was given?)");
    }
  }

  /** Blanks at the ends of a text stay. */
  private static void exact(Map<String, String> csv) {
    csv.putIfAbsent("ignoreLeadingWhiteSpace", "false");
    csv.putIfAbsent("ignoreTrailingWhiteSpace", "false");
  }

  /** Writes the quarantined among staged rows; in mode append those that are not there yet. */
  static void quarantine(Dataset<Row> staged, String runId, Sink sink) {
    Dataset<Row> told = Results.quarantine(staged, runId);
    if (sink.mode() == Sink.Mode.APPEND) {
      told = Existing.untold(told, runId, sink);
    }
    write(told, sink, mode(sink));
  }

  /** What Spark calls the sink's mode. */
  static SaveMode mode(Sink sink) {
    return switch (sink.mode()) {
      case ERROR -> SaveMode.ErrorIfExists;
      case OVERWRITE, MERGE -> SaveMode.Overwrite;
      case APPEND -> SaveMode.Append;
    };
  }

  private static void save(Dataset<Row> table, Sink sink, SaveMode mode) {
    Map<String, String> options = new HashMap<>(sink.options());
    if (sink.format().equals("parquet")) {
      // Hardly a value of an embedding comes twice: to look for them costs a fifth of the write.
      options.putIfAbsent("parquet.enable.dictionary#embedding.list.element", "false");
    }
    if (sink.format().equalsIgnoreCase("csv")) {
      exact(options);
    }
    table.write().format(sink.format()).options(options).mode(mode).save(sink.path());
  }

  /** Spark's name of the error; empty for any other exception. */
  private static String condition(Throwable e) {
    return e instanceof SparkThrowable s && s.getCondition() != null ? s.getCondition() : "";
  }

  private static Dataset<Row> flat(Dataset<Row> table) {
    Column[] columns = new Column[table.schema().fields().length];
    for (int i = 0; i < columns.length; i++) {
      StructField f = table.schema().fields()[i];
      DataType t = f.dataType();
      boolean complex = t instanceof ArrayType || t instanceof MapType || t instanceof StructType;
      columns[i] =
          complex ? to_json(col("`" + f.name() + "`")).as(f.name()) : col("`" + f.name() + "`");
    }
    return table.select(columns);
  }

  /** Whether something is in a sink's place. */
  static boolean exists(SparkSession spark, Sink sink) {
    try {
      Path path = new Path(sink.path());
      return FileSystems.of(path, configuration(spark)).exists(path);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + sink.path() + ": " + e.getMessage(), e);
    }
  }

  private static Configuration configuration(SparkSession spark) {
    return spark.sparkContext().hadoopConfiguration();
  }
}
