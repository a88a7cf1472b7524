package tributary.tokenize;

import tributary.read.Signal;

/**
 * The values of a series less their mean, in standard deviations (of all values: divided by n),
 * channel by channel, and a scale token in front. A channel without deviation has deviation 1. A
 * token has the values, a place for each of their scales, the code of time, and the flag of a scale
 * token:
 *
 * <pre>
 *   scale token       sign(m) log10(1 + |m| / s) per mean m,  log10(s) per deviation s,  0,     1
 *   a point in time   (x - m) / s,                            0,                         time,  0
 * </pre>
 */
final class ZScores {
  private final double[] mean;
  private final double[] deviation;

  /** Two passes, in the order given; of values that are floats nothing overflows. */
  ZScores(Signal.Series series, int channels) {
    int n = series.times().length;
    double[] values = series.values();
    this.mean = new double[channels];
    this.deviation = new double[channels];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      boolean varies = false;
      for (int i = c; i < values.length; i += channels) {
        sum += values[i];
        varies |= values[i] != values[c];
      }
      mean[c] = varies ? sum / n : values[c];
      double squares = 0;
      for (int i = c; i < values.length; i += channels) {
        double x = values[i] - mean[c];
        squares += x * x;
      }
      double root = Math.sqrt(squares / n); // Which may underflow.
      deviation[c] = root > 0 ? root : 1;
    }
  }

  /** Writes the scale token into values[at .. at + channels), which holds zeros. */
  void scale(float[] values, int at, int channels) {
    for (int c = 0; c < mean.length; c++) {
      values[at + c] = Cloud.offset(mean[c], deviation[c]);
      values[at + mean.length + c] = (float) StrictMath.log10(deviation[c]);
    }
    values[at + channels - 1] = 1;
  }

  /** A value of a channel. */
  double of(double value, int channel) {
    return (value - mean[channel]) / deviation[channel];
  }
}
