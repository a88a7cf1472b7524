package tributary.tools.bench;

import java.util.Arrays;

/** What a result must be before it is timed. */
final class Checks {
  /** Of max(1, largest |x|), as the golden cases have it: float32 in another order. */
  private static final double TOLERANCE = 1e-4;

  private Checks() {}

  /** Largest difference over max(1, largest |expected|). */
  static void close(String what, float[] x, float[] expected) {
    double largest = 1;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs((double) x[i] - expected[i])); // NaN stays
    }
    if (x.length != expected.length || !(worst <= TOLERANCE * largest)) {
      throw wrong(what, worst + " of " + largest);
    }
  }

  /** All bits must be equal. */
  static void same(String what, float[] x, float[] expected) {
    if (!Arrays.equals(x, expected)) {
      throw wrong(what, "other bits");
    }
  }

  /** Some rows of c = a b, in double: 0 to n in steps of 97. */
  static void product(float[] a, float[] b, int n, float[] c, String what) {
    for (int i = 0; i < n; i += 97) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int k = 0; k < n; k++) {
          sum += (double) a[i * n + k] * b[k * n + j];
        }
        if (!(Math.abs(sum - c[i * n + j]) <= TOLERANCE * Math.sqrt(n))) {
          throw wrong(what, c[i * n + j] + " for " + sum);
        }
      }
    }
  }

  /** In about the same direction. */
  static void near(String what, float[] x, float[] expected, double leastCosine) {
    double cosine = x.length == expected.length ? cosine(x, expected) : Double.NaN;
    if (!(cosine >= leastCosine)) {
      throw wrong(what, "cosine " + cosine);
    }
  }

  static double cosine(float[] x, float[] y) {
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  }

  /** |x - expected| / |expected|. */
  static double distance(float[] x, float[] expected) {
    float[] difference = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      difference[i] = x[i] - expected[i];
    }
    return Math.sqrt(dot(difference, difference) / dot(expected, expected));
  }

  private static double dot(float[] x, float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (double) x[i] * y[i];
    }
    return sum;
  }

  static IllegalStateException wrong(String what, String how) {
    return new IllegalStateException("Cannot time " + what + ": its result is wrong, " + how);
  }
}
