package tributary.report;

import tributary.base.Invalid;

/**
 * The plane that keeps most of the variance: principal components (Pearson 1901) of rows, by
 * Jacobi's method on their covariance, in double. Deterministic: no start vector, sums in the rows'
 * order, and of the two signs of an axis the one that makes its component of largest magnitude
 * positive (the first of equal ones). O(n D^2 + D^3) for n rows of D values.
 *
 * @param x the first coordinate of each row; [n]
 * @param y the second; [n]; zeros where D is 1
 * @param kept the share of the variance that the plane keeps, 0 to 1; 1 where the rows are equal
 */
@SuppressWarnings("ArrayRecordComponent")
public record Projection2d(double[] x, double[] y, double kept) {

  /**
   * Projects rows.
   *
   * @param embeddings [n, D], row-major, finite; n may be 0
   * @param width D, at least 1
   * @throws IllegalArgumentException if a value isn't finite, with its row
   */
  public static Projection2d of(float[] embeddings, int width) {
    if (width < 1 || embeddings.length % width != 0) {
      throw Invalid.argument("width", width, "divides the values, " + embeddings.length);
    }
    for (int i = 0; i < embeddings.length; i++) {
      if (!Float.isFinite(embeddings[i])) {
        throw Invalid.argument("embeddings", embeddings[i] + " in row " + i / width, "finite");
      }
    }
    int n = embeddings.length / width;
    double[] centred = centred(embeddings, n, width);
    Eigen axes = Eigen.of(covariance(centred, n, width), width);
    double all = 0;
    for (double variance : axes.values()) {
      all += Math.max(0, variance);
    }
    double two = Math.max(0, axes.values()[0]) + (width > 1 ? Math.max(0, axes.values()[1]) : 0);
    double[] y = width > 1 ? along(centred, n, axes.vectors()[1]) : new double[n];
    return new Projection2d(along(centred, n, axes.vectors()[0]), y, all > 0 ? two / all : 1);
  }

  private static double[] centred(float[] rows, int n, int width) {
    double[] mean = new double[width];
    for (int i = 0; i < rows.length; i++) {
      mean[i % width] += rows[i];
    }
    double[] centred = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      centred[i] = rows[i] - mean[i % width] / n;
    }
    return centred;
  }

  /** Divided by n; [D][D]. */
  private static double[][] covariance(double[] rows, int n, int width) {
    double[][] sums = new double[width][width];
    for (int row = 0; row < n; row++) {
      for (int i = 0; i < width; i++) {
        double left = rows[row * width + i];
        for (int j = i; j < width; j++) {
          sums[i][j] += left * rows[row * width + j];
        }
      }
    }
    for (int i = 0; i < width; i++) {
      for (int j = i; j < width; j++) {
        sums[i][j] /= Math.max(1, n);
        sums[j][i] = sums[i][j];
      }
    }
    return sums;
  }

  private static double[] along(double[] rows, int n, double[] axis) {
    double[] out = new double[n];
    for (int row = 0; row < n; row++) {
      for (int i = 0; i < axis.length; i++) {
        out[row] += rows[row * axis.length + i] * axis[i];
      }
    }
    return out;
  }
}
