package tributary.tokenize;

/**
 * How one axis of a picture of `from` pixels becomes `to` pixels: downwards by area (each output
 * pixel is the mean of the stretch of input that it covers, pixels at its ends counted in part),
 * upwards bilinear between pixel centres, the edge repeated.
 */
final class Taps {
  /** First input pixel of each output pixel; [to]. */
  final int[] first;

  /** Weights of the consecutive input pixels of each output pixel, sum 1; [to][...]. */
  final double[][] weights;

  private Taps(int to) {
    this.first = new int[to];
    this.weights = new double[to][];
  }

  static Taps of(int from, int to) {
    Taps taps = new Taps(to);
    for (int i = 0; i < to; i++) {
      if (to <= from) {
        taps.area(i, from, to);
      } else {
        taps.bilinear(i, from, to);
      }
    }
    return taps;
  }

  /**
   * Output pixel i covers [i from, (i + 1) from) in units of a to-th of an input pixel: integers.
   */
  private void area(int i, int from, int to) {
    long low = (long) i * from;
    long high = low + from;
    first[i] = (int) (low / to);
    int end = (int) ((high + to - 1) / to);
    weights[i] = new double[end - first[i]];
    for (int p = first[i]; p < end; p++) {
      long covered = Math.min(high, (p + 1L) * to) - Math.max(low, (long) p * to);
      weights[i][p - first[i]] = (double) covered / from;
    }
  }

  private void bilinear(int i, int from, int to) {
    double centre = (i + 0.5) * from / to - 0.5;
    double clamped = Math.min(Math.max(centre, 0), from - 1.0);
    first[i] = (int) clamped;
    double upper = clamped - first[i];
    weights[i] = upper == 0 ? new double[] {1} : new double[] {1 - upper, upper};
  }
}
