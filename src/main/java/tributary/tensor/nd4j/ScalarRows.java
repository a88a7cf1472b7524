package tributary.tensor.nd4j;

import java.util.Arrays;

/**
 * {@link RowKernels} an element at a time. Element-wise results have the same bits as {@link
 * VectorRows}' (whose tails run through here); sums are taken in another order.
 */
class ScalarRows implements RowKernels {
  static final float LOG2_E = 1.44269504f;

  /** 1.5 * 2^23 rounds what it is added to to an integer, which its low bits then hold, and 127. */
  static final float ROUND = 12582912f + 127;

  /** 2^-127 is taken for 0. */
  static final float POWER_LOW = -127f;

  /** Weights may grow to 2^8 before earlier ones are scaled down. */
  static final float MARGIN = 8;

  /** 2^f on [-1/2, 1/2], the constant being 1: least largest relative error, 9.2e-8. */
  static final float P1 = 0.69314698f;

  static final float P2 = 0.24022242f;
  static final float P3 = 0.05550734f;
  static final float P4 = 0.00967151f;
  static final float P5 = 0.00132647f;

  private final BackwardKernels scalarBackward = new ScalarBackward();

  @Override
  public BackwardKernels backward() {
    return scalarBackward;
  }

  @Override
  public String describe() {
    return "scalar rows (no jdk.incubator.vector)";
  }

  @Override
  public void plus(float[] y, float[] other, int rows, int channels, boolean sameRow) {
    for (int r = 0; r < rows; r++) {
      plus(y, other, r * channels, sameRow ? 0 : r * channels, 0, channels);
    }
  }

  /** Channels [from, to) of the row that starts at `start`. */
  static void plus(float[] y, float[] other, int start, int otherStart, int from, int to) {
    for (int c = from; c < to; c++) {
      y[start + c] += other[otherStart + c];
    }
  }

  @Override
  public void scale(float[] from, int at, float[] to, int place, int floats, float factor) {
    for (int i = 0; i < floats; i++) {
      to[place + i] = from[at + i] * factor;
    }
  }

  @Override
  public void normalize(
      float[] x, int rows, int channels, float[] weight, float[] bias, float epsilon) {
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        sum += x[start + c];
      }
      float mean = (float) (sum / channels);
      double squares = 0;
      for (int c = 0; c < channels; c++) {
        float z = x[start + c] - mean;
        squares += z * z;
      }
      float factor = (float) (1 / Math.sqrt(squares / channels + epsilon));
      scaleRow(x, start, 0, channels, mean, factor, weight, bias);
    }
  }

  static void scaleRow(
      float[] x,
      int start,
      int from,
      int to,
      float mean,
      float factor,
      float[] weight,
      float[] bias) {
    for (int c = from; c < to; c++) {
      x[start + c] = Math.fma((x[start + c] - mean) * factor, weight[c], bias[c]);
    }
  }

  @Override
  public boolean exponentials(
      float[] scores,
      int keys,
      int queries,
      double scale,
      float[] shifts,
      double[] totals,
      float[] shrink,
      int at) {
    float factor = (float) (scale * LOG2_E);
    boolean same = true;
    for (int q = 0; q < queries; q++) {
      float now = Float.NEGATIVE_INFINITY;
      for (int i = q; i < keys * queries; i += queries) {
        now = Math.max(now, scores[i]);
      }
      same &= advance(now, factor, shifts, shrink, q, at);
      float shift = taken(shifts[at + q]);
      double sum = 0;
      for (int i = q; i < keys * queries; i += queries) {
        float weight = power(scores[i] - shift, factor);
        scores[i] = weight;
        sum += weight;
      }
      totals[at + q] = totals[at + q] * shrink[q] + sum;
    }
    return same;
  }

  @Override
  public boolean exponentials(
      float[] scores,
      int keys,
      int queries,
      double scale,
      KeyFactors factors,
      int first,
      float[] shifts,
      double[] totals,
      float[] shrink,
      int at) {
    float factor = (float) (scale * LOG2_E);
    boolean same = true;
    for (int q = 0; q < queries; q++) {
      float now = Float.NEGATIVE_INFINITY;
      for (int j = 0; j < keys; j++) {
        now = Math.max(now, scores[j * queries + q] - factors.penalties[first + j]);
      }
      same &= advance(now, factor, shifts, shrink, q, at);
      float shift = taken(shifts[at + q]);
      double sum = 0;
      for (int j = 0; j < keys; j++) {
        int i = j * queries + q;
        int key = first + j;
        float power = power(scores[i] - shift, factor, factors.lows[key], factors.rounds[key]);
        float weight = power * factors.significands[key];
        scores[i] = weight;
        sum += weight;
      }
      totals[at + q] = totals[at + q] * shrink[q] + sum;
    }
    return same;
  }

  @Override
  public void multiply(int m, int n, int k, Strided a, Strided b, Strided c, boolean add) {
    float[] sums = new float[n];
    for (int i = 0; i < m; i++) {
      Arrays.fill(sums, 0);
      for (int p = 0; p < k; p++) {
        float x = a.values()[a.at() + i * a.rowStep() + p * a.columnStep()];
        int row = b.at() + p * b.rowStep();
        for (int j = 0; j < n; j++) {
          sums[j] = Math.fma(x, b.values()[row + j], sums[j]);
        }
      }
      int at = c.at() + i * c.rowStep();
      for (int j = 0; j < n; j++) {
        c.values()[at + j] = add ? c.values()[at + j] + sums[j] : sums[j];
      }
    }
  }

  /**
   * Moves a column's shift to the largest of its new scores where weights would become larger than
   * 2^8; notes what earlier weights are to be multiplied by.
   *
   * @return whether the shift has stayed
   */
  static boolean advance(float now, float factor, float[] shifts, float[] shrink, int q, int at) {
    float before = shifts[at + q];
    if (now <= before || (now - before) * factor <= MARGIN) {
      shrink[q] = 1;
      return true;
    }
    shifts[at + q] = now;
    shrink[q] = power(before - now, factor);
    return false;
  }

  /** What is taken off the scores: -infinity off -infinity is no number. */
  static float taken(float shift) {
    return shift == Float.NEGATIVE_INFINITY ? 0 : shift;
  }

  /**
   * 2^(factor x), 0 below 2^-126; factor > 0, factor x up to 1. The power's whole part goes to the
   * exponent, its rest f in [-1/2, 1/2] to a polynomial, to 2e-7.
   */
  static float power(float x, float factor) {
    return power(x, factor, POWER_LOW / factor, ROUND);
  }

  /**
   * 2^(factor x + exponent), 0 below 2^-126; factor x + exponent up to 1.
   *
   * @param low (POWER_LOW - exponent) / factor
   * @param round ROUND + exponent
   */
  static float power(float x, float factor, float low, float round) {
    float z = x < low ? low : x;
    float shifted = Math.fma(z, factor, round);
    float f = Math.fma(z, factor, -(shifted - round));
    float p = Math.fma(P5, f, P4);
    p = Math.fma(p, f, P3);
    p = Math.fma(p, f, P2);
    p = Math.fma(p, f, P1);
    p = Math.fma(p, f, 1);
    return p * Float.intBitsToFloat(Float.floatToRawIntBits(shifted) << 23);
  }
}
