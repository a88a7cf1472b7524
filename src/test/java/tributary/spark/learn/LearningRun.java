package tributary.spark.learn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.spark.sql.SparkSession;
import tributary.spark.Fork;

/**
 * Runs in a JVM of their own, one after the other in one session: arguments master, then for each
 * run its folder, tasks and trouble (`WHAT-PHASE-TASK-STEP`).
 */
public final class LearningRun {
  static final int SHARDS = 8;
  static final long STEPS = 12;

  private LearningRun() {}

  public static void main(String[] args) throws IOException {
    try (SparkSession spark =
        SparkSession.builder()
            .master(args[0])
            .appName("learning-run")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.executor.extraClassPath", Fork.classPath())
            .config("spark.executor.extraJavaOptions", Fork.executorOptions())
            .config("spark.sql.artifact.isolation.enabled", "false")
            .config("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s")
            .getOrCreate()) {
      for (int i = 1; i < args.length; i += 3) {
        Path folder = Files.createDirectories(Path.of(args[i]));
        run(
            spark,
            folder,
            Integer.parseInt(args[i + 1]),
            Trouble.parse(args[i + 2], folder.resolve("happened")));
      }
    }
  }

  /** What was heard of goes to the file `heard`, a line for each step. */
  static long run(SparkSession spark, Path folder, int tasks, Trouble trouble) {
    StringBuilder heard = new StringBuilder();
    LearningPlan plan = new LearningPlan(tasks, SHARDS, STEPS, 5, 64, Duration.ofMinutes(2));
    try {
      return Learning.run(
          spark,
          plan,
          new TroubledReplica.Source(trouble),
          new FileStore(folder.toString(), trouble),
          steps ->
              steps.forEach(
                  s ->
                      heard.append(
                          "%d %s %s%n"
                              .formatted(
                                  s.step(),
                                  Double.toHexString(s.losses()[0]),
                                  Double.toHexString(s.losses()[1])))));
    } finally {
      try {
        Files.writeString(folder.resolve("heard"), heard);
      } catch (IOException e) {
        System.err.println(e);
      }
    }
  }
}
