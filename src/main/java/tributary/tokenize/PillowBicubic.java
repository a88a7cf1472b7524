package tributary.tokenize;

/**
 * Bicubic resizing of 8-bit RGB exactly as Pillow does it (libImaging/Resample.c: a = -0.5, support
 * widened when shrinking, weights in fixed point of 22 bits, rounded to bytes after the horizontal
 * pass and again after the vertical one): the same bytes. A side that keeps its size is not passed
 * over.
 */
final class PillowBicubic {
  private static final int BITS = 32 - 8 - 2;
  private static final double SUPPORT = 2;

  private final int[] first;
  private final int[][] weights;

  private PillowBicubic(int in, int out) {
    this.first = new int[out];
    this.weights = new int[out][];
    double scale = (double) in / out;
    double widening = Math.max(1, scale);
    for (int i = 0; i < out; i++) {
      double centre = (i + 0.5) * scale;
      first[i] = Math.max(0, (int) (centre - SUPPORT * widening + 0.5));
      int end = Math.min(in, (int) (centre + SUPPORT * widening + 0.5));
      double[] w = new double[end - first[i]];
      double total = 0;
      for (int k = 0; k < w.length; k++) {
        w[k] = cubic((k + first[i] - centre + 0.5) / widening);
        total += w[k];
      }
      weights[i] = new int[w.length];
      for (int k = 0; k < w.length; k++) {
        double fixed = (total == 0 ? w[k] : w[k] / total) * (1 << BITS);
        weights[i][k] = (int) (fixed + (fixed < 0 ? -0.5 : 0.5));
      }
    }
  }

  private static double cubic(double at) {
    double x = Math.abs(at);
    double a = -0.5;
    if (x < 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  }

  /** A picture's row y: [width, 3], values 0 to 255. */
  interface Row {
    int[] at(int y);
  }

  /** Rows [height, width, 3] to [toHeight, toWidth, 3]; one row at a time is held. */
  static int[] resize(Row rows, int height, int width, int toHeight, int toWidth) {
    PillowBicubic across = new PillowBicubic(width, toWidth);
    int stride = toWidth * 3;
    int[] wide = new int[Math.multiplyExact(height, stride)];
    for (int y = 0; y < height; y++) {
      int[] row = rows.at(y);
      System.arraycopy(width == toWidth ? row : across.pass(row, 3), 0, wide, y * stride, stride);
    }
    return height == toHeight ? wide : new PillowBicubic(height, toHeight).pass(wide, stride);
  }

  /** One axis, whose elements are of `size` values: [in, size] to [out, size]. */
  private int[] pass(int[] x, int size) {
    int[] out = new int[first.length * size];
    for (int i = 0; i < first.length; i++) {
      for (int c = 0; c < size; c++) {
        int sum = 1 << (BITS - 1);
        for (int k = 0; k < weights[i].length; k++) {
          sum += weights[i][k] * x[(first[i] + k) * size + c];
        }
        out[i * size + c] = Math.max(0, Math.min(255, sum >> BITS));
      }
    }
    return out;
  }
}
