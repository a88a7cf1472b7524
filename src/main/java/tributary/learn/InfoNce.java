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
   * The losses of each pair, and the gradient by those that are wanted: the bits of a pair's do not
   * depend on which others are.
   *
   * @param a unit vectors [n][d]
   * @param b unit vectors [n][d], each a pair with that of a in its place
   * @param wanted [n], of which pairs the gradient is
   * @param da gradient [n][d] of the mean loss by a, overwritten where wanted
   * @param db gradient [n][d] of the mean loss by b, overwritten where wanted
   * @return of each pair (cross-entropy of a's row + cross-entropy of b's column) / 2, in nats
   */
  static double[] losses(
      float[][] a, float[][] b, double temperature, boolean[] wanted, float[][] da, float[][] db) {
    int n = a.length;
    float scale = (float) (1 / temperature);
    float[] logits = similarities(a, b, scale);
    double[] losses = new double[n];
    float[] slope = new float[n * n]; // gradient of the mean loss by a logit
    double[] powers = new double[n];
    for (int i = 0; i < n; i++) {
      losses[i] += 0.5 * row(logits, i * n, 1, n, i, powers, slope);
      losses[i] += 0.5 * row(logits, i, n, n, i, powers, slope);
    }
    float[] by = new float[n];
    for (int i = 0; i < n; i++) {
      if (wanted[i]) {
        for (int j = 0; j < n; j++) {
          by[j] = scale * slope[i * n + j];
        }
        combine(by, b, da[i]);
        for (int j = 0; j < n; j++) {
          by[j] = scale * slope[j * n + i];
        }
        combine(by, a, db[i]);
      }
    }
    return losses;
  }

  /** a b^T / temperature, [n, n]; columns side by side, so that none waits for a sum. */
  private static float[] similarities(float[][] a, float[][] b, float scale) {
    int n = a.length;
    int d = a[0].length;
    float[][] transposed = new float[d][n];
    for (int j = 0; j < n; j++) {
      for (int c = 0; c < d; c++) {
        transposed[c][j] = b[j][c];
      }
    }
    float[] logits = new float[n * n];
    float[] scaled = new float[d];
    float[] row = new float[n];
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < d; c++) {
        scaled[c] = a[i][c] * scale;
      }
      combine(scaled, transposed, row);
      System.arraycopy(row, 0, logits, i * n, n);
    }
    return logits;
  }

  /**
   * sum = by[0] rows[0] + by[1] rows[1] + ..., in this order. Two rows at a time: the same
   * additions with half of the loads and stores of the sum. Rows are arrays of their own, or the
   * JVM would not vectorise.
   */
  private static void combine(float[] by, float[][] rows, float[] sum) {
    Arrays.fill(sum, 0);
    int r = 0;
    for (; r + 2 <= rows.length; r += 2) {
      add(by[r], rows[r], by[r + 1], rows[r + 1], sum);
    }
    if (r < rows.length) {
      add(by[r], rows[r], sum);
    }
  }

  private static void add(float w, float[] x, float[] sum) {
    for (int c = 0; c < sum.length; c++) {
      sum[c] += w * x[c];
    }
  }

  private static void add(float w, float[] x, float v, float[] y, float[] sum) {
    for (int c = 0; c < sum.length; c++) {
      sum[c] = (sum[c] + w * x[c]) + v * y[c];
    }
  }

  /** Cross-entropy of a row or column whose right one is `target`; adds its slope. */
  private static double row(
      float[] logits, int at, int step, int n, int target, double[] powers, float[] slope) {
    double most = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < n; j++) {
      most = Math.max(most, logits[at + j * step]);
    }
    double total = 0;
    for (int j = 0; j < n; j++) {
      powers[j] = StrictMath.exp(logits[at + j * step] - most);
      total += powers[j];
    }
    for (int j = 0; j < n; j++) {
      double share = powers[j] / total;
      slope[at + j * step] += (float) (0.5 * (share - (j == target ? 1 : 0)) / n);
    }
    return StrictMath.log(total) + most - logits[at + target * step];
  }
}
