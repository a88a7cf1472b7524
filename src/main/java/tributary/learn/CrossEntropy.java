package tributary.learn;

/** Cross-entropy of a softmax over logits, in nats; in double. */
final class CrossEntropy {
  private CrossEntropy() {}

  /**
   * One row of logits.
   *
   * @param logits from place `at` on: [n]
   * @param target the right one's number
   * @param smoothing share of the target that is spread evenly over all n (Szegedy et al. 2016); 0
   *     for none
   * @param scale by which the gradient is multiplied
   * @param gradient of the loss by the logits, times the scale, written to the same places
   * @return the loss
   */
  static double of(
      float[] logits, int at, int n, int target, double smoothing, double scale, float[] gradient) {
    double most = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < n; c++) {
      most = Math.max(most, logits[at + c]);
    }
    double[] shares = new double[n];
    double total = 0;
    for (int c = 0; c < n; c++) {
      shares[c] = StrictMath.exp(logits[at + c] - most);
      total += shares[c];
    }
    double base = StrictMath.log(total) + most;
    double loss = 0;
    for (int c = 0; c < n; c++) {
      double wanted = smoothing / n + (c == target ? 1 - smoothing : 0);
      loss += wanted == 0 ? 0 : wanted * (base - logits[at + c]);
      gradient[at + c] = (float) (scale * (shares[c] / total - wanted));
    }
    return loss;
  }
}
