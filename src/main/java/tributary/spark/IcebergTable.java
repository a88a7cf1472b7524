package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.DataFrameWriterV2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.CannotReplaceMissingTableException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import tributary.base.Reason;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * A table of Apache Iceberg. A run writes to a branch of its own name, from which the main one goes
 * on when it was compared; its snapshot has the run's name as the property `tributary-run`. On the
 * driver.
 */
final class IcebergTable extends CommittedTable {
  private static final String RUN = "tributary-run";
  private static final String MAIN = "main";
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

  private Dataset<Row> metadata(String name) {
    return sink.isNamed()
        ? spark.read().table(sink.path() + "." + name)
        : spark.read().format("iceberg").load(sink.path() + "#" + name);
  }

  /** Snapshots that readers see or saw, the current one first. */
  private List<Row> seen() {
    Map<Long, Row> snapshots = new HashMap<>();
    metadata("snapshots")
        .select(col("snapshot_id"), col("parent_id"), col("summary").getItem(RUN).as("run"))
        .collectAsList()
        .forEach(r -> snapshots.put(r.getLong(0), r));
    List<Row> seen = new ArrayList<>();
    Row next = snapshots.get(head(MAIN).orElse(null));
    while (next != null) {
      seen.add(next);
      next = next.isNullAt(1) ? null : snapshots.get(next.getLong(1));
    }
    return seen;
  }

  private Optional<Long> head(String branch) {
    return metadata("refs").filter(col("name").equalTo(branch)).collectAsList().stream()
        .map(r -> r.<Long>getAs("snapshot_id"))
        .findFirst();
  }

  private static Stream<String> runs(List<Row> snapshots) {
    return snapshots.stream().filter(r -> !r.isNullAt(2)).map(r -> r.getString(2));
  }

  /** The run that was last to commit. */
  @Override
  String state() {
    return exists() ? runs(seen()).findFirst().orElse("") : "";
  }

  /** The current snapshot's id. */
  @Override
  String version() {
    return exists() ? head(MAIN).map(String::valueOf).orElse("") : "";
  }

  @Override
  boolean has(String run) {
    return exists() && runs(seen()).anyMatch(run::equals);
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

  private DataFrameWriterV2<Row> named(Dataset<Row> rows, String table, Commit commit) {
    return rows.writeTo(table).options(options(commit));
  }

  private static String branch(Commit commit) {
    return prefix(commit.owner()) + commit.run().replace('-', '_');
  }

  private static String prefix(String owner) {
    return "tributary_" + owner + "_";
  }

  /** A branch as a table of its own. */
  private String place(String branch) {
    return sink.path() + (sink.isNamed() ? "." : "#") + "branch_" + branch;
  }

  /** Writes to a branch of the run's name, from where the table is. */
  private void aside(Dataset<Row> rows, boolean replaces, Commit commit) {
    requireSame(commit);
    String branch = branch(commit);
    manage("createBranch", branch);
    String place = place(branch);
    if (!sink.isNamed()) {
      SaveMode mode = replaces ? SaveMode.Overwrite : SaveMode.Append;
      rows.write().format("iceberg").options(options(commit)).mode(mode).save(place);
      return;
    }
    try {
      if (replaces) {
        named(rows, place, commit).overwrite(lit(true));
      } else {
        named(rows, place, commit).append();
      }
    } catch (NoSuchTableException e) {
      throw meanwhile(e);
    }
  }

  @Override
  Dataset<Row> written(Commit commit) {
    if (isSeen(commit)) {
      return super.written(commit);
    }
    DataFrameReader reader = spark.read().options(sink.options());
    String place = place(branch(commit));
    return sink.isNamed() ? reader.table(place) : reader.format("iceberg").load(place);
  }

  @Override
  boolean isSeen(Commit commit) {
    return head(branch(commit)).isEmpty();
  }

  /** Only where the table is still what the branch began from. */
  @Override
  void publish(Commit commit) {
    if (isSeen(commit)) {
      return;
    }
    try {
      manage("fastForwardBranch", MAIN, branch(commit));
    } catch (IllegalStateException | IllegalArgumentException e) {
      manage("removeBranch", branch(commit));
      throw meanwhile(e);
    }
    manage("removeBranch", branch(commit));
  }

  @Override
  void clear(String owner) {
    if (exists()) {
      metadata("refs")
          .filter(col("name").startsWith(prefix(owner)))
          .collectAsList()
          .forEach(r -> manage("removeBranch", r.<String>getAs("name")));
    }
  }

  /** By Iceberg's own library: its procedures know no tables that are paths. */
  private void manage(String what, String... branches) {
    try {
      Object table = library();
      Class<?> tables = loaded("org.apache.iceberg.Table");
      tables.getMethod("refresh").invoke(table);
      Object manager = tables.getMethod("manageSnapshots").invoke(table);
      Class<?> managers = loaded("org.apache.iceberg.ManageSnapshots");
      Class<?>[] texts = new Class<?>[branches.length];
      Arrays.fill(texts, String.class);
      managers.getMethod(what, texts).invoke(manager, (Object[]) branches);
      managers.getMethod("commit").invoke(manager);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "Cannot change the branches of " + sink.path() + ": " + Reason.of(e), e);
    }
  }

  private static Class<?> loaded(String name) throws ClassNotFoundException {
    return Thread.currentThread().getContextClassLoader().loadClass(name);
  }

  /** The table as Iceberg's library has it. */
  private Object library() throws ReflectiveOperationException {
    LogicalPlan plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) read()).queryExecution().analyzed();
    Table table =
        CollectionConverters.asJava(plan.collectLeaves()).stream()
            .filter(DataSourceV2Relation.class::isInstance)
            .map(leaf -> ((DataSourceV2Relation) leaf).table())
            .findFirst()
            .orElseThrow();
    return table.getClass().getMethod("table").invoke(table);
  }

  /** Empty, then its rows in one step: the table is there a moment before them. */
  @Override
  void create(Dataset<Row> rows, Commit commit) {
    if (sink.isNamed()) {
      spark
          .catalog()
          .createTable(sink.path(), "iceberg", rows.schema().asNullable(), sink.options());
    } else {
      make(rows.schema());
    }
    aside(rows, false, commit);
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
    return exists() && head(MAIN).isEmpty();
  }

  @Override
  void append(Dataset<Row> rows, Commit commit) {
    aside(rows, false, commit);
  }

  /** A table that gets other columns is replaced at once: a branch has the table's own. */
  @Override
  void replace(Dataset<Row> rows, boolean sameColumns, Commit commit) {
    if (sameColumns || !sink.isNamed()) {
      aside(rows, true, commit);
      return;
    }
    requireSame(commit);
    try {
      named(rows, sink.path(), commit).using("iceberg").replace();
    } catch (CannotReplaceMissingTableException e) {
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
