package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.to_json;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/** Where tables and the manifest go. On the driver. */
final class Sinks {
  private Sinks() {}

  private static final System.Logger LOG = System.getLogger("tributary");

  /**
   * Writes a table; a format that has no arrays and maps (CSV) says so, and gets them as JSON text.
   */
  static void write(Dataset<Row> table, Sink sink, SaveMode mode) {
    try {
      save(table, sink, mode);
    } catch (Exception e) {
      if (!condition(e).startsWith("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE")) {
        throw e;
      }
      LOG.log(
          System.Logger.Level.INFO,
          "Format {0} holds no arrays and maps: {1} has them as JSON text",
          sink.format(),
          sink.path());
      save(flat(table), sink, mode);
    }
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
      case OVERWRITE -> SaveMode.Overwrite;
      case APPEND -> SaveMode.Append;
    };
  }

  private static void save(Dataset<Row> table, Sink sink, SaveMode mode) {
    Map<String, String> options = new HashMap<>(sink.options());
    if (sink.format().equals("parquet")) {
      // Hardly a value of an embedding comes twice: to look for them costs a fifth of the write.
      options.putIfAbsent("parquet.enable.dictionary#embedding.list.element", "false");
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

  static void text(SparkSession spark, String path, String content) {
    try {
      Path file = new Path(path);
      FileSystem fs = FileSystems.of(file, configuration(spark));
      try (OutputStream out = fs.create(file, true)) {
        out.write(content.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write " + path + ": " + e.getMessage(), e);
    }
  }

  /** Refuses a place that holds something already (mode error) or that can't be written. */
  static void check(SparkSession spark, String key, Sink sink, Problems problems) {
    try {
      DataSource.lookupDataSource(sink.format(), SQLConf.get());
    } catch (Exception e) {
      problems.invalid(
          key + ".format",
          sink.format(),
          "a format that Spark can load: " + InputTable.firstLine(e));
      return;
    }
    boolean holds = writable(spark, key + ".path", sink.path(), problems);
    if (holds && sink.mode() == JobConfig.Sink.Mode.ERROR) {
      problems.invalid(key + ".path", sink.path(), taken(key));
    }
  }

  /** What is wrong with a place that holds something in mode error. */
  static String taken(String key) {
    return "exists already; remove it, choose another path, or set "
        + key
        + ".mode to overwrite or append";
  }

  /** Whether something is there; reports a place that can't be written. */
  static boolean writable(SparkSession spark, String key, String path, Problems problems) {
    try {
      Path p = new Path(path);
      FileSystem fs = FileSystems.of(p, configuration(spark));
      boolean holds = fs.exists(p);
      Path folder = p;
      while (!fs.exists(folder) && folder.getParent() != null) {
        folder = folder.getParent();
      }
      if (folder != p || fs.getFileStatus(folder).isDirectory()) {
        probe(fs, folder);
      }
      return holds;
    } catch (IOException | IllegalArgumentException e) {
      problems.invalid(key, path, "a place that can be written: " + e.getMessage());
      return false;
    }
  }

  /** Makes a file and removes it: on this machine's disks by the JDK, where Hadoop starts chmod. */
  private static void probe(FileSystem fs, Path folder) throws IOException {
    String name = ".tributary-" + UUID.randomUUID();
    if ("file".equals(fs.getUri().getScheme())) {
      File probe = new File(fs.makeQualified(folder).toUri().getPath(), name);
      new FileOutputStream(probe).close();
      Files.delete(probe.toPath());
    } else {
      Path probe = new Path(folder, name);
      fs.create(probe, false).close();
      fs.delete(probe, false);
    }
  }

  private static Configuration configuration(SparkSession spark) {
    return spark.sparkContext().hadoopConfiguration();
  }
}
