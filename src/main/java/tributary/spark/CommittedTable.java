package tributary.spark;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * A table of a format with commits: readers see all of a write, or nothing of it. Each commit bears
 * the name of the run that made it. On the driver.
 */
abstract class CommittedTable {
  final SparkSession spark;
  final Sink sink;

  CommittedTable(SparkSession spark, Sink sink) {
    this.spark = spark;
    this.sink = sink;
  }

  /** The table of a sink; none where its format has no commits. */
  static Optional<CommittedTable> of(SparkSession spark, Sink sink) {
    return switch (sink.format().toLowerCase(Locale.ROOT)) {
      case "delta" -> Optional.of(new DeltaTable(spark, sink));
      case "iceberg" -> Optional.of(new IcebergTable(spark, sink));
      default -> Optional.empty();
    };
  }

  /** Whether a format has commits. */
  static boolean isFormat(Sink sink) {
    String format = sink.format().toLowerCase(Locale.ROOT);
    return format.equals("delta") || format.equals("iceberg");
  }

  /** Whether the session can write it; reports what it lacks. */
  abstract boolean isReady(String key, Problems problems);

  /** Whether there is a table; a folder of something else is none. */
  boolean exists() {
    return sink.isNamed() ? spark.catalog().tableExists(sink.path()) : isThere(metadata());
  }

  /** The folder that a table of this format has below its path. */
  abstract String metadata();

  private boolean isThere(String folder) {
    try {
      Path path = new Path(sink.path(), folder);
      return FileSystems.of(path, spark.sparkContext().hadoopConfiguration()).exists(path);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + sink.path() + ": " + e.getMessage(), e);
    }
  }

  /** Whether it was made and nothing written yet, where that is two steps. */
  boolean isEmpty() {
    return false;
  }

  /** The table as it is. */
  Dataset<Row> read() {
    DataFrameReader reader = spark.read().options(sink.options());
    return sink.isNamed()
        ? reader.table(sink.path())
        : reader.format(sink.format()).load(sink.path());
  }

  /** What the table's commits are up to; other runs' make it another. */
  abstract String state();

  /** What readers see now; any commit makes it another. */
  abstract String version();

  /** Whether the table has this run's commit. */
  abstract boolean has(String run);

  /** Makes the table. */
  abstract void create(Dataset<Row> rows, Commit commit);

  /** Adds rows of the same columns. */
  abstract void append(Dataset<Row> rows, Commit commit);

  /**
   * Puts rows in the place of all that are there.
   *
   * @param sameColumns whether the table has these rows' columns and no others
   */
  abstract void replace(Dataset<Row> rows, boolean sameColumns, Commit commit);

  /**
   * Makes the table what `merged` is.
   *
   * @param merged what the whole table is to be, of the same columns
   * @param there what it is, one row an id
   */
  abstract void merge(Dataset<Row> merged, Dataset<Row> there, Commit commit);

  /**
   * The table as a commit left it, which readers need not see yet.
   *
   * @throws IllegalStateException where the table did not take the commit
   */
  Dataset<Row> written(Commit commit) {
    if (!has(commit.run())) {
      throw new IllegalStateException(
          "Cannot publish "
              + sink.path()
              + ": the table did not take the commit, for another run has committed meanwhile");
    }
    return read();
  }

  /** Whether readers see a commit before it was compared. */
  boolean isSeen(Commit commit) {
    return true;
  }

  /** Lets readers see a commit, where they don't yet. */
  void publish(Commit commit) {}

  /** Removes commits that no reader saw, of runs that came to nothing. */
  void clear(String owner) {}

  /** Whether columns may be others than before. */
  abstract boolean changesColumns();

  /**
   * What a commit bears.
   *
   * @param run its name in the history
   * @param owner digest of the history's place
   * @param state of the table when its rows were looked at
   */
  record Commit(String run, String owner, String state) {}
}
