package tributary.tensor.nd4j;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;

/**
 * {@link RowKernels} on jdk.incubator.vector, at the widest vectors of the processor. Sums run in
 * as many lanes as a vector has and are then added lane by lane in double: the order depends on the
 * vector width and the row's length alone, never on where the row lies or on what the JIT does
 * (reduceLanes leaves the order open, so it is not used for sums).
 */
final class VectorRows extends ScalarRows {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = FLOATS.length();

  /** Terms that are summed in float before the sum is added in double. */
  private static final int TERMS = 128;

  @Override
  public String describe() {
    return "vectors of " + FLOATS.vectorBitSize() + " bits";
  }

  @Override
  public void activate(
      float[] y, int rows, int channels, float @Nullable [] bias, Activation activation) {
    int whole = FLOATS.loopBound(channels);
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      switch (activation) {
        case NONE -> biasRow(y, start, whole, bias, Float.NEGATIVE_INFINITY);
        case RELU -> biasRow(y, start, whole, bias, 0);
        case SQUARED_RELU -> squareRow(y, start, whole, bias);
        case GELU -> geluRow(y, start, whole, bias);
        case GELU_TANH -> geluTanhRow(y, start, whole, bias);
      }
      activate(y, start, whole, channels, bias, activation);
    }
  }

  @Override
  public void plus(float[] y, float[] residual, int rows, int channels, float @Nullable [] bias) {
    int whole = FLOATS.loopBound(channels);
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      for (int c = 0; c < whole; c += LANES) {
        biased(y, start, c, bias)
            .add(FloatVector.fromArray(FLOATS, residual, start + c))
            .intoArray(y, start + c);
      }
      plus(y, residual, start, whole, channels, bias);
    }
  }

  private static FloatVector biased(float[] y, int start, int c, float @Nullable [] bias) {
    FloatVector x = FloatVector.fromArray(FLOATS, y, start + c);
    return bias == null ? x : x.add(FloatVector.fromArray(FLOATS, bias, c));
  }

  private static void biasRow(
      float[] y, int start, int whole, float @Nullable [] bias, float least) {
    for (int c = 0; c < whole; c += LANES) {
      biased(y, start, c, bias).max(least).intoArray(y, start + c);
    }
  }

  private static void squareRow(float[] y, int start, int whole, float @Nullable [] bias) {
    for (int c = 0; c < whole; c += LANES) {
      FloatVector x = biased(y, start, c, bias).max(0);
      x.mul(x).intoArray(y, start + c);
    }
  }

  private static void geluRow(float[] y, int start, int whole, float @Nullable [] bias) {
    for (int c = 0; c < whole; c += LANES) {
      gelu(biased(y, start, c, bias)).intoArray(y, start + c);
    }
  }

  private static void geluTanhRow(float[] y, int start, int whole, float @Nullable [] bias) {
    for (int c = 0; c < whole; c += LANES) {
      geluTanh(biased(y, start, c, bias)).intoArray(y, start + c);
    }
  }

  @Override
  public void normalize(
      float[] x, int rows, int channels, float[] weight, float[] bias, float epsilon) {
    int whole = FLOATS.loopBound(channels);
    float[] lanes = new float[LANES];
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      FloatVector sums = FloatVector.zero(FLOATS);
      for (int c = 0; c < whole; c += LANES) {
        sums = sums.add(FloatVector.fromArray(FLOATS, x, start + c));
      }
      double sum = total(sums, lanes);
      for (int c = whole; c < channels; c++) {
        sum += x[start + c];
      }
      float mean = (float) (sum / channels);
      FloatVector squares = FloatVector.zero(FLOATS);
      for (int c = 0; c < whole; c += LANES) {
        FloatVector z = FloatVector.fromArray(FLOATS, x, start + c).sub(mean);
        squares = z.fma(z, squares);
      }
      double square = total(squares, lanes);
      for (int c = whole; c < channels; c++) {
        float z = x[start + c] - mean;
        square += z * z;
      }
      float factor = (float) (1 / Math.sqrt(square / channels + epsilon));
      for (int c = 0; c < whole; c += LANES) {
        FloatVector.fromArray(FLOATS, x, start + c)
            .sub(mean)
            .mul(factor)
            .fma(FloatVector.fromArray(FLOATS, weight, c), FloatVector.fromArray(FLOATS, bias, c))
            .intoArray(x, start + c);
      }
      scaleRow(x, start, whole, channels, mean, factor, weight, bias);
    }
  }

  @Override
  public void exponentials(
      float[] scores, int keys, int queries, boolean uniform, float[] sums, int at) {
    float[] lanes = new float[LANES];
    double[] totals = new double[LANES];
    for (int q = 0; q < queries; q += LANES) {
      largest(scores, keys, queries, q).intoArray(lanes, 0);
      for (int i = 0; i < LANES; i++) {
        lanes[i] = shift(lanes[i]);
      }
      FloatVector shift = FloatVector.fromArray(FLOATS, lanes, 0);
      Arrays.fill(totals, 0);
      for (int from = 0; from < keys; from += TERMS) {
        int end = Math.min(keys, from + TERMS) * queries + q;
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = from * queries + q; i < end; i += queries) {
          FloatVector weight = exp(FloatVector.fromArray(FLOATS, scores, i).sub(shift));
          weight.intoArray(scores, i);
          sum = sum.add(weight);
        }
        sum.intoArray(lanes, 0);
        for (int i = 0; i < LANES; i++) {
          totals[i] += lanes[i];
        }
      }
      for (int i = 0; i < LANES; i++) {
        sums[at + q + i] = (float) totals[i];
      }
    }
    if (uniform) {
      weighEqually(scores, keys, queries, sums, at);
    }
  }

  private static FloatVector largest(float[] scores, int keys, int queries, int query) {
    FloatVector even = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    FloatVector odd = even;
    int end = keys * queries;
    int i = query;
    for (; i + queries < end; i += 2 * queries) {
      even = larger(even, FloatVector.fromArray(FLOATS, scores, i));
      odd = larger(odd, FloatVector.fromArray(FLOATS, scores, i + queries));
    }
    if (i < end) {
      even = larger(even, FloatVector.fromArray(FLOATS, scores, i));
    }
    return larger(even, odd);
  }

  /** A NaN is passed over here and shows up in the weights. */
  private static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }

  private static double total(FloatVector sums, float[] lanes) {
    sums.intoArray(lanes, 0);
    double total = 0;
    for (float lane : lanes) {
      total += lane;
    }
    return total;
  }

  /**
   * {@link ScalarRows#exp} in lanes. Compare and blend: Java's max, which knows about NaN and -0,
   * takes several instructions.
   */
  private static FloatVector exp(FloatVector x) {
    FloatVector z = x.blend(EXP_LOW, x.compare(VectorOperators.LT, EXP_LOW));
    FloatVector shifted =
        z.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
    FloatVector rounded = shifted.sub(ROUND);
    FloatVector r = rounded.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), z);
    r = rounded.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
    FloatVector p = r.fma(FloatVector.broadcast(FLOATS, E5), FloatVector.broadcast(FLOATS, E4));
    p = p.fma(r, FloatVector.broadcast(FLOATS, E3));
    p = p.fma(r, FloatVector.broadcast(FLOATS, E2));
    p = p.fma(r, FloatVector.broadcast(FLOATS, E1));
    p = p.fma(r, FloatVector.broadcast(FLOATS, E0));
    p = p.fma(r.mul(r), r).add(1);
    // The low bits of `shifted` are the integer: move it to the exponent.
    IntVector exponent = shifted.reinterpretAsInts().add(127).lanewise(VectorOperators.LSHL, 23);
    return p.mul(exponent.reinterpretAsFloats());
  }

  /** {@link ScalarRows#gelu} in lanes. */
  private static FloatVector gelu(FloatVector x) {
    FloatVector a = x.mul(SQRT_HALF);
    FloatVector t = a.abs();
    FloatVector s = t.mul(t);
    FloatVector p =
        t.fma(
            FloatVector.broadcast(FLOATS, -1.72853470e-5f),
            FloatVector.broadcast(FLOATS, 3.83197126e-4f));
    FloatVector u =
        t.fma(
            FloatVector.broadcast(FLOATS, -3.88396438e-3f),
            FloatVector.broadcast(FLOATS, 2.42546219e-2f));
    p = p.fma(s, u);
    p = p.fma(t, FloatVector.broadcast(FLOATS, -1.06777877e-1f));
    p = p.fma(t, FloatVector.broadcast(FLOATS, -6.34846687e-1f));
    p = p.fma(t, FloatVector.broadcast(FLOATS, -1.28717512e-1f));
    p = p.fma(t, t.neg());
    FloatVector tail = exp(p).mul(0.5f);
    VectorMask<Float> negative = a.compare(VectorOperators.LT, 0);
    FloatVector far = FloatVector.broadcast(FLOATS, 1).sub(tail).blend(tail, negative);
    FloatVector n =
        s.fma(
            FloatVector.broadcast(FLOATS, -5.96761703e-4f),
            FloatVector.broadcast(FLOATS, 4.99119423e-3f));
    n = n.fma(s, FloatVector.broadcast(FLOATS, -2.67681349e-2f));
    n = n.fma(s, FloatVector.broadcast(FLOATS, 1.12819925e-1f));
    n = n.fma(s, FloatVector.broadcast(FLOATS, -3.76125336e-1f));
    n = n.fma(s, FloatVector.broadcast(FLOATS, 1.28379166e-1f));
    FloatVector half = FloatVector.broadcast(FLOATS, 0.5f);
    FloatVector near = n.fma(a, a).fma(half, half);
    return x.mul(near.blend(far, t.compare(VectorOperators.GT, ERF_SPLIT)));
  }

  /** {@link ScalarRows#geluTanh} in lanes. */
  private static FloatVector geluTanh(FloatVector x) {
    FloatVector u =
        x.mul(x).mul(x).fma(FloatVector.broadcast(FLOATS, TANH_CUBE), x).mul(TANH_SCALE);
    u = u.blend(EXP_HIGH, u.compare(VectorOperators.GT, EXP_HIGH));
    return x.div(exp(u).add(1));
  }
}
