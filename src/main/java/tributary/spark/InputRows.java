package tributary.spark;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import tributary.config.JobConfig;
import tributary.config.Problems;

/** The projected input on its way to the first step: counted, marked, dealt out. On the driver. */
final class InputRows {
  /** So many ids are small enough to be sent to every task. */
  private static final long FEW = 100_000;

  private static final Column IS_DUPLICATE = col("id").equalTo(col("duplicate_id"));

  private final JobConfig config;
  private final Dataset<Row> rows;
  private final int partitions;
  private final int cores;

  /**
   * @param partitions of the first step, where they are dealt out anew
   * @param cores of this machine, where all run on it; else 0, for executors may be yet to come
   */
  InputRows(JobConfig config, Dataset<Row> rows, int partitions, int cores) {
    this.cores = cores;
    this.config = config;
    this.rows = rows;
    this.partitions = partitions;
  }

  /** Whether the ids must be known before anything is encoded. */
  boolean censusFirst() {
    return config.part() != null
        || config.errors().duplicates() == JobConfig.Errors.Duplicates.FAIL;
  }

  /**
   * What must be accounted for, before the run.
   *
   * @throws Problems.Refused for duplicate ids, where the job wants that
   */
  Census census() {
    Dataset<Row> ids = rows.select("id");
    Census census = Census.take(ids, config.part() != null);
    if (census.duplicateIds() > 0
        && config.errors().duplicates() == JobConfig.Errors.Duplicates.FAIL) {
      throw new Problems.Refused(
          List.of(
              "Invalid input: "
                  + census.duplicateIds()
                  + " ids stand more than once (errors.duplicates: fail), such as "
                  + Census.duplicates(ids).first().getString(0)));
    }
    return census;
  }

  /** As the first step reads them. */
  Dataset<Row> arranged() {
    return dealt(rows);
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
   * Parts of one record together and in order; else enough tasks for all cores. On one machine by
   * {@link Slices}, or as they are, where each core has as many partitions: payloads are dear to
   * deal out. Else by a shuffle, by id, since Spark sorts what it deals out in turns, and holds all
   * of it for that.
   */
  private Dataset<Row> dealt(Dataset<Row> input) {
    if (config.part() != null) {
      return input.repartition(partitions, col("id")).sortWithinPartitions("id", "part");
    }
    if (config.run().partitions() > 0) {
      return input.repartition(partitions, col("id"));
    }
    Dataset<Row> sliced = cores == 0 ? null : Slices.of(input, cores, partitions);
    if (sliced != null) {
      return sliced;
    }
    int given = partitions(input);
    boolean few = given < partitions && (cores == 0 || given == 0 || given % cores != 0);
    return few ? input.repartition(partitions, col("id")) : input;
  }

  /** Of the plan, without the conversion to rows that Dataset.rdd would plan as well. */
  private static int partitions(Dataset<Row> input) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) input)
        .queryExecution()
        .toRdd()
        .getNumPartitions();
  }
}
