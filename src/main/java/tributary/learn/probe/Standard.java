package tributary.learn.probe;

/**
 * Columns brought to mean 0 and deviation 1, as measured on the rows that a probe is fitted to. Two
 * passes, in double; a column that is constant there becomes 0 everywhere: nothing could be learned
 * from it. On the driver.
 */
public final class Standard {
  /** A deviation below this part of the column's size is rounding. */
  private static final double CONSTANT = 1e-12;

  private final double[] mean;
  private final double[] scale;

  private Standard(double[] mean, double[] scale) {
    this.mean = mean;
    this.scale = scale;
  }

  /** Measured on these rows, at least one. */
  public static Standard of(Examples examples) {
    int width = examples.width();
    double[] mean = new double[width];
    double[] squares = new double[width];
    double[] x = examples.rows();
    for (int at = 0; at < x.length; at += width) {
      for (int c = 0; c < width; c++) {
        mean[c] += x[at + c];
      }
    }
    for (int c = 0; c < width; c++) {
      mean[c] /= examples.n();
    }
    for (int at = 0; at < x.length; at += width) {
      for (int c = 0; c < width; c++) {
        double d = x[at + c] - mean[c];
        squares[c] += d * d;
      }
    }
    double[] scale = new double[width];
    for (int c = 0; c < width; c++) {
      double deviation = Math.sqrt(squares[c] / examples.n());
      scale[c] = deviation > CONSTANT * Math.abs(mean[c]) ? 1 / deviation : 0;
    }
    return new Standard(mean, scale);
  }

  /** These rows, standardised; the given ones stay. */
  public Examples apply(Examples examples) {
    int width = examples.width();
    double[] x = examples.rows().clone();
    for (int at = 0; at < x.length; at += width) {
      for (int c = 0; c < width; c++) {
        x[at + c] = (x[at + c] - mean[c]) * scale[c];
      }
    }
    return new Examples(x, width, examples.labels(), examples.classes());
  }
}
