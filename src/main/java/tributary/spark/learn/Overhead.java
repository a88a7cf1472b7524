package tributary.spark.learn;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * What a step costs beside its arithmetic: in the barrier stage, and as the other way would be, a
 * job for each step. For `bench`; on the driver.
 */
public final class Overhead {
  private Overhead() {}

  /**
   * Steps of the barrier stage with replicas that compute nothing; shards as many as tasks.
   *
   * @return seconds of each step but the first few, during which code is compiled
   */
  public static double[] barrier(
      SparkSession spark, int parameters, int tasks, int shards, int warm, int steps) {
    List<Double> seconds = new ArrayList<>();
    LearningPlan plan =
        new LearningPlan(tasks, shards, warm + steps, warm + steps, 1, Duration.ofMinutes(2));
    Learning.run(
        spark,
        plan,
        new IdleReplica.Source(parameters),
        new IdleReplica.Store(),
        taken -> taken.forEach(s -> seconds.add(s.seconds())));
    return seconds.stream().skip(warm).mapToDouble(Double::doubleValue).toArray();
  }

  /**
   * A job for each step: weights are broadcast, gradients come back to the driver, which adds them
   * up the tree.
   *
   * @return seconds of each step but the first few
   */
  public static double[] jobs(SparkSession spark, int parameters, int tasks, int warm, int steps) {
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    JavaRDD<Integer> numbers =
        context.parallelize(IntStream.range(0, tasks).boxed().toList(), tasks);
    float[] weights = new float[parameters];
    double[] seconds = new double[warm + steps];
    for (int step = 0; step < seconds.length; step++) {
      long start = System.nanoTime();
      Broadcast<float[]> sent = context.broadcast(weights);
      List<float[]> gradients =
          numbers
              .map(
                  task -> {
                    float[] gradient = new float[sent.value().length];
                    gradient[0] = 1;
                    return gradient;
                  })
              .collect();
      float[] sum = tree(gradients);
      sent.destroy();
      seconds[step] = (System.nanoTime() - start) * 1e-9;
      if (sum[0] != tasks) {
        throw new IllegalStateException(
            "Cannot time a step: sum " + sum[0] + " (expected " + tasks + ")");
      }
      weights = sum;
    }
    return Arrays.copyOfRange(seconds, warm, seconds.length);
  }

  private static float[] tree(List<float[]> gradients) {
    Sums.Subtree tree = new Sums.Subtree(gradients.get(0).length);
    gradients.forEach(tree::add);
    return tree.total();
  }
}
