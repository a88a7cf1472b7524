package tributary.learn;

import java.util.Arrays;

/**
 * The contrast of n pairs (van den Oord et al. 2018, equation 4; both ways as in CLIP, Radford et
 * al. 2021): each of a against all of b and the other way round, mean of both. Sums run in a fixed
 * order: equal bits in every task.
 */
final class InfoNce {
  private InfoNce() {}

  /**
   * The losses of each pair, and their gradient.
   *
   * @param a unit vectors [n, d]
   * @param b unit vectors [n, d], row i being a pair with row i of a
   * @param da gradient of the mean loss by a, overwritten
   * @param db gradient of the mean loss by b, overwritten
   * @return of each pair (cross-entropy of a's row + cross-entropy of b's column) / 2, in nats
   */
  static double[] losses(
      float[] a, float[] b, int n, int d, double temperature, float[] da, float[] db) {
    float[] logits = similarities(a, b, n, d, (float) (1 / temperature));
    double[] losses = new double[n];
    float[] slope = new float[n * n]; // gradient of the mean loss by a logit
    for (int i = 0; i < n; i++) {
      losses[i] += 0.5 * row(logits, i * n, 1, n, i, slope);
      losses[i] += 0.5 * row(logits, i, n, n, i, slope);
    }
    float scale = (float) (1 / temperature);
    Arrays.fill(da, 0);
    Arrays.fill(db, 0);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        float by = scale * slope[i * n + j];
        for (int c = 0; c < d; c++) {
          da[i * d + c] += by * b[j * d + c];
        }
        for (int c = 0; c < d; c++) {
          db[j * d + c] += by * a[i * d + c];
        }
      }
    }
    return losses;
  }

  /** a b^T / temperature, [n, n]; columns side by side, so that none waits for a sum. */
  private static float[] similarities(float[] a, float[] b, int n, int d, float scale) {
    float[] transposed = new float[d * n];
    for (int j = 0; j < n; j++) {
      for (int c = 0; c < d; c++) {
        transposed[c * n + j] = b[j * d + c];
      }
    }
    float[] logits = new float[n * n];
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < d; c++) {
        float x = a[i * d + c] * scale;
        for (int j = 0; j < n; j++) {
          logits[i * n + j] += x * transposed[c * n + j];
        }
      }
    }
    return logits;
  }

  /** Cross-entropy of a row or column whose right one is `target`; adds its slope. */
  private static double row(float[] logits, int at, int step, int n, int target, float[] slope) {
    double most = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < n; j++) {
      most = Math.max(most, logits[at + j * step]);
    }
    double total = 0;
    for (int j = 0; j < n; j++) {
      total += StrictMath.exp(logits[at + j * step] - most);
    }
    for (int j = 0; j < n; j++) {
      double share = StrictMath.exp(logits[at + j * step] - most) / total;
      slope[at + j * step] += (float) (0.5 * (share - (j == target ? 1 : 0)) / n);
    }
    return StrictMath.log(total) + most - logits[at + target * step];
  }
}
