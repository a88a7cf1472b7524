package tributary.spark;

import io.delta.sql.DeltaSparkSessionExtension;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import scala.runtime.BoxedUnit;

/**
 * A session of the JVM's one context that Delta's parser and catalogs of Delta (the database lake)
 * and Iceberg (ice) belong to.
 */
final class LakeFixture {
  private LakeFixture() {}

  /** Makes it the active one. */
  static SparkSession session(Path catalogs) {
    SparkFixture.spark();
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
    SparkSession spark =
        SparkSession.builder()
            .withExtensions(
                e -> {
                  new DeltaSparkSessionExtension().apply(e);
                  return BoxedUnit.UNIT;
                })
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .config("spark.sql.catalog.ice", "org.apache.iceberg.spark.SparkCatalog")
            .config("spark.sql.catalog.ice.type", "hadoop")
            .config("spark.sql.catalog.ice.warehouse", catalogs.resolve("ice").toString())
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.databricks.delta.snapshotPartitions", "1")
            .getOrCreate();
    SparkSession.setActiveSession(spark);
    IcebergTable.openPaths(spark);
    spark.sql("create database lake location '" + catalogs.resolve("delta") + "'");
    return spark;
  }

  /** The tests' usual session is active again. */
  static void close() {
    SparkSession.active().sql("drop database lake cascade");
    SparkSession.setActiveSession(SparkFixture.spark());
    SparkSession.setDefaultSession(SparkFixture.spark());
  }
}
