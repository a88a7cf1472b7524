package tributary.tools.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import tributary.spark.learn.Overhead;
import tributary.tools.bench.Timing.Spread;

/**
 * What Spark and the exchange cost a step of learning: 5 million parameters, one JVM (local[2]).
 */
final class LearningRows {
  private static final int PARAMETERS = 5_000_000;
  private static final int WARM = 30;

  private final int steps;

  LearningRows(int steps) {
    this.steps = steps;
  }

  /** For one task and two: the barrier stage, and beside it a job for each step. */
  List<Figure> overhead() throws IOException {
    List<Figure> figures = new ArrayList<>();
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("tributary bench")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.maxResultSize", "0")
            .getOrCreate()) {
      for (int tasks = 1; tasks <= 2; tasks *= 2) {
        figures.add(figure(spark, tasks));
      }
    }
    return figures;
  }

  private Figure figure(SparkSession spark, int tasks) {
    double[] jobs = millis(Overhead.jobs(spark, PARAMETERS, tasks, WARM / 3, steps / 2));
    double[] barrier = millis(Overhead.barrier(spark, PARAMETERS, tasks, tasks, WARM, steps));
    return Figure.atMost(
        "learning-overhead",
        "Spark's part of a learning step, " + tasks + (tasks == 1 ? " task" : " tasks") + ", ms",
        Spread.of(barrier),
        50,
        10,
        String.format(
            Locale.ROOT,
            "%,d parameters, replicas that compute nothing; as a job for each step (broadcast, collect):"
                + " %.1f ms",
            PARAMETERS,
            Spread.of(jobs).median()));
  }

  private static double[] millis(double[] seconds) {
    return Arrays.stream(seconds).map(s -> 1e3 * s).toArray();
  }
}
