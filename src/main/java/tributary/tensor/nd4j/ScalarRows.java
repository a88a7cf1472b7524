package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;

/**
 * {@link RowKernels} an element at a time. Element-wise results have the same bits as {@link
 * VectorRows}' (whose tails run through here); sums are taken in another order.
 */
class ScalarRows implements RowKernels {
  /** Below it exp(x) is 0: -127 ln 2. */
  static final float EXP_LOW = -88.02969f;

  /** Above it exp(x) is no float. */
  static final float EXP_HIGH = 88f;

  /** 1.5 * 2^23: adding it rounds to an integer. */
  static final float ROUND = 12582912f;

  static final float LOG2_E = 1.44269504f;

  /** ln 2 in two parts, the first of few digits (Cody and Waite). */
  static final float LN2_HIGH = 0.693359375f;

  static final float LN2_LOW = -2.12194440e-4f;

  /** (e^r - 1 - r) / r^2 on [-ln 2 / 2, ln 2 / 2], highest first (Cephes, expf). */
  static final float E5 = 1.9875691500e-4f;

  static final float E4 = 1.3981999507e-3f;
  static final float E3 = 8.3334519073e-3f;
  static final float E2 = 4.1665795894e-2f;
  static final float E1 = 1.6666665459e-1f;
  static final float E0 = 5.0000001201e-1f;

  static final float SQRT_HALF = 0.70710678f;

  /** Below it erf is a polynomial, above it 1 - exp(polynomial). */
  static final float ERF_SPLIT = 0.927734375f;

  static final float TANH_CUBE = 0.044715f;

  /** -2 sqrt(2 / pi). */
  static final float TANH_SCALE = -1.5957691f;

  @Override
  public String describe() {
    return "scalar rows (no jdk.incubator.vector)";
  }

  @Override
  public void activate(
      float[] y, int rows, int channels, float @Nullable [] bias, Activation activation) {
    for (int r = 0; r < rows; r++) {
      activate(y, r * channels, 0, channels, bias, activation);
    }
  }

  /** Channels [from, to) of the row that starts at `start`. */
  static void activate(
      float[] y, int start, int from, int to, float @Nullable [] bias, Activation activation) {
    if (bias != null) {
      for (int c = from; c < to; c++) {
        y[start + c] += bias[c];
      }
    }
    switch (activation) {
      case NONE -> {}
      case RELU -> {
        for (int i = start + from; i < start + to; i++) {
          y[i] = Math.max(y[i], 0);
        }
      }
      case SQUARED_RELU -> {
        for (int i = start + from; i < start + to; i++) {
          float x = Math.max(y[i], 0);
          y[i] = x * x;
        }
      }
      case GELU -> {
        for (int i = start + from; i < start + to; i++) {
          y[i] = gelu(y[i]);
        }
      }
      case GELU_TANH -> {
        for (int i = start + from; i < start + to; i++) {
          y[i] = geluTanh(y[i]);
        }
      }
    }
  }

  @Override
  public void plus(float[] y, float[] residual, int rows, int channels, float @Nullable [] bias) {
    for (int r = 0; r < rows; r++) {
      plus(y, residual, r * channels, 0, channels, bias);
    }
  }

  /** Channels [from, to) of the row that starts at `start`. */
  static void plus(
      float[] y, float[] residual, int start, int from, int to, float @Nullable [] bias) {
    for (int c = from; c < to; c++) {
      float x = bias == null ? y[start + c] : y[start + c] + bias[c];
      y[start + c] = x + residual[start + c];
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
  public void exponentials(
      float[] scores, int keys, int queries, boolean uniform, float[] sums, int at) {
    for (int q = 0; q < queries; q++) {
      float largest = Float.NEGATIVE_INFINITY;
      for (int i = q; i < keys * queries; i += queries) {
        largest = Math.max(largest, scores[i]);
      }
      float shift = shift(largest);
      double sum = 0;
      for (int i = q; i < keys * queries; i += queries) {
        float weight = exp(scores[i] - shift);
        scores[i] = weight;
        sum += weight;
      }
      sums[at + q] = (float) sum;
    }
    if (uniform) {
      weighEqually(scores, keys, queries, sums, at);
    }
  }

  /** What is taken off the scores: -infinity off -infinity is no number. */
  static float shift(float largest) {
    return largest == Float.NEGATIVE_INFINITY ? 0 : largest;
  }

  /** Ones for a query without keys: the largest weight of any other is 1, its sum not 0. */
  static void weighEqually(float[] scores, int keys, int queries, float[] sums, int at) {
    for (int q = 0; q < queries; q++) {
      if (sums[at + q] == 0) {
        for (int i = q; i < keys * queries; i += queries) {
          scores[i] = 1;
        }
        sums[at + q] = keys;
      }
    }
  }

  /** e^x for x up to 88, to about one unit in the last place; 0 below -88. */
  static float exp(float x) {
    float z = x < EXP_LOW ? EXP_LOW : x;
    float rounded = Math.fma(z, LOG2_E, ROUND) - ROUND;
    float r = Math.fma(rounded, -LN2_HIGH, z);
    r = Math.fma(rounded, -LN2_LOW, r);
    float p = Math.fma(E5, r, E4);
    p = Math.fma(p, r, E3);
    p = Math.fma(p, r, E2);
    p = Math.fma(p, r, E1);
    p = Math.fma(p, r, E0);
    p = Math.fma(p, r * r, r) + 1;
    return p * Float.intBitsToFloat(((int) rounded + 127) << 23);
  }

  /**
   * x Phi(x). With t = |x| / sqrt 2: the upper tail is exp(polynomial(t)) / 2 where t is large, so
   * nothing cancels for negative x; (1 +- erf) / 2 where it is small. Polynomials of N. Juffa's
   * erff, each to one unit in the last place.
   */
  static float gelu(float x) {
    float a = x * SQRT_HALF;
    float t = Math.abs(a);
    float s = t * t;
    float phi;
    if (t > ERF_SPLIT) {
      float p = Math.fma(-1.72853470e-5f, t, 3.83197126e-4f);
      float u = Math.fma(-3.88396438e-3f, t, 2.42546219e-2f);
      p = Math.fma(p, s, u);
      p = Math.fma(p, t, -1.06777877e-1f);
      p = Math.fma(p, t, -6.34846687e-1f);
      p = Math.fma(p, t, -1.28717512e-1f);
      p = Math.fma(p, t, -t);
      float tail = 0.5f * exp(p);
      phi = a < 0 ? tail : 1 - tail;
    } else {
      float p = Math.fma(-5.96761703e-4f, s, 4.99119423e-3f);
      p = Math.fma(p, s, -2.67681349e-2f);
      p = Math.fma(p, s, 1.12819925e-1f);
      p = Math.fma(p, s, -3.76125336e-1f);
      p = Math.fma(p, s, 1.28379166e-1f);
      phi = Math.fma(Math.fma(p, a, a), 0.5f, 0.5f);
    }
    return x * phi;
  }

  /** x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))): the same as with tanh. */
  static float geluTanh(float x) {
    float u = Math.fma(x * x * x, TANH_CUBE, x) * TANH_SCALE;
    return x / (1 + exp(u > EXP_HIGH ? EXP_HIGH : u));
  }
}
