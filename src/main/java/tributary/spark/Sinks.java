package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.to_json;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.v2.FileDataSourceV2;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/** Where tables and the manifest go. On the driver. */
final class Sinks {
  private Sinks() {}

  /**
   * Writes a table; where the format has no arrays and maps (CSV), they are written as JSON text.
   */
  static void write(Dataset<Row> table, Sink sink, SaveMode mode) {
    Dataset<Row> fitted = nested(table.sparkSession(), sink.format()) ? table : flat(table);
    fitted.write().format(sink.format()).options(sink.options()).mode(mode).save(sink.path());
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

  /** Whether the format can hold arrays; asked of the format itself. */
  static boolean nested(SparkSession spark, String format) {
    try {
      Class<?> source =
          DataSource.lookupDataSource(format, org.apache.spark.sql.internal.SQLConf.get());
      Object instance = source.getDeclaredConstructor().newInstance();
      if (instance instanceof FileDataSourceV2 v2) {
        instance = v2.fallbackFileFormat().getDeclaredConstructor().newInstance();
      }
      return !(instance instanceof FileFormat f)
          || f.supportDataType(DataTypes.createArrayType(DataTypes.FloatType));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot open format " + format + ": " + e.getMessage(), e);
    }
  }

  static void text(SparkSession spark, String path, String content) {
    try {
      Path file = new Path(path);
      FileSystem fs = file.getFileSystem(configuration(spark));
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
      DataSource.lookupDataSource(sink.format(), org.apache.spark.sql.internal.SQLConf.get());
    } catch (Exception e) {
      problems.invalid(
          key + ".format",
          sink.format(),
          "a format that Spark can load: " + InputFrame.firstLine(e));
      return;
    }
    boolean holds = writable(spark, key + ".path", sink.path(), problems);
    if (holds && sink.mode() == JobConfig.Sink.Mode.ERROR) {
      problems.invalid(
          key + ".path",
          sink.path(),
          "exists already; remove it, choose another path, or set "
              + key
              + ".mode to overwrite or append");
    }
  }

  /** Whether something is there; reports a place that can't be written. */
  static boolean writable(SparkSession spark, String key, String path, Problems problems) {
    try {
      Path p = new Path(path);
      FileSystem fs = p.getFileSystem(configuration(spark));
      boolean holds = fs.exists(p);
      Path folder = p;
      while (!fs.exists(folder) && folder.getParent() != null) {
        folder = folder.getParent();
      }
      if (folder != p || fs.getFileStatus(folder).isDirectory()) {
        Path probe = new Path(folder, ".tributary-" + java.util.UUID.randomUUID());
        fs.create(probe, false).close();
        fs.delete(probe, false);
      }
      return holds;
    } catch (IOException | IllegalArgumentException e) {
      problems.invalid(key, path, "a place that can be written: " + e.getMessage());
      return false;
    }
  }

  private static Configuration configuration(SparkSession spark) {
    return spark.sparkContext().hadoopConfiguration();
  }
}
