package tributary.encode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.attention.CrossBlock;
import tributary.tensor.Activation;
import tributary.tensor.KeyWeights;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * Attention weights themselves, in plain Java: what {@link Scope#attend} weighs its values by.
 *
 * <p>With A [n, m] the mean over heads of softmax(q k^T / sqrt(d)), whose rows add up to 1, and u
 * [n] what each query counts, the shares are u A. So what an input gets follows from the queries
 * that look at it: shares rolled down through several of them are the product of their matrices,
 * latent by latent, and add up to what u adds up to (Abnar and Zuidema 2020, "Quantifying Attention
 * Flow in Transformers", equation 1, without their residuals).
 */
public final class AttentionShares {
  private AttentionShares() {}

  /**
   * The mean over queries and heads of a block's cross-attend to inputs [1, m, w], m >= 1.
   *
   * @param projected queries [1, n, heads d]
   * @return [m], adding up to 1
   */
  public static double[] of(Scope scope, CrossBlock cross, Tensor projected, Tensor inputs) {
    return of(scope, cross, projected, inputs, null, even(projected.shape().rows()));
  }

  /**
   * The mean over heads of a block's cross-attend to inputs that count unequally.
   *
   * @param counts how much each input counts, [1, m]; null: each as one
   * @param queries what each query counts, [n]
   * @return [m], adding up to what the queries add up to
   */
  static double[] of(
      Scope scope,
      CrossBlock cross,
      Tensor projected,
      Tensor inputs,
      @Nullable KeyWeights counts,
      double[] queries) {
    Tensor keys =
        scope.linear(
            scope.normalize(inputs, cross.inputNorm()), cross.attention().key(), Activation.NONE);
    return of(scope, projected, keys, cross.attention().heads(), counts, queries);
  }

  /**
   * The mean over queries and heads of softmax(q k^T / sqrt(d)).
   *
   * @param queries [1, n, heads d], projected
   * @param keys [1, m, heads d], projected
   * @return [m], adding up to 1
   */
  public static double[] of(Scope scope, Tensor queries, Tensor keys, int heads) {
    return of(scope, queries, keys, heads, null, even(queries.shape().rows()));
  }

  /** Queries that count alike and 1 together. */
  public static double[] even(int queries) {
    double[] even = new double[queries];
    Arrays.fill(even, 1.0 / queries);
    return even;
  }

  private static double[] of(
      Scope scope,
      Tensor queries,
      Tensor keys,
      int heads,
      @Nullable KeyWeights counts,
      double[] each) {
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
          shares[j] += weights[j] * each[row] / heads;
        }
      }
    }
    return shares;
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
