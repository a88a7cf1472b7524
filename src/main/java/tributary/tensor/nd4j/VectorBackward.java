package tributary.tensor.nd4j;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import tributary.tensor.Activation;

/**
 * {@link BackwardKernels} on jdk.incubator.vector; sums as {@link VectorRows} takes them. Vectors
 * of one width alone: with a second one in the JVM, C2 left calls in all kernels that share their
 * methods, and attention took six times as long.
 */
final class VectorBackward extends ScalarBackward {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = FLOATS.length();

  /** Terms that are summed in float before the sum is added in double. */
  private static final int TERMS = 128;

  @Override
  public void columnSums(float[] x, int rows, int channels, double[] sums) {
    int whole = FLOATS.loopBound(channels);
    float[] lanes = new float[LANES];
    for (int c = 0; c < whole; c += LANES) {
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int i = c; i < rows * channels; i += channels) {
        sum = sum.add(FloatVector.fromArray(FLOATS, x, i));
      }
      add(sum, lanes, sums, c);
    }
    columnSums(x, rows, channels, whole, sums);
  }

  private static void add(FloatVector sum, float[] lanes, double[] sums, int at) {
    sum.intoArray(lanes, 0);
    for (int i = 0; i < LANES; i++) {
      sums[at + i] += lanes[i];
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
    float[] lanes = new float[LANES];
    float[] means = new float[rows];
    float[] factors = new float[rows];
    for (int r = 0; r < rows; r++) {
      means[r] = (float) (VectorRows.sum(x, r * channels, channels, lanes) / channels);
    }
    for (int r = 0; r < rows; r++) {
      double squares = VectorRows.squares(x, r * channels, channels, means[r], lanes);
      factors[r] = (float) (1 / Math.sqrt(squares / channels + epsilon));
    }
    int whole = FLOATS.loopBound(channels);
    for (int c = 0; c < whole; c += LANES) {
      FloatVector ofWeight = FloatVector.zero(FLOATS);
      FloatVector ofBias = FloatVector.zero(FLOATS);
      for (int r = 0; r < rows; r++) {
        FloatVector by = FloatVector.fromArray(FLOATS, dy, r * channels + c);
        FloatVector z =
            FloatVector.fromArray(FLOATS, x, r * channels + c).sub(means[r]).mul(factors[r]);
        ofWeight = by.fma(z, ofWeight);
        ofBias = ofBias.add(by);
      }
      add(ofWeight, lanes, byWeight, c);
      add(ofBias, lanes, byBias, c);
    }
    normSums(dy, x, rows, channels, whole, means, factors, byWeight, byBias);
    for (int r = 0; r < rows; r++) {
      normRow(dy, x, r * channels, channels, means[r], factors[r], weight, lanes);
    }
  }

  private static void normRow(
      float[] dy,
      float[] x,
      int start,
      int channels,
      float center,
      float factor,
      float[] weight,
      float[] lanes) {
    int whole = FLOATS.loopBound(channels);
    FloatVector sums = FloatVector.zero(FLOATS);
    FloatVector slopes = sums;
    for (int c = 0; c < whole; c += LANES) {
      FloatVector by =
          FloatVector.fromArray(FLOATS, dy, start + c)
              .mul(FloatVector.fromArray(FLOATS, weight, c));
      FloatVector z = FloatVector.fromArray(FLOATS, x, start + c).sub(center).mul(factor);
      sums = sums.add(by);
      slopes = by.fma(z, slopes);
    }
    double sum = VectorRows.total(sums, lanes);
    double slope = VectorRows.total(slopes, lanes);
    for (int c = whole; c < channels; c++) {
      float by = dy[start + c] * weight[c];
      sum += by;
      slope += by * ((x[start + c] - center) * factor);
    }
    float mean = (float) (sum / channels);
    float dot = (float) (slope / channels);
    FloatVector less = FloatVector.broadcast(FLOATS, -mean);
    for (int c = 0; c < whole; c += LANES) {
      FloatVector z = FloatVector.fromArray(FLOATS, x, start + c).sub(center).mul(factor);
      FloatVector by =
          FloatVector.fromArray(FLOATS, dy, start + c)
              .fma(FloatVector.fromArray(FLOATS, weight, c), less);
      z.fma(FloatVector.broadcast(FLOATS, -dot), by).mul(factor).intoArray(dy, start + c);
    }
    normRow(dy, x, start, whole, channels, center, factor, weight, mean, dot);
  }

  @Override
  public void activate(Activation activation, float[] x, int floats) {
    int whole = FLOATS.loopBound(floats);
    FloatVector zero = FloatVector.zero(FLOATS);
    switch (activation) {
      case NONE -> {}
      case RELU -> {
        for (int i = 0; i < whole; i += LANES) {
          FloatVector at = FloatVector.fromArray(FLOATS, x, i);
          at.blend(zero, at.compare(VectorOperators.LT, zero)).intoArray(x, i);
        }
      }
      case SQUARED_RELU -> {
        for (int i = 0; i < whole; i += LANES) {
          FloatVector at = FloatVector.fromArray(FLOATS, x, i);
          at.mul(at).blend(zero, at.compare(VectorOperators.LT, zero)).intoArray(x, i);
        }
      }
      case GELU -> {
        for (int i = 0; i < whole; i += LANES) {
          FloatVector at = FloatVector.fromArray(FLOATS, x, i);
          at.mul(normal(at, power(at))).intoArray(x, i);
        }
      }
      case GELU_TANH -> {
        for (int i = 0; i < whole; i += LANES) {
          FloatVector at = FloatVector.fromArray(FLOATS, x, i);
          at.mul(0.5f).mul(tanh(inner(at)).add(1)).intoArray(x, i);
        }
      }
    }
    activate(activation, x, whole, floats);
  }

  @Override
  public void activation(Activation activation, float[] dy, float[] at, int floats) {
    int whole = FLOATS.loopBound(floats);
    FloatVector zero = FloatVector.zero(FLOATS);
    switch (activation) {
      case NONE -> {}
      case RELU -> {
        for (int i = 0; i < whole; i += LANES) {
          VectorMask<Float> above =
              FloatVector.fromArray(FLOATS, at, i).compare(VectorOperators.GT, zero);
          zero.blend(FloatVector.fromArray(FLOATS, dy, i), above).intoArray(dy, i);
        }
      }
      case SQUARED_RELU -> {
        for (int i = 0; i < whole; i += LANES) {
          FloatVector slope = FloatVector.fromArray(FLOATS, at, i).sqrt().mul(2);
          FloatVector.fromArray(FLOATS, dy, i).mul(slope).intoArray(dy, i);
        }
      }
      case GELU -> {
        for (int i = 0; i < whole; i += LANES) {
          FloatVector x = FloatVector.fromArray(FLOATS, at, i);
          FloatVector power = power(x);
          FloatVector slope = x.mul(DENSITY).fma(power, normal(x, power));
          FloatVector.fromArray(FLOATS, dy, i).mul(slope).intoArray(dy, i);
        }
      }
      case GELU_TANH -> {
        for (int i = 0; i < whole; i += LANES) {
          FloatVector slope = tanhSlope(FloatVector.fromArray(FLOATS, at, i));
          FloatVector.fromArray(FLOATS, dy, i).mul(slope).intoArray(dy, i);
        }
      }
    }
    activation(activation, dy, at, whole, floats);
  }

  private static FloatVector power(FloatVector x) {
    float factor = ScalarRows.LOG2_E;
    return VectorRows.power(
        x.mul(x).mul(-0.5f),
        FloatVector.broadcast(FLOATS, factor),
        FloatVector.broadcast(FLOATS, ScalarRows.POWER_LOW / factor));
  }

  private static FloatVector normal(FloatVector x, FloatVector power) {
    FloatVector one = FloatVector.broadcast(FLOATS, 1);
    FloatVector t = one.div(x.abs().fma(FloatVector.broadcast(FLOATS, ERF_T), one));
    FloatVector p =
        t.fma(FloatVector.broadcast(FLOATS, ERF_5), FloatVector.broadcast(FLOATS, ERF_4));
    p = p.fma(t, FloatVector.broadcast(FLOATS, ERF_3));
    p = p.fma(t, FloatVector.broadcast(FLOATS, ERF_2));
    p = p.fma(t, FloatVector.broadcast(FLOATS, ERF_1));
    FloatVector tail = p.mul(t).mul(power).mul(0.5f);
    return one.sub(tail).blend(tail, x.compare(VectorOperators.LT, FloatVector.zero(FLOATS)));
  }

  private static FloatVector inner(FloatVector x) {
    return x.mul(x)
        .fma(FloatVector.broadcast(FLOATS, CUBE * TANH), FloatVector.broadcast(FLOATS, TANH))
        .mul(x);
  }

  private static FloatVector tanh(FloatVector x) {
    float factor = ScalarRows.LOG2_E;
    FloatVector power =
        VectorRows.power(
            x.abs().mul(-2),
            FloatVector.broadcast(FLOATS, factor),
            FloatVector.broadcast(FLOATS, ScalarRows.POWER_LOW / factor));
    FloatVector one = FloatVector.broadcast(FLOATS, 1);
    FloatVector tanh = one.sub(power).div(one.add(power));
    return tanh.blend(tanh.neg(), x.compare(VectorOperators.LT, FloatVector.zero(FLOATS)));
  }

  private static FloatVector tanhSlope(FloatVector x) {
    FloatVector tanh = tanh(inner(x));
    FloatVector slope =
        x.mul(x)
            .fma(
                FloatVector.broadcast(FLOATS, 3 * CUBE * TANH),
                FloatVector.broadcast(FLOATS, TANH));
    FloatVector rest = tanh.neg().fma(tanh, FloatVector.broadcast(FLOATS, 1)).mul(slope);
    return x.fma(rest, tanh.add(1)).mul(0.5f);
  }

  @Override
  public void modulate(
      float[] dy, float[] x, int rows, int channels, float[] scales, double[] sums) {
    int whole = FLOATS.loopBound(channels);
    float[] lanes = new float[LANES];
    for (int c = 0; c < whole; c += LANES) {
      FloatVector ofScale = FloatVector.zero(FLOATS);
      FloatVector ofShift = FloatVector.zero(FLOATS);
      FloatVector scale = FloatVector.fromArray(FLOATS, scales, c);
      for (int i = c; i < rows * channels; i += channels) {
        FloatVector by = FloatVector.fromArray(FLOATS, dy, i);
        ofScale = by.fma(FloatVector.fromArray(FLOATS, x, i), ofScale);
        ofShift = ofShift.add(by);
        by.fma(scale, by).intoArray(dy, i);
      }
      add(ofScale, lanes, sums, c);
      add(ofShift, lanes, sums, channels + c);
    }
    modulateSums(dy, x, rows, channels, whole, sums);
    for (int r = 0; r < rows; r++) {
      modulateRow(dy, r * channels, whole, channels, scales);
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
    float[] lanes = new float[LANES];
    double[] own = new double[LANES];
    for (int q = 0; q < queries; q += LANES) {
      Arrays.fill(own, 0);
      for (int from = 0; from < keys; from += TERMS) {
        int end = Math.min(keys, from + TERMS) * queries + q;
        FloatVector even = FloatVector.zero(FLOATS);
        FloatVector odd = even;
        int i = from * queries + q;
        for (; i + queries < end; i += 2 * queries) {
          even =
              FloatVector.fromArray(FLOATS, weights, i)
                  .fma(FloatVector.fromArray(FLOATS, slopes, i), even);
          odd =
              FloatVector.fromArray(FLOATS, weights, i + queries)
                  .fma(FloatVector.fromArray(FLOATS, slopes, i + queries), odd);
        }
        if (i < end) {
          even =
              FloatVector.fromArray(FLOATS, weights, i)
                  .fma(FloatVector.fromArray(FLOATS, slopes, i), even);
        }
        add(even.add(odd), lanes, own, 0);
      }
      for (int i = 0; i < LANES; i++) {
        sums[at + q + i] = sums[at + q + i] * shrink[q + i] + own[i];
      }
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
    for (int q = 0; q < queries; q += LANES) {
      FloatVector by = FloatVector.fromArray(FLOATS, inverse, q);
      FloatVector mean = FloatVector.fromArray(FLOATS, means, q);
      for (int i = q; i < keys * queries; i += queries) {
        FloatVector share = FloatVector.fromArray(FLOATS, weights, i).mul(by);
        share.intoArray(weights, i);
        FloatVector.fromArray(FLOATS, slopes, i)
            .sub(mean)
            .mul(scale)
            .mul(share)
            .intoArray(slopes, i);
      }
    }
  }
}
