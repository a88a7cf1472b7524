package tributary.tools.parity;

/** How far a result is from what was expected; NaN where anything is. */
public final class Difference {
  private Difference() {}

  /** Of each value by itself: largest |x - expected| / max(1, |expected|). */
  public static double ofEach(float[] x, float[] expected) {
    requireSameSize(x, expected);
    double worst = 0;
    for (int i = 0; i < x.length; i++) {
      double d = Math.abs((double) x[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
      worst = Math.max(worst, d); // NaN stays
    }
    return worst;
  }

  /** As golden cases have it: largest |x - expected| / max(1, largest |expected|). */
  public static double ofLargest(float[] x, float[] expected) {
    requireSameSize(x, expected);
    double largest = 1;
    double worst = 0;
    for (int i = 0; i < x.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs((double) x[i] - expected[i]));
    }
    return worst / largest;
  }

  private static void requireSameSize(float[] x, float[] expected) {
    if (x.length != expected.length) {
      throw new IllegalStateException(
          "Cannot compare results: " + x.length + " values (expected " + expected.length + ")");
    }
  }
}
