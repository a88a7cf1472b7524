package tributary.spark.learn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfigs;
import tributary.spark.Fork;

/**
 * Pretrain jobs in a JVM of their own, one after the other in one session: arguments master, job
 * file, then for each run the model's folder, tasks and trouble, one or several joined by `+`.
 */
public final class PretrainRun {
  private PretrainRun() {}

  public static void main(String[] args) throws IOException {
    try (SparkSession spark =
        SparkSession.builder()
            .master(args[0])
            .appName("pretrain-run")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.executor.extraClassPath", Fork.classPath())
            .config(
                "spark.executor.extraJavaOptions",
                Fork.executorOptions()
                    + " -Dorg.bytedeco.javacpp.cachedir="
                    + System.getProperty("org.bytedeco.javacpp.cachedir"))
            .config("spark.sql.artifact.isolation.enabled", "false")
            .config("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s")
            .config("spark.stage.maxConsecutiveAttempts", "8")
            .getOrCreate()) {
      for (int i = 2; i < args.length; i += 3) {
        Path model = Path.of(args[i]);
        JobConfigs.Loaded job =
            JobConfigs.load(
                Path.of(args[1]),
                Map.of(),
                Map.of(),
                List.of("output.path=" + model, "learn.tasks=" + args[i + 1]));
        Path checkpoints = Path.of(job.learn().checkpoints().path());
        PretrainJob.Between between = PretrainJob.Between.NOTHING;
        for (String text : args[i + 2].split("\\+", -1)) {
          Trouble trouble = Trouble.parse(text, Path.of(model + "." + text));
          between = new TroubledTable(trouble, checkpoints, between);
        }
        System.out.println(PretrainJob.run(job, spark, System.out::println, between));
      }
    }
  }
}
