package tributary.learn.probe;

/**
 * Products of a few rows with a matrix, in double. The inner loops run over rows or columns that
 * are one after the other in memory, with no sum across lanes: the compiler makes vectors of them,
 * and a result's terms are added in the order of the columns whatever the vectors' length.
 */
final class Products {
  /** Rows at a time; what they need stays in the cache. */
  static final int ROWS = 64;

  private Products() {}

  /**
   * Turns rows into columns: out[c * ROWS + r] = x[(from + r) * width + c].
   *
   * @param x [n, width]
   * @param out [width, ROWS]; rows beyond `count` become 0
   */
  static void transpose(double[] x, int from, int count, int width, double[] out) {
    for (int c = 0; c < width; c++) {
      int to = c * ROWS;
      int source = from * width + c;
      for (int r = 0; r < count; r++) {
        out[to + r] = x[source + r * width];
      }
      for (int r = count; r < ROWS; r++) {
        out[to + r] = 0;
      }
    }
  }

  /**
   * out[r] = start + the sum over c of weights[at + c] x columns[c * ROWS + r].
   *
   * @param columns [width, ROWS]
   * @param out [.., ROWS], of which those from `to` on are written
   */
  static void dot(
      double[] columns, int width, double[] weights, int at, double start, double[] out, int to) {
    for (int r = 0; r < ROWS; r++) {
      out[to + r] = start;
    }
    int c = 0;
    for (; c + 4 <= width; c += 4) {
      four(columns, c * ROWS, weights, at + c, out, to);
    }
    for (; c < width; c++) {
      double w = weights[at + c];
      int column = c * ROWS;
      for (int r = 0; r < ROWS; r++) {
        out[to + r] += w * columns[column + r];
      }
    }
  }

  private static void four(
      double[] columns, int column, double[] weights, int at, double[] out, int to) {
    double w0 = weights[at];
    double w1 = weights[at + 1];
    double w2 = weights[at + 2];
    double w3 = weights[at + 3];
    int second = column + ROWS;
    int third = column + 2 * ROWS;
    int fourth = column + 3 * ROWS;
    for (int r = 0; r < ROWS; r++) {
      out[to + r] =
          out[to + r]
              + w0 * columns[column + r]
              + w1 * columns[second + r]
              + w2 * columns[third + r]
              + w3 * columns[fourth + r];
    }
  }

  /** out[to + c] += factor x rows[at + c], for c below width. */
  static void add(double[] out, int to, double factor, double[] rows, int at, int width) {
    for (int c = 0; c < width; c++) {
      out[to + c] += factor * rows[at + c];
    }
  }
}
