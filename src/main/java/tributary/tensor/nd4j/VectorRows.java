package tributary.tensor.nd4j;

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

  @Override
  public String describe() {
    return "vectors of " + FLOATS.vectorBitSize() + " bits";
  }

  @Override
  public void activate(
      float[] y, int rows, int channels, float @Nullable [] bias, Activation activation) {
    if (activation != Activation.GELU && activation != Activation.GELU_TANH) {
      super.activate(y, rows, channels, bias, activation);
      return;
    }
    int whole = FLOATS.loopBound(channels);
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      if (activation == Activation.GELU) {
        geluRow(y, start, whole, bias);
      } else {
        geluTanhRow(y, start, whole, bias);
      }
      activate(y, start, whole, channels, bias, activation);
    }
  }

  private static void geluRow(float[] y, int start, int whole, float @Nullable [] bias) {
    for (int c = 0; c < whole; c += LANES) {
      FloatVector x = FloatVector.fromArray(FLOATS, y, start + c);
      if (bias != null) {
        x = x.add(FloatVector.fromArray(FLOATS, bias, c));
      }
      gelu(x).intoArray(y, start + c);
    }
  }

  private static void geluTanhRow(float[] y, int start, int whole, float @Nullable [] bias) {
    for (int c = 0; c < whole; c += LANES) {
      FloatVector x = FloatVector.fromArray(FLOATS, y, start + c);
      if (bias != null) {
        x = x.add(FloatVector.fromArray(FLOATS, bias, c));
      }
      geluTanh(x).intoArray(y, start + c);
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
      float[] scores, int rows, int keys, boolean uniform, float[] sums, int at) {
    int whole = FLOATS.loopBound(keys);
    float[] lanes = new float[LANES];
    for (int r = 0; r < rows; r++) {
      int start = r * keys;
      float largest = largest(scores, start, whole, keys);
      if (largest == Float.NEGATIVE_INFINITY) {
        sums[at + r] = fullyMasked(scores, start, keys, uniform);
        continue;
      }
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int j = 0; j < whole; j += LANES) {
        FloatVector weight = exp(FloatVector.fromArray(FLOATS, scores, start + j).sub(largest));
        weight.intoArray(scores, start + j);
        sum = sum.add(weight);
      }
      double total = total(sum, lanes);
      for (int j = whole; j < keys; j++) {
        float weight = exp(scores[start + j] - largest);
        scores[start + j] = weight;
        total += weight;
      }
      sums[at + r] = (float) total;
    }
  }

  private static float largest(float[] scores, int start, int whole, int keys) {
    FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int j = 0; j < whole; j += LANES) {
      max = max.max(FloatVector.fromArray(FLOATS, scores, start + j));
    }
    float largest = max.reduceLanes(VectorOperators.MAX);
    for (int j = whole; j < keys; j++) {
      largest = Math.max(largest, scores[start + j]);
    }
    return largest;
  }

  private static double total(FloatVector sums, float[] lanes) {
    sums.intoArray(lanes, 0);
    double total = 0;
    for (float lane : lanes) {
      total += lane;
    }
    return total;
  }

  /** {@link ScalarRows#exp} in lanes. */
  private static FloatVector exp(FloatVector x) {
    FloatVector z = x.max(EXP_LOW).min(EXP_HIGH);
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
    FloatVector t = a.abs().min(ERF_HIGH);
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
    return x.div(exp(u).add(1));
  }
}
