package tributary.tensor.nd4j;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

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

  private final BackwardKernels backward = new VectorBackward();

  @Override
  public BackwardKernels backward() {
    return backward;
  }

  @Override
  public String describe() {
    return "vectors of " + FLOATS.vectorBitSize() + " bits";
  }

  @Override
  public void plus(float[] y, float[] other, int rows, int channels, boolean sameRow) {
    int whole = FLOATS.loopBound(channels);
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      int otherStart = sameRow ? 0 : start;
      for (int c = 0; c < whole; c += LANES) {
        FloatVector.fromArray(FLOATS, y, start + c)
            .add(FloatVector.fromArray(FLOATS, other, otherStart + c))
            .intoArray(y, start + c);
      }
      plus(y, other, start, otherStart, whole, channels);
    }
  }

  @Override
  public void scale(float[] from, int at, float[] to, int place, int floats, float factor) {
    int whole = FLOATS.loopBound(floats);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector.fromArray(FLOATS, from, at + i).mul(factor).intoArray(to, place + i);
    }
    for (int i = whole; i < floats; i++) {
      to[place + i] = from[at + i] * factor;
    }
  }

  /** All rows' means, then all their factors, then the rest: no row waits for the one before. */
  @Override
  public void normalize(
      float[] x, int rows, int channels, float[] weight, float[] bias, float epsilon) {
    float[] lanes = new float[LANES];
    float[] means = new float[rows];
    float[] factors = new float[rows];
    for (int r = 0; r < rows; r++) {
      means[r] = (float) (sum(x, r * channels, channels, lanes) / channels);
    }
    for (int r = 0; r < rows; r++) {
      double squares = squares(x, r * channels, channels, means[r], lanes);
      factors[r] = (float) (1 / Math.sqrt(squares / channels + epsilon));
    }
    int whole = FLOATS.loopBound(channels);
    for (int r = 0; r < rows; r++) {
      int start = r * channels;
      float mean = means[r];
      float factor = factors[r];
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

  static double sum(float[] x, int start, int channels, float[] lanes) {
    int whole = FLOATS.loopBound(channels);
    FloatVector sums = FloatVector.zero(FLOATS);
    for (int c = 0; c < whole; c += LANES) {
      sums = sums.add(FloatVector.fromArray(FLOATS, x, start + c));
    }
    double sum = total(sums, lanes);
    for (int c = whole; c < channels; c++) {
      sum += x[start + c];
    }
    return sum;
  }

  static double squares(float[] x, int start, int channels, float mean, float[] lanes) {
    int whole = FLOATS.loopBound(channels);
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
    return square;
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
    float[] lanes = new float[LANES];
    double[] sums = new double[LANES];
    boolean same = true;
    for (int q = 0; q < queries; q += LANES) {
      largest(scores, keys, queries, q).intoArray(lanes, 0);
      for (int i = 0; i < LANES; i++) {
        same &= advance(lanes[i], factor, shifts, shrink, q + i, at);
        lanes[i] = taken(shifts[at + q + i]);
      }
      weigh(scores, keys, queries, q, FloatVector.fromArray(FLOATS, lanes, 0), factor, lanes, sums);
      for (int i = 0; i < LANES; i++) {
        totals[at + q + i] = totals[at + q + i] * shrink[q + i] + sums[i];
      }
    }
    return same;
  }

  /** One vector of columns; their sums go to the array. */
  private static void weigh(
      float[] scores,
      int keys,
      int queries,
      int q,
      FloatVector shift,
      float factor,
      float[] lanes,
      double[] sums) {
    FloatVector by = FloatVector.broadcast(FLOATS, factor);
    FloatVector low = FloatVector.broadcast(FLOATS, POWER_LOW / factor);
    Arrays.fill(sums, 0);
    for (int from = 0; from < keys; from += TERMS) {
      int end = Math.min(keys, from + TERMS) * queries + q;
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int i = from * queries + q; i < end; i += queries) {
        FloatVector weight = power(FloatVector.fromArray(FLOATS, scores, i).sub(shift), by, low);
        weight.intoArray(scores, i);
        sum = sum.add(weight);
      }
      sum.intoArray(lanes, 0);
      for (int i = 0; i < LANES; i++) {
        sums[i] += lanes[i];
      }
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
    float[] lanes = new float[LANES];
    double[] sums = new double[LANES];
    boolean same = true;
    for (int q = 0; q < queries; q += LANES) {
      largest(scores, keys, queries, q, factors.penalties, first).intoArray(lanes, 0);
      for (int i = 0; i < LANES; i++) {
        same &= advance(lanes[i], factor, shifts, shrink, q + i, at);
        lanes[i] = taken(shifts[at + q + i]);
      }
      FloatVector shift = FloatVector.fromArray(FLOATS, lanes, 0);
      weigh(scores, keys, queries, q, shift, factor, factors, first, lanes, sums);
      for (int i = 0; i < LANES; i++) {
        totals[at + q + i] = totals[at + q + i] * shrink[q + i] + sums[i];
      }
    }
    return same;
  }

  /** One vector of columns, each key by its weight; their sums go to the array. */
  private static void weigh(
      float[] scores,
      int keys,
      int queries,
      int q,
      FloatVector shift,
      float factor,
      KeyFactors factors,
      int first,
      float[] lanes,
      double[] sums) {
    FloatVector by = FloatVector.broadcast(FLOATS, factor);
    float[] lows = factors.lows;
    float[] rounds = factors.rounds;
    float[] significands = factors.significands;
    Arrays.fill(sums, 0);
    for (int from = 0; from < keys; from += TERMS) {
      int end = Math.min(keys, from + TERMS);
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int j = from; j < end; j++) {
        int i = j * queries + q;
        FloatVector low = FloatVector.broadcast(FLOATS, lows[first + j]);
        FloatVector round = FloatVector.broadcast(FLOATS, rounds[first + j]);
        FloatVector weight =
            power(FloatVector.fromArray(FLOATS, scores, i).sub(shift), by, low, round)
                .mul(significands[first + j]);
        weight.intoArray(scores, i);
        sum = sum.add(weight);
      }
      sum.intoArray(lanes, 0);
      for (int i = 0; i < LANES; i++) {
        sums[i] += lanes[i];
      }
    }
  }

  /** Of scores less penalties. */
  private static FloatVector largest(
      float[] scores, int keys, int queries, int query, float[] penalties, int first) {
    FloatVector even = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    FloatVector odd = even;
    int j = 0;
    for (; j + 1 < keys; j += 2) {
      int i = j * queries + query;
      even = larger(even, FloatVector.fromArray(FLOATS, scores, i).sub(penalties[first + j]));
      odd =
          larger(
              odd,
              FloatVector.fromArray(FLOATS, scores, i + queries).sub(penalties[first + j + 1]));
    }
    if (j < keys) {
      even =
          larger(
              even,
              FloatVector.fromArray(FLOATS, scores, j * queries + query).sub(penalties[first + j]));
    }
    return larger(even, odd);
  }

  @Override
  public void multiply(int m, int n, int k, Strided a, Strided b, Strided c, boolean add) {
    VectorProducts.multiply(m, n, k, a, b, c, add);
  }

  /** A NaN is passed over here and shows up in the weights. */
  private static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }

  /** Four sums, for a sum waits for the one before it; in a fixed order. */
  static double total(FloatVector sums, float[] lanes) {
    sums.intoArray(lanes, 0);
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    for (int i = 0; i < LANES; i += 4) {
      a += lanes[i];
      b += lanes[i + 1];
      c += lanes[i + 2];
      d += lanes[i + 3];
    }
    return (a + b) + (c + d);
  }

  /**
   * {@link ScalarRows#power} in lanes. Compare and blend: Java's max, which knows about NaN and -0,
   * takes several instructions.
   */
  static FloatVector power(FloatVector x, FloatVector factor, FloatVector low) {
    return power(x, factor, low, FloatVector.broadcast(FLOATS, ROUND));
  }

  private static FloatVector power(
      FloatVector x, FloatVector factor, FloatVector low, FloatVector round) {
    FloatVector z = x.blend(low, x.compare(VectorOperators.LT, low));
    FloatVector shifted = z.fma(factor, round);
    FloatVector f = z.fma(factor, round.sub(shifted));
    FloatVector p = f.fma(FloatVector.broadcast(FLOATS, P5), FloatVector.broadcast(FLOATS, P4));
    p = p.fma(f, FloatVector.broadcast(FLOATS, P3));
    p = p.fma(f, FloatVector.broadcast(FLOATS, P2));
    p = p.fma(f, FloatVector.broadcast(FLOATS, P1));
    p = p.fma(f, FloatVector.broadcast(FLOATS, 1));
    IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    return p.mul(exponent.reinterpretAsFloats());
  }
}
