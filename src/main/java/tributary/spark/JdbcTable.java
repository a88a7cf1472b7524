package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.to_json;

import java.sql.Connection;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.jdbc.JdbcOptionsInWrite;
import org.apache.spark.sql.execution.datasources.jdbc.JdbcUtils;
import org.apache.spark.sql.jdbc.JdbcDialect;
import org.apache.spark.sql.jdbc.JdbcDialects;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import scala.jdk.javaapi.CollectionConverters;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * A table of a database. Arrays are arrays where the database has them (PostgreSQL), JSON text
 * elsewhere; so are maps everywhere. Each task's rows are a transaction. On the driver.
 *
 * @param options by their names in lower case
 */
record JdbcTable(SparkSession spark, Sink sink, Map<String, String> options) {
  /** The table of a sink; none of another format. */
  static Optional<JdbcTable> of(SparkSession spark, Sink sink) {
    if (!sink.format().equalsIgnoreCase("jdbc")) {
      return Optional.empty();
    }
    Map<String, String> options = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    options.putAll(sink.options());
    if (sink.isNamed()) {
      options.put("dbtable", sink.path());
    }
    return Optional.of(new JdbcTable(spark, sink, options));
  }

  /** Whether a session can write it; reports what is wrong. */
  boolean isReady(String key, Problems problems) {
    if (!options.containsKey("url") || !options.containsKey("dbtable")) {
      problems.invalid(
          key + ".options", options.keySet(), "url, and output.table or dbtable, for jdbc");
      return false;
    }
    try {
      exists();
      return true;
    } catch (Exception e) {
      // Spark throws checked exceptions that no method declares.
      problems.invalid(
          key + ".options.url",
          String.valueOf(options.get("url")),
          "a database that can be reached: " + lack(key, e));
      return false;
    }
  }

  private static String lack(String key, Exception e) {
    if (e instanceof ClassNotFoundException) {
      return "no class " + e.getMessage() + " (add its jar by --packages or --jars)";
    }
    return e instanceof java.sql.SQLException
        ? InputTable.firstLine(e)
            + " ("
            + key
            + ".options.driver names its class, --packages or --jars adds its jar)"
        : InputTable.firstLine(e);
  }

  private JdbcDialect dialect() {
    return JdbcDialects.get(String.valueOf(options.get("url")));
  }

  boolean exists() {
    JdbcOptionsInWrite parsed =
        new JdbcOptionsInWrite(
            scala.collection.immutable.HashMap.from(CollectionConverters.asScala(options)));
    try (Connection connection = (Connection) dialect().createConnectionFactory(parsed).apply(-1)) {
      return JdbcUtils.tableExists(connection, parsed);
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  Dataset<Row> read() {
    return spark.read().format("jdbc").options(options).load();
  }

  /**
   * Writes rows and counts them.
   *
   * @throws IllegalStateException where the table has not so many rows more of this run
   */
  void write(Dataset<Row> rows, SaveMode mode, String runId) {
    long before = mode == SaveMode.Append && exists() ? count(runId) : 0;
    long wanted = before + rows.count();
    written(rows).write().format("jdbc").options(options).mode(mode).save();
    long found = count(runId);
    if (found != wanted) {
      throw new IllegalStateException(
          "Cannot publish %s: it has %d rows of %d of this run"
              .formatted(sink.path(), found, wanted));
    }
  }

  private long count(String runId) {
    return read().filter(col("run_id").equalTo(runId)).count();
  }

  /** What the database has no type for, as JSON text. */
  private Dataset<Row> written(Dataset<Row> rows) {
    return rows.select(
        Arrays.stream(rows.schema().fields()).map(this::written).toArray(Column[]::new));
  }

  private Column written(StructField field) {
    Column value = col("`" + field.name().replace("`", "``") + "`");
    return isHeld(field.dataType()) ? value : to_json(value).as(field.name());
  }

  private boolean isHeld(DataType type) {
    return dialect().getJDBCType(type).isDefined() || JdbcUtils.getCommonJDBCType(type).isDefined();
  }
}
