package tributary.tensor.nd4j;

import tributary.tensor.Activation;

/**
 * {@link BackwardKernels} an element at a time. Element-wise results have the same bits as {@link
 * VectorBackward}'s (whose tails run through here); sums are taken in another order.
 */
class ScalarBackward implements BackwardKernels {
  /** Of erf (Abramowitz and Stegun 7.1.26): off by 1.5e-7 at most. */
  static final float ERF_T = 0.3275911f * 0.70710678f;

  static final float ERF_1 = 0.254829592f;
  static final float ERF_2 = -0.284496736f;
  static final float ERF_3 = 1.421413741f;
  static final float ERF_4 = -1.453152027f;
  static final float ERF_5 = 1.061405429f;

  /** 1 / sqrt(2 pi). */
  static final float DENSITY = 0.39894228f;

  /** sqrt(2 / pi). */
  static final float TANH = 0.7978846f;

  static final float CUBE = 0.044715f;

  @Override
  public void columnSums(float[] x, int rows, int channels, double[] sums) {
    columnSums(x, rows, channels, 0, sums);
  }

  /** Columns from one on. */
  static void columnSums(float[] x, int rows, int channels, int from, double[] sums) {
    for (int c = from; c < channels; c++) {
      float sum = 0;
      for (int r = 0; r < rows; r++) {
        sum += x[r * channels + c];
      }
      sums[c] += sum;
    }
  }

  @Override
  public void normalize(
      float[] dy,
      float[] x,
      int rows,
      int channels,
      float[] weight,
      float epsilon,
      double[] byWeight,
      double[] byBias) {
    float[] means = new float[rows];
    float[] factors = new float[rows];
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        sum += x[start + c];
      }
      means[r] = (float) (sum / channels);
      double squares = 0;
      for (int c = 0; c < channels; c++) {
        float z = x[start + c] - means[r];
        squares += z * z;
      }
      factors[r] = (float) (1 / Math.sqrt(squares / channels + epsilon));
    }
    normSums(dy, x, rows, channels, 0, means, factors, byWeight, byBias);
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      double sum = 0;
      double slope = 0;
      for (int c = 0; c < channels; c++) {
        float by = dy[start + c] * weight[c];
        sum += by;
        slope += by * ((x[start + c] - means[r]) * factors[r]);
      }
      float mean = (float) (sum / channels);
      float dot = (float) (slope / channels);
      normRow(dy, x, start, 0, channels, means[r], factors[r], weight, mean, dot);
    }
  }

  /** Sums of dy z and of dy over rows, columns from one on. */
  static void normSums(
      float[] dy,
      float[] x,
      int rows,
      int channels,
      int from,
      float[] means,
      float[] factors,
      double[] byWeight,
      double[] byBias) {
    for (int c = from; c < channels; c++) {
      float ofWeight = 0;
      float ofBias = 0;
      for (int r = 0; r < rows; r++) {
        float by = dy[r * channels + c];
        ofWeight = Math.fma(by, (x[r * channels + c] - means[r]) * factors[r], ofWeight);
        ofBias += by;
      }
      byWeight[c] += ofWeight;
      byBias[c] += ofBias;
    }
  }

  /** dy = (dy weight - mean - z dot) factor, of channels [from, to). */
  static void normRow(
      float[] dy,
      float[] x,
      int start,
      int from,
      int to,
      float center,
      float factor,
      float[] weight,
      float mean,
      float dot) {
    for (int c = from; c < to; c++) {
      float z = (x[start + c] - center) * factor;
      dy[start + c] = Math.fma(z, -dot, Math.fma(dy[start + c], weight[c], -mean)) * factor;
    }
  }

  @Override
  public void activate(Activation activation, float[] x, int floats) {
    activate(activation, x, 0, floats);
  }

  static void activate(Activation activation, float[] x, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] =
          switch (activation) {
            case NONE -> x[i];
            case RELU -> x[i] < 0 ? 0 : x[i];
            case SQUARED_RELU -> x[i] < 0 ? 0 : x[i] * x[i];
            case GELU -> x[i] * normal(x[i], power(x[i]));
            case GELU_TANH -> 0.5f * x[i] * (1 + tanh(inner(x[i])));
          };
    }
  }

  @Override
  public void activation(Activation activation, float[] dy, float[] at, int floats) {
    activation(activation, dy, at, 0, floats);
  }

  static void activation(Activation activation, float[] dy, float[] at, int from, int to) {
    for (int i = from; i < to; i++) {
      dy[i] =
          switch (activation) {
            case NONE -> dy[i];
            case RELU -> at[i] > 0 ? dy[i] : 0;
            case SQUARED_RELU -> dy[i] * (2 * (float) Math.sqrt(at[i]));
            case GELU -> dy[i] * geluSlope(at[i]);
            case GELU_TANH -> dy[i] * tanhSlope(at[i]);
          };
    }
  }

  private static float geluSlope(float x) {
    float power = power(x);
    return Math.fma(x * DENSITY, power, normal(x, power));
  }

  private static float tanhSlope(float x) {
    float tanh = tanh(inner(x));
    float slope = Math.fma(x * x, 3 * CUBE * TANH, TANH);
    float rest = Math.fma(-tanh, tanh, 1) * slope;
    return 0.5f * Math.fma(x, rest, 1 + tanh);
  }

  /** exp(-x^2 / 2). */
  private static float power(float x) {
    return ScalarRows.power(x * x * -0.5f, ScalarRows.LOG2_E);
  }

  /**
   * The normal distribution up to x, (1 + erf(x / sqrt(2))) / 2.
   *
   * @param power exp(-x^2 / 2)
   */
  private static float normal(float x, float power) {
    float t = 1 / Math.fma(Math.abs(x), ERF_T, 1);
    float p = Math.fma(t, ERF_5, ERF_4);
    p = Math.fma(p, t, ERF_3);
    p = Math.fma(p, t, ERF_2);
    p = Math.fma(p, t, ERF_1);
    float tail = p * t * power * 0.5f;
    return x < 0 ? tail : 1 - tail;
  }

  /** sqrt(2 / pi) (x + 0.044715 x^3). */
  private static float inner(float x) {
    return Math.fma(x * x, CUBE * TANH, TANH) * x;
  }

  private static float tanh(float x) {
    float power = ScalarRows.power(Math.abs(x) * -2, ScalarRows.LOG2_E);
    float tanh = (1 - power) / (1 + power);
    return x < 0 ? -tanh : tanh;
  }

  @Override
  public void modulate(
      float[] dy, float[] x, int rows, int channels, float[] scales, double[] sums) {
    modulateSums(dy, x, rows, channels, 0, sums);
    for (int r = 0; r < rows; r++) {
      modulateRow(dy, r * channels, 0, channels, scales);
    }
  }

  static void modulateSums(float[] dy, float[] x, int rows, int channels, int from, double[] sums) {
    for (int c = from; c < channels; c++) {
      float ofScale = 0;
      float ofShift = 0;
      for (int r = 0; r < rows; r++) {
        float by = dy[r * channels + c];
        ofScale = Math.fma(by, x[r * channels + c], ofScale);
        ofShift += by;
      }
      sums[c] += ofScale;
      sums[channels + c] += ofShift;
    }
  }

  static void modulateRow(float[] dy, int start, int from, int to, float[] scales) {
    for (int c = from; c < to; c++) {
      dy[start + c] = Math.fma(dy[start + c], scales[c], dy[start + c]);
    }
  }

  @Override
  public void dots(
      float[] weights,
      float[] slopes,
      int keys,
      int queries,
      float[] shrink,
      double[] sums,
      int at) {
    for (int q = 0; q < queries; q++) {
      double sum = 0;
      for (int i = q; i < keys * queries; i += queries) {
        sum += weights[i] * slopes[i];
      }
      sums[at + q] = sums[at + q] * shrink[q] + sum;
    }
  }

  @Override
  public void softmax(
      float[] weights,
      float[] slopes,
      int keys,
      int queries,
      float[] inverse,
      float[] means,
      float scale) {
    for (int q = 0; q < queries; q++) {
      for (int i = q; i < keys * queries; i += queries) {
        float share = weights[i] * inverse[q];
        weights[i] = share;
        slopes[i] = (slopes[i] - means[q]) * scale * share;
      }
    }
  }
}
