package tributary.spark;

import java.lang.reflect.InvocationTargetException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.functions;
import scala.jdk.javaapi.CollectionConverters;
import tributary.config.JobConfig.Source;

/**
 * A table of the input that has versions, at the one that it had when it was opened: whatever is
 * written to it meanwhile, every reading of the run is of that one. On the driver.
 */
abstract class VersionedInput {
  /** Whether a row of {@link #changes} was added; else it was removed. */
  static final String ADDED = "tributary_added";

  /** The commit of a row of {@link #changes}: later ones have larger numbers. */
  static final String AT = "tributary_at";

  /** Options of either format by which a user says which version is read. */
  private static final Set<String> TRAVELS =
      Set.of(
          "versionasof",
          "timestampasof",
          "readchangefeed",
          "readchangedata",
          "startingversion",
          "startingtimestamp",
          "endingversion",
          "endingtimestamp",
          "snapshot-id",
          "as-of-timestamp",
          "branch",
          "tag",
          "start-snapshot-id",
          "end-snapshot-id",
          "start-timestamp",
          "end-timestamp");

  private static final System.Logger LOG = System.getLogger("tributary");

  final SparkSession spark;
  final Source source;
  final String version;
  private final String identity;

  /**
   * @param version that is read
   * @param identity what tells the table from another one of its place
   */
  VersionedInput(SparkSession spark, Source source, String version, String identity) {
    this.spark = spark;
    this.source = source;
    this.version = version;
    this.identity = identity;
  }

  /**
   * The table of a source; none where it has no versions, or options say which one is read.
   *
   * @throws RuntimeException where the table can't be opened
   */
  static Optional<VersionedInput> of(SparkSession spark, Source source) {
    String format = source.format().toLowerCase(Locale.ROOT);
    boolean maybe = source.table() != null || format.equals("delta") || format.equals("iceberg");
    boolean files = source.changes() && source.path() != null;
    if (!(maybe || files)
        || source.query() != null
        || maybe && source.schema() != null
        || source.options().keySet().stream()
            .anyMatch(o -> TRAVELS.contains(o.toLowerCase(Locale.ROOT)))) {
      return Optional.empty();
    }
    Dataset<Row> rows = InputTable.rows(spark, source);
    try {
      return of(spark, source, rows);
    } catch (IllegalStateException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "The version of {0} is not known: {1}",
          source.named(),
          e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<VersionedInput> of(SparkSession spark, Source source, Dataset<Row> rows) {
    for (LogicalPlan leaf : CollectionConverters.asJava(analyzed(rows).collectLeaves())) {
      if (isDelta(leaf)) {
        return DeltaInput.open(spark, source);
      }
      if (leaf instanceof DataSourceV2Relation r && isOf(r.table(), "org.apache.iceberg.")) {
        return IcebergInput.open(spark, source, r.table());
      }
      if (source.changes()
          && leaf instanceof LogicalRelation r
          && r.relation() instanceof HadoopFsRelation relation) {
        return FilesInput.open(spark, source, rows, relation);
      }
    }
    return Optional.empty();
  }

  private static boolean isDelta(LogicalPlan leaf) {
    return leaf instanceof DataSourceV2Relation v2
            && isOf(v2.table(), "org.apache.spark.sql.delta.")
        || leaf instanceof LogicalRelation v1
            && v1.relation() instanceof HadoopFsRelation files
            && isOf(files.location(), "org.apache.spark.sql.delta.");
  }

  private static boolean isOf(Object thing, String start) {
    return thing.getClass().getName().startsWith(start);
  }

  private static LogicalPlan analyzed(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
  }

  /** The version that is read. */
  final String version() {
    return version;
  }

  /** What tells the table from another one of its place. */
  final String identity() {
    return identity;
  }

  /** What the table must be told before changes can be had of it; none where they can. */
  abstract Optional<String> unready();

  /** What the next run must know of this version; empty where the table itself does. */
  String memory() {
    return "";
  }

  /** Whether the version will be the same as long as nothing is written. */
  boolean isSettled() {
    return true;
  }

  /** Whether changes tell which rows were removed. */
  boolean tellsRemoved() {
    return true;
  }

  /** Rows that commits added or removed, after `since` and up to this version. */
  abstract Dataset<Row> feed(String since);

  /** Rows of the feed that were added. */
  abstract Column added();

  /** The number of a row's commit. */
  abstract Column at();

  /** The table's rows at the version. */
  Dataset<Row> rows() {
    return read(Map.of("versionAsOf", version), "");
  }

  /**
   * Rows that commits added or removed, with {@link #ADDED} and {@link #AT}. A row that one commit
   * adds is in the table after it.
   *
   * @param since an earlier version, or this one
   * @param remembered its {@link #memory}
   * @param parts whether a record may be several rows
   * @throws RuntimeException where they can't be had, now or in reading them
   */
  Dataset<Row> changes(String since, String remembered, boolean parts) {
    if (since.equals(version())) {
      return rows()
          .filter(functions.lit(false))
          .withColumn(ADDED, functions.lit(true))
          .withColumn(AT, functions.lit(0L));
    }
    return feed(since).withColumn(ADDED, added()).withColumn(AT, at());
  }

  /**
   * Reads the table.
   *
   * @param more options
   * @param part behind its name or path: of a table of Iceberg's metadata
   */
  final Dataset<Row> read(Map<String, String> more, String part) {
    return place(reader(spark, source, more), source, part);
  }

  private static DataFrameReader reader(
      SparkSession spark, Source source, Map<String, String> more) {
    DataFrameReader reader = spark.read().options(source.options()).options(more);
    return source.table() == null ? reader.format(source.format()) : reader;
  }

  private static Dataset<Row> place(DataFrameReader reader, Source source, String part) {
    String table = source.table();
    if (table != null) {
      return reader.table(part.isEmpty() ? table : table + "." + part);
    }
    return reader.load(part.isEmpty() ? source.path() : source.path() + "#" + part);
  }

  /** Calls a method of a library that is there only where the table's format is used. */
  static Object call(Class<?> type, Object of, String method) {
    try {
      return type.getMethod(method).invoke(of);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("Cannot call " + method + ": " + e.getCause(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot call " + method + ": " + e, e);
    }
  }
}
