package tributary.tokenize;

/**
 * Points about their mean, in units of the largest distance from it, as PointNet has them (Qi et
 * al. 2017), and a scale token in front that says what was taken out. A token has the coordinates,
 * then the logarithm of the radius, then the flag of a scale token:
 *
 * <pre>
 *   scale token  sign(c) log10(1 + |c| / r) per coordinate of the mean c,  log10(r),  1
 *   a point      (x - c) / r,                                              0,         0
 * </pre>
 *
 * <p>So a cloud that is ten times as large differs in one value, by 1, and one that was moved in
 * the scale token alone. Points without extent have radius 1. Mean and radius are of the points as
 * a set: equal bits in whatever order they come.
 */
final class Cloud {
  /** Bits that distances from the middle are summed with: exact in a long for 2^31 points. */
  private static final int BITS = 31;

  private final double[] coordinates;
  private final int width;
  private final double[] centre;
  private final double radius;

  /**
   * @param coordinates [n, dimensions] row-major, n at least 1, finite as floats
   */
  Cloud(double[] coordinates, int dimensions) {
    this.coordinates = coordinates;
    this.width = dimensions;
    this.centre = new double[dimensions];
    for (int d = 0; d < dimensions; d++) {
      centre[d] = mean(coordinates, d, dimensions);
    }
    double farthest = 0;
    for (int at = 0; at < coordinates.length; at += dimensions) {
      double squares = 0;
      for (int d = 0; d < dimensions; d++) {
        double x = coordinates[at + d] - centre[d];
        squares += x * x;
      }
      farthest = Math.max(farthest, squares);
    }
    this.radius = farthest > 0 ? Math.sqrt(farthest) : 1;
  }

  /**
   * Distances from the middle as whole numbers of 2^-31 of half the extent, so that their sum is
   * exact: no order of the points changes it.
   */
  private static double mean(double[] coordinates, int d, int width) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int i = d; i < coordinates.length; i += width) {
      low = Math.min(low, coordinates[i]);
      high = Math.max(high, coordinates[i]);
    }
    double middle = low + (high - low) / 2;
    int scale = BITS - 1 - Math.getExponent((high - low) / 2);
    long sum = 0;
    for (int i = d; i < coordinates.length && high > low; i += width) {
      sum += Math.round(Math.scalb(coordinates[i] - middle, scale));
    }
    double mean = (double) sum / (coordinates.length / width);
    return middle + Math.scalb(mean, -scale);
  }

  /** Writes the scale token into values[at .. at + dimensions + 2). */
  void scale(float[] values, int at) {
    for (int d = 0; d < width; d++) {
      values[at + d] = offset(centre[d], radius);
    }
    values[at + width] = (float) StrictMath.log10(radius);
    values[at + width + 1] = 1;
  }

  /** Writes a point into values[at .. at + dimensions + 2), which holds zeros. */
  void point(int point, float[] values, int at) {
    for (int d = 0; d < width; d++) {
      values[at + d] = (float) ((coordinates[point * width + d] - centre[d]) / radius);
    }
  }

  /** An offset in scales, by its logarithm: 0 is 0, and each factor of ten far out adds one. */
  static float offset(double offset, double scale) {
    return (float) Math.copySign(StrictMath.log10(1 + Math.abs(offset) / scale), offset);
  }
}
