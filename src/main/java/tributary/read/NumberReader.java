package tributary.read;

import tributary.base.Invalid;

/**
 * Arrays of numbers to vectors, points and series. Every value must be finite; arrays are kept, not
 * copied. No values are a legal signal.
 */
public final class NumberReader {
  private NumberReader() {}

  /**
   * Vectors made elsewhere.
   *
   * @param width values a vector, positive
   * @param values [n, width] row-major
   * @throws Rejected NOT_FINITE, or WRONG_WIDTH where the values don't divide into vectors
   */
  public static Signal.Vectors vectors(int width, float[] values) {
    divide("vectors", "width", width, values.length);
    finite("vectors", width, values);
    return new Signal.Vectors(width, values);
  }

  /**
   * A cloud of points.
   *
   * @param dimensions coordinates a point, positive
   * @param coordinates [n, dimensions] row-major
   * @throws Rejected NOT_FINITE, also for what no float holds, or WRONG_WIDTH where the coordinates
   *     don't divide into points
   */
  public static Signal.Points points(int dimensions, double[] coordinates) {
    divide("points", "dimensions", dimensions, coordinates.length);
    for (int i = 0; i < coordinates.length; i++) {
      if (!Float.isFinite((float) coordinates[i])) {
        throw notFinite("points", place(i, dimensions), coordinates[i]);
      }
    }
    return new Signal.Points(dimensions, coordinates);
  }

  /**
   * A series of measurements.
   *
   * @param times [n] in any order
   * @param channels values a time, positive
   * @param values [n, channels] row-major
   * @throws Rejected NOT_FINITE, or WRONG_WIDTH where there aren't n x channels values
   */
  public static Signal.Series series(double[] times, int channels, double[] values) {
    divide("series", "channels", channels, values.length);
    if ((long) times.length * channels != values.length) {
      throw new Rejected(
          Rejected.Reason.WRONG_WIDTH,
          String.format(
              "Cannot read series: %d times x %d channels need %d values, there are %d",
              times.length, channels, (long) times.length * channels, values.length));
    }
    for (int i = 0; i < times.length; i++) {
      if (!Double.isFinite(times[i])) {
        throw notFinite("series", "time " + i, times[i]);
      }
    }
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw notFinite("series", place(i, channels), values[i]);
      }
    }
    return new Signal.Series(times, channels, values);
  }

  private static void divide(String what, String key, int width, int values) {
    if (width <= 0) {
      throw new Rejected(Rejected.Reason.WRONG_WIDTH, Invalid.text(key, width, "must be positive"));
    }
    if (values % width != 0) {
      throw new Rejected(
          Rejected.Reason.WRONG_WIDTH,
          String.format(
              "Cannot read %s: %d values are no multiple of %s %d", what, values, key, width));
    }
  }

  private static void finite(String what, int width, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw notFinite(what, place(i, width), values[i]);
      }
    }
  }

  private static String place(int i, int width) {
    return "value " + i + " (row " + i / width + ", column " + i % width + ")";
  }

  private static Rejected notFinite(String what, String place, double value) {
    return new Rejected(
        Rejected.Reason.NOT_FINITE, "Cannot read " + what + ": " + place + " is " + value);
  }
}
