package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import tributary.config.JobConfig.Source;

/** A table of Apache Iceberg that is read; versions are ids of snapshots. On the driver. */
final class IcebergInput extends VersionedInput {
  /**
   * Functions that Spark can't look into: Iceberg takes a condition over a column of changes for
   * one over the table's own, and fails.
   */
  private static final UserDefinedFunction IS_ADDED =
      udf((UDF1<String, Boolean>) "INSERT"::equals, DataTypes.BooleanType);

  private static final UserDefinedFunction NUMBER =
      udf((UDF1<Integer, Long>) Integer::longValue, DataTypes.LongType);

  private IcebergInput(SparkSession spark, Source source, String version, String id) {
    super(spark, source, version, id);
  }

  /**
   * As the table is now; none where nothing was written yet, or its columns were changed after the
   * last write: a snapshot is read with the columns that it had.
   */
  static Optional<VersionedInput> open(SparkSession spark, Source source, Table opened) {
    try {
      ClassLoader loader = opened.getClass().getClassLoader();
      Class<?> type = loader.loadClass("org.apache.iceberg.Table");
      Object table = call(opened.getClass(), opened, "table");
      Object snapshot = call(type, table, "currentSnapshot");
      if (snapshot == null) {
        return Optional.empty();
      }
      Class<?> snapshots = loader.loadClass("org.apache.iceberg.Snapshot");
      Object columns = call(snapshots, snapshot, "schemaId");
      Object schema = call(type, table, "schema");
      if (!call(schema.getClass(), schema, "schemaId").equals(columns)) {
        return Optional.empty();
      }
      String version = String.valueOf(call(snapshots, snapshot, "snapshotId"));
      String id = String.valueOf(call(type, table, "uuid"));
      return Optional.of(new IcebergInput(spark, source, version, id));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("Cannot read the table's versions: " + e, e);
    }
  }

  @Override
  Optional<String> unready() {
    return Optional.empty();
  }

  @Override
  Dataset<Row> feed(String since) {
    return read(Map.of("start-snapshot-id", since, "end-snapshot-id", version), "changes");
  }

  @Override
  Column added() {
    return IS_ADDED.apply(col("_change_type"));
  }

  @Override
  Column at() {
    return NUMBER.apply(col("_change_ordinal"));
  }
}
