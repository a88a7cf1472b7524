package tributary.tensor.nd4j;

import tributary.tensor.KeyWeights;

/**
 * The weights of one group's keys as the row kernels multiply by them: w = significand 2^exponent.
 * The exponent joins that of exp before it is cut off or overflows, so any float may be a weight.
 * Lives in a call.
 */
final class KeyFactors {
  /** What is taken off a score to find the largest share: -ln(w) / scale, +0 for 1. */
  final float[] penalties; // [keys]

  /** {@link ScalarRows#ROUND} + exponent. */
  final float[] rounds; // [keys]

  /** Scores less the shift below which a share is 0. */
  final float[] lows; // [keys]

  /** From 1 to below 2. */
  final float[] significands; // [keys]

  /**
   * @param scale of the attention
   */
  KeyFactors(KeyWeights weights, int group, double scale) {
    int keys = weights.keys();
    float factor = (float) (scale * ScalarRows.LOG2_E);
    penalties = new float[keys];
    rounds = new float[keys];
    lows = new float[keys];
    significands = new float[keys];
    for (int j = 0; j < keys; j++) {
      double weight = weights.at(group, j);
      int exponent = Math.getExponent(weight);
      penalties[j] = (float) ((0 - Math.log(weight)) / scale);
      rounds[j] = ScalarRows.ROUND + exponent;
      lows[j] = (ScalarRows.POWER_LOW - exponent) / factor;
      significands[j] = (float) Math.scalb(weight, -exponent);
    }
  }
}
