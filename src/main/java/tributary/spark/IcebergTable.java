package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.DataFrameWriterV2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.CannotReplaceMissingTableException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;
import tributary.base.Reason;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * A table of Apache Iceberg; the snapshot that a run makes has its name as the property
 * `tributary-run`. On the driver.
 */
final class IcebergTable extends CommittedTable {
  private static final String RUN = "tributary-run";
  private static final String PATHS = "spark.sql.catalog.default_iceberg";
  private static final String CATALOG = "org.apache.iceberg.spark.SparkCatalog";

  IcebergTable(SparkSession spark, Sink sink) {
    super(spark, sink);
  }

  /**
   * Lets tables be named by their paths in a Spark without Hive, where Iceberg's own default for
   * them can't be loaded.
   */
  static void openPaths(SparkSession spark) {
    if (!spark.conf().get(PATHS, "").isEmpty() || hasHive()) {
      return;
    }
    spark.conf().set(PATHS, CATALOG);
    spark.conf().set(PATHS + ".type", "hadoop");
    spark.conf().set(PATHS + ".warehouse", spark.conf().get("spark.sql.warehouse.dir"));
    spark.conf().set(PATHS + ".cache-enabled", "false");
  }

  private static boolean hasHive() {
    try {
      Class.forName(
          "org.apache.hadoop.hive.conf.HiveConf",
          false,
          Thread.currentThread().getContextClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Override
  boolean isReady(String key, Problems problems) {
    boolean ready = !sink.isNamed() || catalog().startsWith("org.apache.iceberg.");
    if (!ready) {
      problems.invalid(
          key + ".table",
          sink.path(),
          "CATALOG.NAMESPACE.TABLE of a catalog of Iceberg: --conf spark.sql.catalog.CATALOG="
              + CATALOG);
    }
    return ready;
  }

  /** The class of the catalog that the name is looked for in. */
  private String catalog() {
    var state = ((org.apache.spark.sql.classic.SparkSession) spark).sessionState();
    Seq<String> parts;
    try {
      parts = state.sqlParser().parseMultipartIdentifier(sink.path());
    } catch (ParseException e) {
      return "";
    }
    CatalogManager catalogs = state.catalogManager();
    boolean own = parts.size() > 1 && catalogs.isCatalogRegistered(parts.head());
    return (own ? catalogs.catalog(parts.head()) : catalogs.currentCatalog()).getClass().getName();
  }

  @Override
  String metadata() {
    return "metadata";
  }

  private Dataset<Row> runs() {
    Dataset<Row> snapshots =
        sink.isNamed()
            ? spark.read().table(sink.path() + ".snapshots")
            : spark.read().format("iceberg").load(sink.path() + "#snapshots");
    return snapshots.select(col("summary").getItem(RUN).as("run"), col("committed_at"));
  }

  /** The run that was last to commit. */
  @Override
  String state() {
    return exists()
        ? runs()
            .filter(col("run").isNotNull())
            .orderBy(col("committed_at").desc())
            .limit(1)
            .collectAsList()
            .stream()
            .map(r -> r.getString(0))
            .findFirst()
            .orElse("")
        : "";
  }

  @Override
  boolean has(String run) {
    return exists() && !runs().filter(col("run").equalTo(run)).isEmpty();
  }

  /** A path's table can't be made anew in one step. */
  @Override
  boolean changesColumns() {
    return sink.isNamed();
  }

  private Map<String, String> options(Commit commit) {
    Map<String, String> options = new HashMap<>(sink.options());
    options.put("snapshot-property." + RUN, commit.run());
    return options;
  }

  private DataFrameWriterV2<Row> named(Dataset<Row> rows, Commit commit) {
    return rows.writeTo(sink.path()).options(options(commit));
  }

  private void save(Dataset<Row> rows, SaveMode mode, Commit commit) {
    rows.write().format("iceberg").options(options(commit)).mode(mode).save(sink.path());
  }

  @Override
  void create(Dataset<Row> rows, Commit commit) {
    if (!sink.isNamed()) {
      make(rows.schema());
      save(rows, SaveMode.Append, commit);
      return;
    }
    try {
      named(rows, commit).using("iceberg").create();
    } catch (TableAlreadyExistsException e) {
      throw meanwhile(e);
    }
  }

  /**
   * An empty table, by Iceberg's own library: Spark's CREATE TABLE takes the path for a name below
   * the catalog's warehouse.
   */
  private void make(StructType columns) {
    try {
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      Object schema =
          loader
              .loadClass("org.apache.iceberg.spark.SparkSchemaUtil")
              .getMethod("convert", StructType.class)
              .invoke(null, columns);
      Class<?> tables = loader.loadClass("org.apache.iceberg.hadoop.HadoopTables");
      tables
          .getMethod("create", schema.getClass(), String.class)
          .invoke(
              tables
                  .getConstructor(Configuration.class)
                  .newInstance(spark.sparkContext().hadoopConfiguration()),
              schema,
              sink.path());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "Cannot make the Iceberg table " + sink.path() + ": " + Reason.of(e), e);
    }
  }

  @Override
  boolean isEmpty() {
    return !sink.isNamed() && exists() && runs().isEmpty();
  }

  @Override
  void append(Dataset<Row> rows, Commit commit) {
    requireSame(commit);
    if (!sink.isNamed()) {
      save(rows, SaveMode.Append, commit);
      return;
    }
    try {
      named(rows, commit).append();
    } catch (NoSuchTableException e) {
      throw meanwhile(e);
    }
  }

  @Override
  void replace(Dataset<Row> rows, boolean sameColumns, Commit commit) {
    requireSame(commit);
    if (!sink.isNamed()) {
      save(rows, SaveMode.Overwrite, commit);
      return;
    }
    try {
      if (sameColumns) {
        named(rows, commit).overwrite(lit(true));
      } else {
        named(rows, commit).using("iceberg").replace();
      }
    } catch (NoSuchTableException | CannotReplaceMissingTableException e) {
      throw meanwhile(e);
    }
  }

  /** All of it in one snapshot: MERGE INTO takes no name of a table that is a path. */
  @Override
  void merge(Dataset<Row> merged, Dataset<Row> there, Commit commit) {
    replace(merged, true, commit);
  }

  private void requireSame(Commit commit) {
    if (!state().equals(commit.state())) {
      throw meanwhile(null);
    }
  }

  private IllegalStateException meanwhile(@Nullable Exception cause) {
    return new IllegalStateException(
        "Cannot publish " + sink.path() + ": the table was changed by another run meanwhile",
        cause);
  }
}
