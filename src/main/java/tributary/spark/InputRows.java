package tributary.spark;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;

/** The projected input on its way to the first step: counted, marked, dealt out. On the driver. */
final class InputRows {
  /** So many ids are small enough to be sent to every task. */
  private static final long FEW = 100_000;

  private static final Column IS_DUPLICATE = col("id").equalTo(col("duplicate_id"));

  private static final System.Logger LOG = System.getLogger("tributary");

  private final JobConfig config;
  private final Dataset<Row> rows;
  private final int partitions;
  private final int tasks;

  /**
   * Rows as the first step reads them.
   *
   * @param shuffled whether a shuffle dealt them out
   * @param slices null where each row is read once
   */
  record Arranged(Dataset<Row> rows, boolean shuffled, @Nullable Slices slices) {
    private static Arranged once(Dataset<Row> rows) {
      return new Arranged(rows, false, null);
    }

    /**
     * After all rows were read.
     *
     * @throws IllegalStateException if what was read several times is not the same any more
     */
    void requireUnchanged() {
      if (slices != null) {
        slices.requireUnchanged();
      }
    }
  }

  /**
   * @param partitions of the first step, where they are dealt out by a shuffle, or are enough
   * @param tasks that run at once, where all do in this JVM; else 0, for executors may be yet to
   *     come
   */
  InputRows(JobConfig config, Dataset<Row> rows, int partitions, int tasks) {
    this.tasks = tasks;
    this.config = config;
    this.rows = rows;
    this.partitions = partitions;
  }

  /**
   * Whether the ids must be known before anything is encoded. A format that drops rows for what is
   * in their other columns gives other ids where these are read alone: they are known afterwards.
   */
  boolean censusFirst() {
    return refusesDuplicates() && config.part() == null && !dropsRows(config.input());
  }

  private boolean refusesDuplicates() {
    return config.errors().duplicates() == JobConfig.Errors.Duplicates.FAIL;
  }

  /** Whether a row may be left out for a cell that can't be read. */
  static boolean dropsRows(JobConfig.Source input) {
    return input.options().entrySet().stream()
        .anyMatch(
            o ->
                o.getKey().equalsIgnoreCase("mode")
                    && o.getValue().equalsIgnoreCase("DROPMALFORMED"));
  }

  /**
   * What must be accounted for, before the run.
   *
   * @throws Problems.Refused for duplicate ids
   */
  Census census() {
    Dataset<Row> ids = rows.select("id");
    Census census = Census.take(ids);
    refuse(census, ids);
    return census;
  }

  /**
   * Refuses duplicate ids, where the job wants that.
   *
   * @param ids one column `id`
   */
  void refuse(Census census, Dataset<Row> ids) {
    if (census.duplicateIds() > 0 && refusesDuplicates()) {
      throw new Problems.Refused(
          List.of(
              "Invalid input: "
                  + census.duplicateIds()
                  + " ids stand more than once (errors.duplicates: fail), such as "
                  + Census.duplicates(ids).first().getString(0)));
    }
  }

  /**
   * The rows whose ids several records have, read once more, with their flag set.
   *
   * @param ids one column `id`
   */
  Dataset<Row> duplicates(Dataset<Row> ids, long number) {
    return rows.join(few(ids.select(col("id").as("duplicate_id")), number), IS_DUPLICATE)
        .withColumn("duplicate", lit(true))
        .drop("duplicate_id");
  }

  /** Staged rows of the other ids, and of none. */
  static Dataset<Row> others(Dataset<Row> staged, Dataset<Row> ids, long number) {
    return staged.join(
        few(ids.select(col("id").as("duplicate_id")), number), IS_DUPLICATE, "left_anti");
  }

  private static Dataset<Row> few(Dataset<Row> ids, long number) {
    return number < FEW ? broadcast(ids) : ids;
  }

  /**
   * As the first step reads them: parts of one record together and in order; else enough tasks for
   * all cores. In one JVM by {@link Slices}, or as they are, where each core has as many
   * partitions: payloads are dear to deal out. Else by a shuffle, by id, since Spark sorts what it
   * deals out in turns, and holds all of it for that.
   *
   * @param known records that are read but not encoded: where they are most, nothing is worth
   *     reading twice
   */
  Arranged arranged(long known) {
    if (config.part() != null) {
      return new Arranged(shuffled().sortWithinPartitions("id", "part"), true, null);
    }
    if (config.run().partitions() > 0) {
      return new Arranged(shuffled(), true, null);
    }
    Slices slices = tasks == 0 ? null : Slices.of(rows, tasks, partitions).orElse(null);
    if (slices != null) {
      boolean once = slices.readings() == 1 || known > 0 && areMost(known);
      return once ? Arranged.once(rows) : sliced(slices);
    }
    int given = partitions(rows);
    boolean few = given < partitions && (tasks == 0 || given == 0 || given % tasks != 0);
    return few ? new Arranged(shuffled(), true, null) : Arranged.once(rows);
  }

  /** Whether the others are too few to keep the cores busy, wherever they are. */
  private boolean areMost(long known) {
    long all = rows.count();
    boolean most = 2 * tasks * (all - known) <= all;
    if (most) {
      LOG.log(
          System.Logger.Level.INFO,
          "Of {0} of {1} records something is known: each partition is read once",
          known,
          all);
    }
    return most;
  }

  private static Arranged sliced(Slices slices) {
    LOG.log(
        System.Logger.Level.INFO,
        "Few partitions: each is read " + slices.readings() + " times, for a part of the ids");
    return new Arranged(slices.rows(), false, slices);
  }

  private Dataset<Row> shuffled() {
    return rows.repartition(partitions, col("id"));
  }

  /** Of the plan, without the conversion to rows that Dataset.rdd would plan as well. */
  private static int partitions(Dataset<Row> input) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) input)
        .queryExecution()
        .toRdd()
        .getNumPartitions();
  }
}
