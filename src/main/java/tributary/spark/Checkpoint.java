package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;

/**
 * What a run that did not come to its end has finished: portions of records in a folder per model
 * and recipe. A record counts only with its content, so portions of other inputs do no harm. On the
 * driver.
 */
final class Checkpoint {
  private static final System.Logger LOG = System.getLogger("tributary");
  private static final int NAME = 12;
  private static final StructType NO_COLUMNS = Staged.schema(new StructType());
  private static final String ORDER = "tributary_order";

  private final SparkSession spark;
  private final CheckpointPlan plan;
  private final Path folder;
  private final FileSystem fs;
  private @Nullable List<String> found;

  private Checkpoint(SparkSession spark, CheckpointPlan plan, FileSystem fs) {
    this.spark = spark;
    this.plan = plan;
    this.folder = new Path(plan.folder());
    this.fs = fs;
  }

  /** The job's; none where it has none. */
  static Optional<Checkpoint> of(JobConfig config, SparkSession spark, Prepared prepared) {
    String path = config.run().checkpoint();
    if (path == null) {
      return Optional.empty();
    }
    String model = prepared.modelHash();
    String recipe = prepared.recipeHash();
    Path root = new Path(path);
    try {
      FileSystem fs = CheckpointPlan.fileSystem(root, spark.sparkContext().hadoopConfiguration());
      Path folder =
          new Path(
              fs.makeQualified(root), model.substring(0, NAME) + "-" + recipe.substring(0, NAME));
      CheckpointPlan plan =
          new CheckpointPlan(folder.toString(), model, recipe, config.codecs().toString());
      return Optional.of(new Checkpoint(spark, plan, fs));
    } catch (IOException e) {
      throw failure("use", e);
    }
  }

  /** What tasks must know to add to it. */
  CheckpointPlan plan() {
    return plan;
  }

  /**
   * The finished records, staged without kept columns; none where there are no portions. One that
   * two tasks finished is there twice: see {@link #once}.
   *
   * @param metrics null in a second reading, which counts nothing
   */
  Optional<Dataset<Row>> rows(int partitions, @Nullable Metrics metrics) {
    // What tasks of this run put down meanwhile is of no use to it.
    List<String> portions = found == null ? portions() : found;
    found = portions;
    if (portions.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        spark
            .createDataset(portions, Encoders.STRING())
            .repartition(Math.min(portions.size(), partitions))
            .mapPartitions(new ReadPortions(plan, metrics), Encoders.row(NO_COLUMNS)));
  }

  /**
   * One row of each id and content: one with an embedding where there is one, for a run before may
   * have met a limit that a later one did not.
   */
  static Dataset<Row> once(Dataset<Row> staged) {
    Column first =
        row_number()
            .over(Window.partitionBy("id", "input_hash").orderBy(not(Staged.Kind.DONE.holds())));
    return staged.withColumn(ORDER, first).filter(col(ORDER).equalTo(1)).drop(ORDER);
  }

  /** Whether it is too short for more records than {@link KnownIndex#MOST}. */
  boolean isSmall() {
    try {
      return !fs.exists(folder)
          || fs.getContentSummary(folder).getLength() < KnownIndex.MOST * KnownIndex.LEAST_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  private List<String> portions() {
    List<String> portions = new ArrayList<>();
    try {
      Path root = folder.getParent();
      List<FileStatus> others = fs.exists(root) ? Arrays.asList(fs.listStatus(root)) : List.of();
      long foreign = others.stream().filter(f -> !f.getPath().equals(folder)).count();
      if (foreign > 0) {
        LOG.log(
            System.Logger.Level.INFO,
            "{0} holds {1} checkpoints of other models or recipes, which are left as they are",
            root,
            foreign);
      }
      if (fs.exists(folder)) {
        for (FileStatus file : fs.listStatus(folder)) {
          if (file.getPath().getName().startsWith(CheckpointPlan.PORTION)) {
            portions.add(file.getPath().toString());
          }
        }
      }
    } catch (IOException e) {
      throw failure("read", e);
    }
    return portions;
  }

  /** After the output is there: this model's and recipe's portions go. */
  void remove() {
    try {
      fs.delete(folder, true);
      Path root = folder.getParent();
      if (fs.exists(root) && fs.listStatus(root).length == 0) {
        fs.delete(root, false);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Cannot remove the checkpoint " + folder, e);
    }
  }

  private static IllegalStateException failure(String what, IOException e) {
    return new IllegalStateException("Cannot " + what + " the checkpoint: " + e.getMessage(), e);
  }
}
