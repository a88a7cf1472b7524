package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.base.Reason;
import tributary.config.JobConfig.Source;

/** A table of Delta Lake that is read; versions are numbers. On the driver. */
final class DeltaInput extends VersionedInput {
  private static final String FEED = "delta.enableChangeDataFeed";

  private final boolean feeds;

  private DeltaInput(SparkSession spark, Source source, String version, String id, boolean feeds) {
    super(spark, source, version, id);
    this.feeds = feeds;
  }

  /** As the table is now. */
  @SuppressWarnings("unchecked")
  static Optional<VersionedInput> open(SparkSession spark, Source source) {
    try {
      Class<?> library =
          Thread.currentThread().getContextClassLoader().loadClass("io.delta.tables.DeltaTable");
      String table = source.table();
      Object opened =
          library
              .getMethod(table == null ? "forPath" : "forName", SparkSession.class, String.class)
              .invoke(null, spark, table == null ? source.path() : table);
      Dataset<Row> last = (Dataset<Row>) library.getMethod("history", int.class).invoke(opened, 1);
      String version = Long.toString(last.first().<Long>getAs("version"));
      Row detail = ((Dataset<Row>) call(library, opened, "detail")).first();
      Map<String, String> properties = detail.getJavaMap(detail.fieldIndex("properties"));
      boolean feeds = Boolean.parseBoolean(properties.get(FEED));
      return Optional.of(new DeltaInput(spark, source, version, detail.getAs("id"), feeds));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read the table's versions: " + Reason.of(e), e);
    }
  }

  @Override
  Optional<String> unready() {
    String table = source.table() == null ? "delta.`" + source.path() + "`" : source.table();
    return feeds
        ? Optional.empty()
        : Optional.of(
            "a table that tells its changes: ALTER TABLE %s SET TBLPROPERTIES (%s = true)"
                .formatted(table, FEED));
  }

  @Override
  Dataset<Row> feed(String since) {
    return read(
        Map.of(
            "readChangeFeed",
            "true",
            "startingVersion",
            Long.toString(Long.parseLong(since) + 1),
            "endingVersion",
            version),
        "");
  }

  @Override
  Column added() {
    return col("_change_type").isin("insert", "update_postimage");
  }

  @Override
  Column at() {
    return col("_commit_version");
  }
}
