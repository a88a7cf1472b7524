package tributary.learn;

import java.util.Arrays;

/** Whether counts are as even as chance makes them. */
final class Statistics {
  private Statistics() {}

  /** Pearson's sum for counts that are all expected alike. */
  static double chiSquare(int[] counts) {
    double expected = Arrays.stream(counts).average().orElse(0);
    return Arrays.stream(counts).mapToDouble(n -> (n - expected) * (n - expected) / expected).sum();
  }

  /** What chance exceeds about once in 10^5 times (Wilson and Hilferty 1931). */
  static double limit(int freedom) {
    double k = 2.0 / (9 * freedom);
    return freedom * Math.pow(1 - k + 4.26 * Math.sqrt(k), 3);
  }
}
