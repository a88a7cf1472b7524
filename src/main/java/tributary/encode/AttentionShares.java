package tributary.encode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.attention.CrossBlock;
import tributary.tensor.Activation;
import tributary.tensor.KeyWeights;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Attention weights themselves, in plain Java: what {@link Scope#attend} weighs its values by. */
public final class AttentionShares {
  private AttentionShares() {}

  /**
   * The mean over queries and heads of a block's cross-attend to inputs [1, m, w], m >= 1.
   *
   * @param projected queries [1, n, heads d]
   * @return [m], adding up to 1
   */
  public static double[] of(Scope scope, CrossBlock cross, Tensor projected, Tensor inputs) {
    return of(scope, cross, projected, inputs, null);
  }

  /**
   * The mean over queries and heads of a block's cross-attend to inputs that count unequally.
   *
   * @param counts how much each input counts, [1, m]; null: each as one
   */
  static double[] of(
      Scope scope, CrossBlock cross, Tensor projected, Tensor inputs, @Nullable KeyWeights counts) {
    Tensor keys =
        scope.linear(
            scope.normalize(inputs, cross.inputNorm()), cross.attention().key(), Activation.NONE);
    return of(scope, projected, keys, cross.attention().heads(), counts);
  }

  /**
   * The mean over queries and heads of softmax(q k^T / sqrt(d)).
   *
   * @param queries [1, n, heads d], projected
   * @param keys [1, m, heads d], projected
   * @return [m], adding up to 1
   */
  public static double[] of(Scope scope, Tensor queries, Tensor keys, int heads) {
    return of(scope, queries, keys, heads, null);
  }

  private static double[] of(
      Scope scope, Tensor queries, Tensor keys, int heads, @Nullable KeyWeights counts) {
    int n = queries.shape().rows();
    int m = keys.shape().rows();
    int channels = keys.shape().channels();
    int d = channels / heads;
    float[] q = new float[n * channels];
    float[] k = new float[m * channels];
    scope.download(queries, q, 0);
    scope.download(keys, k, 0);
    double[] shares = new double[m];
    double[] weights = new double[m];
    for (int row = 0; row < n; row++) {
      for (int head = 0; head < heads; head++) {
        softmax(q, row * channels + head * d, k, head * d, channels, d, counts, weights);
        for (int j = 0; j < m; j++) {
          shares[j] += weights[j] / (n * (double) heads);
        }
      }
    }
    return shares;
  }

  /** The sums of equal parts, one after the other. */
  public static double[] sums(double[] shares, int parts) {
    double[] sums = new double[parts];
    for (int j = 0; j < shares.length; j++) {
      sums[j / (shares.length / parts)] += shares[j];
    }
    return sums;
  }

  private static void softmax(
      float[] q,
      int query,
      float[] k,
      int first,
      int channels,
      int d,
      @Nullable KeyWeights counts,
      double[] weights) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < weights.length; j++) {
      double score = 0;
      for (int c = 0; c < d; c++) {
        score += (double) q[query + c] * k[j * channels + first + c];
      }
      weights[j] = score / Math.sqrt(d);
      largest = Math.max(largest, weights[j]);
    }
    double shift = largest;
    Arrays.setAll(
        weights, j -> (counts == null ? 1 : counts.at(0, j)) * Math.exp(weights[j] - shift));
    double sum = Arrays.stream(weights).sum();
    Arrays.setAll(weights, j -> weights[j] / sum);
  }
}
