package tributary.spark.learn;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import tributary.config.LearnConfig;
import tributary.learn.BatchOrder;
import tributary.learn.LearningSettings;
import tributary.learn.Measures;
import tributary.learn.RunIdentity;
import tributary.report.History;
import tributary.tensor.nd4j.Kernels;

/**
 * The steps of a pretrain job that are left, in one barrier stage: from the last checkpoint to the
 * last step, told as they are taken. On the driver.
 *
 * @param tasks of the stage
 */
record PretrainStage(
    LearnConfig learn,
    TrainingTable table,
    BatchOrder order,
    LearningSettings settings,
    RunIdentity identity,
    Kernels kernels,
    int tasks) {
  /** How long a task waits for another one. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /**
   * Takes the steps.
   *
   * @param begun folder of the model before the first step
   * @param before the step of the last checkpoint; 0 where there is none
   * @param say takes a line of progress now and then
   * @return the step that it went on from
   */
  long run(
      SparkSession spark,
      Path begun,
      long before,
      PretrainJob.Between between,
      Consumer<String> say)
      throws IOException {
    LearnConfig.Checkpoints kept = learn.checkpoints();
    Path checkpoints = Path.of(kept.path());
    LearningPlan plan =
        new LearningPlan(
            tasks,
            learn.shards(),
            settings.schedule().steps(),
            kept.every(),
            learn.batch(),
            PATIENCE);
    TableReplicas replicas =
        new TableReplicas(
            begun.toAbsolutePath().toString(),
            settings,
            kernels,
            table.take(tasks),
            learn.batch(),
            kept.every(),
            identity);
    CheckpointStore store =
        new CheckpointStore(checkpoints.toAbsolutePath().toString(), kept.keep(), identity);
    Measures measures =
        new Measures(settings.objectives(), List.copyOf(table.modalities().keySet()));
    try (History history = History.open(checkpoints.resolve(History.FILE), before)) {
      Progress progress = new Progress(plan, order, settings, measures, history, say, before);
      return Learning.run(
          spark, plan, table.rows(tasks), between.source(replicas), between.store(store), progress);
    }
  }
}
