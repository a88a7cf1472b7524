package tributary.spark.learn;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import scala.reflect.ClassTag;
import tributary.base.Reason;
import tributary.config.Problems.Refused;
import tributary.learn.LearningStopped;

/**
 * Synchronous data-parallel learning: one barrier stage whose tasks keep their replicas from step
 * to step. A stage that is tried again goes on from the latest saved step. On the driver.
 */
public final class Learning {
  private Learning() {}

  /**
   * Learns up to the plan's last step, from the latest that the store has.
   *
   * @param watcher hears of steps on the driver while the tasks go on
   * @return the step that it went on from: 0 where nothing was saved, the last where there was
   *     nothing to do
   * @throws Refused where Spark could not run all tasks at once, before anything runs
   * @throws LearningStopped where a replica said that no attempt could go on
   * @throws IllegalStateException where each attempt failed, with the last one's reason
   */
  public static long run(
      SparkSession spark,
      LearningPlan plan,
      ReplicaSource source,
      StateStore store,
      StepWatcher watcher) {
    JavaRDD<Integer> numbers =
        new JavaSparkContext(spark.sparkContext())
            .parallelize(IntStream.range(0, plan.tasks()).boxed().toList(), plan.tasks());
    return run(spark, plan, numbers, (share, rows) -> source.open(share), store, watcher);
  }

  /**
   * Learns from rows.
   *
   * @param rows one partition per task, that of its shards
   */
  static <R> long run(
      SparkSession spark,
      LearningPlan plan,
      JavaRDD<R> rows,
      ReplicaSource.OfRows<R> source,
      StateStore store,
      StepWatcher watcher) {
    SparkContext context = spark.sparkContext();
    List<String> problems =
        LearningChecks.problems(context.getConf(), context.defaultParallelism(), plan.tasks());
    if (!problems.isEmpty()) {
      throw new Refused(problems);
    }
    UUID run = UUID.randomUUID();
    LearningTask<R> task = new LearningTask<>(run, plan, source, store);
    try (StepReports.Driver reports = new StepReports.Driver(run, watcher)) {
      List<LearningTask.End> ends = collected(tasks(rows, task), reports);
      ends.stream()
          .filter(end -> !end.stopped().isEmpty())
          .findFirst()
          .ifPresent(
              end -> {
                throw new LearningStopped(end.stopped());
              });
      return ends.get(0).from();
    }
  }

  /** Spark names the task that failed, not its reason: that came with the reports. */
  private static List<LearningTask.End> collected(
      JavaRDD<LearningTask.End> tasks, StepReports.Driver reports) {
    try {
      return tasks.collect();
    } catch (Exception e) {
      Failures.Failed failed = reports.failed();
      if (failed == null) {
        throw new IllegalStateException("Cannot learn: " + Reason.of(e), e);
      }
      String attempts = failed.attempt() == 0 ? "" : " in attempt " + (failed.attempt() + 1);
      throw new IllegalStateException(
          "Cannot learn: task " + failed.task() + " failed" + attempts + ": " + failed.reason(), e);
    }
  }

  /**
   * How the tasks ended goes through a shuffle: Spark tries a barrier stage again only before one;
   * the last stage of a job might have given something out.
   */
  private static <R> JavaRDD<LearningTask.End> tasks(JavaRDD<R> rows, LearningTask<R> task) {
    ClassTag<LearningTask.End> tag = ClassTag.apply(LearningTask.End.class);
    RDD<LearningTask.End> ends = rows.rdd().barrier().mapPartitions(task, false, tag);
    return new JavaRDD<>(ends, tag).coalesce(1, true);
  }
}
