package tributary.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Eigenvalues and -vectors of a symmetric matrix by Jacobi's cyclic rotations (Golub and Van Loan,
 * Matrix Computations, 8.5): each sweep turns every pair of axes so that their covariance is zero,
 * until all that is off the diagonal is beneath rounding.
 *
 * @param values largest first; [D]
 * @param vectors of length 1, in the order of the values; the component of largest magnitude, the
 *     first of equal ones, is positive; [D][D]
 */
@SuppressWarnings("ArrayRecordComponent")
record Eigen(double[] values, double[][] vectors) {
  /** Convergence is quadratic: ten sweeps do for any size that fits memory. */
  private static final int SWEEPS = 60;

  /** Turns a [D][D] into its diagonal. */
  static Eigen of(double[][] a, int width) {
    double[][] v = new double[width][width];
    for (int i = 0; i < width; i++) {
      v[i][i] = 1;
    }
    for (int sweep = 0; sweep < SWEEPS && !diagonal(a); sweep++) {
      for (int p = 0; p < width; p++) {
        for (int q = p + 1; q < width; q++) {
          rotate(a, v, p, q);
        }
      }
    }
    return sorted(a, v);
  }

  private static boolean diagonal(double[][] a) {
    double off = 0;
    double all = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        all += a[i][j] * a[i][j];
        off += i == j ? 0 : a[i][j] * a[i][j];
      }
    }
    return off <= 1e-30 * all;
  }

  /** Rows of v are the axes so far. Both halves of the symmetric matrix are kept. */
  private static void rotate(double[][] a, double[][] v, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    double tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
    double c = 1 / Math.sqrt(1 + t * t);
    double s = t * c;
    turn(a[p], a[q], c, s);
    for (double[] row : a) {
      double left = row[p];
      row[p] = c * left - s * row[q];
      row[q] = s * left + c * row[q];
    }
    a[p][q] = 0;
    a[q][p] = 0;
    turn(v[p], v[q], c, s);
  }

  private static void turn(double[] p, double[] q, double c, double s) {
    for (int i = 0; i < p.length; i++) {
      double left = p[i];
      p[i] = c * left - s * q[i];
      q[i] = s * left + c * q[i];
    }
  }

  private static Eigen sorted(double[][] a, double[][] v) {
    int[] order =
        IntStream.range(0, a.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -a[i][i]))
            .mapToInt(i -> i)
            .toArray();
    double[] values = new double[a.length];
    double[][] vectors = new double[a.length][];
    for (int i = 0; i < order.length; i++) {
      values[i] = a[order[i]][order[i]];
      vectors[i] = signed(v[order[i]]);
    }
    return new Eigen(values, vectors);
  }

  /** Components within rounding of the largest count as equal, so the first of them decides. */
  private static double[] signed(double[] axis) {
    double largest = 0;
    for (double component : axis) {
      largest = Math.max(largest, Math.abs(component));
    }
    for (double component : axis) {
      if (Math.abs(component) >= largest * (1 - 1e-9)) {
        return component < 0 ? Arrays.stream(axis).map(c -> -c).toArray() : axis;
      }
    }
    return axis;
  }
}
