package tributary.spark.learn;

import java.util.ArrayList;
import java.util.List;

/**
 * What Spark must give to the bit: one loop over all shards, the tree written as its definition.
 */
final class PlainLearning {
  /** By step, from 1. */
  final List<double[]> losses = new ArrayList<>();

  final FakeReplica replica = new FakeReplica();

  PlainLearning(int shards, long steps) {
    for (long step = 1; step <= steps; step++) {
      List<float[]> met = new ArrayList<>();
      for (int s = 0; s < shards; s++) {
        met.add(replica.forward(step, s));
      }
      List<float[]> gradients = new ArrayList<>();
      List<double[]> sums = new ArrayList<>();
      for (int s = 0; s < shards; s++) {
        float[] gradient = new float[FakeReplica.PARAMETERS];
        sums.add(replica.backward(step, s, met, gradient));
        gradients.add(gradient);
      }
      double[] loss = tree(sums);
      replica.update(step, floats(gradients), loss);
      losses.add(loss);
    }
  }

  static float[] floats(List<float[]> x) {
    if (x.size() == 1) {
      return x.get(0);
    }
    float[] left = floats(x.subList(0, x.size() / 2));
    float[] right = floats(x.subList(x.size() / 2, x.size()));
    float[] sum = new float[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }

  private static double[] tree(List<double[]> x) {
    if (x.size() == 1) {
      return x.get(0);
    }
    double[] left = tree(x.subList(0, x.size() / 2));
    double[] right = tree(x.subList(x.size() / 2, x.size()));
    double[] sum = new double[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }
}
