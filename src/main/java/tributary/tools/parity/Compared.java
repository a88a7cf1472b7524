package tributary.tools.parity;

import java.util.Map;
import tributary.model.Weight;
import tributary.tools.parity.ParityResult.Status;

/**
 * How the outputs or the gradients of one case went; plain data for a JSON file.
 *
 * @param tensors how many were compared
 * @param largestError over all of them: largest difference over max(1, largest expected magnitude);
 *     NaN where nothing was compared
 * @param tolerance what that may be
 * @param detail the tensor with the largest error, or why there is none
 */
public record Compared(
    int tensors, double largestError, double tolerance, Status status, String detail) {
  static Compared nothing(double tolerance, Status status, String detail) {
    return new Compared(0, Double.NaN, tolerance, status, detail);
  }

  /**
   * A tensor agrees when max |x - expected| <= tolerance max(1, max |expected|).
   *
   * @param what for messages: output or gradient
   */
  static Compared of(
      String what, double tolerance, Map<String, Weight> expected, Map<String, float[]> computed) {
    double largest = -1;
    String worst = "";
    for (Map.Entry<String, Weight> e : expected.entrySet()) {
      float[] out = e.getValue().values();
      float[] x = computed.get(e.getKey());
      if (x == null || x.length != out.length) {
        String found = x == null ? "not computed" : x.length + " values, not " + out.length;
        return nothing(tolerance, Status.FAILED, what + " " + e.getKey() + ": " + found);
      }
      double error = Difference.ofLargest(x, out);
      if (!(error <= largest)) {
        largest = error;
        worst = e.getKey();
      }
      if (Double.isNaN(error)) {
        break;
      }
    }
    Status status = largest <= tolerance ? Status.OK : Status.FAILED;
    return new Compared(expected.size(), largest, tolerance, status, "largest in " + worst);
  }
}
