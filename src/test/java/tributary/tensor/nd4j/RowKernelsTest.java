package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.tensor.KeyWeights;
import tributary.tensor.Normal;
import tributary.tensor.Tolerance;

/** Exponentials by weights: what attention as a whole can't show. */
class RowKernelsTest {
  private static final int QUERIES = 2 * RowKernels.COLUMNS;
  private static final double SCALE = 0.25;
  private static final List<RowKernels> KERNELS = List.of(new VectorRows(), new ScalarRows());

  /** What a kernel makes of scores [keys, queries] after a shift of `shift` and a total of 1. */
  private record Made(
      int[] scores, int[] shifts, double[] totals, int[] shrink, boolean same, float[] shares) {

    static Made by(
        RowKernels rows, float[] given, @Nullable KeyFactors factors, int first, float shift) {
      float[] scores = given.clone();
      int keys = scores.length / QUERIES;
      float[] shifts = new float[QUERIES];
      Arrays.fill(shifts, shift);
      double[] totals = new double[QUERIES];
      Arrays.fill(totals, 1);
      float[] shrink = new float[QUERIES];
      boolean same =
          factors == null
              ? rows.exponentials(scores, keys, QUERIES, SCALE, shifts, totals, shrink, 0)
              : rows.exponentials(
                  scores, keys, QUERIES, SCALE, factors, first, shifts, totals, shrink, 0);
      return new Made(bits(scores), bits(shifts), totals, bits(shrink), same, scores);
    }

    private static int[] bits(float[] x) {
      int[] bits = new int[x.length];
      Arrays.setAll(bits, i -> Float.floatToRawIntBits(x[i]));
      return bits;
    }

    void assertSameBits(String what, Made other) {
      assertThat(scores).as("%s: shares", what).isEqualTo(other.scores);
      assertThat(shifts).as("%s: shifts", what).isEqualTo(other.shifts);
      assertThat(totals).as("%s: totals", what).isEqualTo(other.totals);
      assertThat(shrink).as("%s: shrink", what).isEqualTo(other.shrink);
      assertThat(same).as("%s: same", what).isEqualTo(other.same);
    }
  }

  /** Column 0 is of 0 and -0, column 1 of -0 alone, column 2 of keys that are masked. */
  private static float[] scores(long seed, int keys, double size) {
    Random random = new Random(seed);
    float[] scores = new float[keys * QUERIES];
    for (int i = 0; i < scores.length; i++) {
      float zero = i % QUERIES == 1 || random.nextBoolean() ? -0f : 0;
      float score = (float) (size * random.nextGaussian());
      scores[i] = i % QUERIES < 2 ? zero : i % QUERIES == 2 ? Float.NEGATIVE_INFINITY : score;
    }
    return scores;
  }

  @Test
  void onesChangeNoBit() {
    for (RowKernels rows : KERNELS) {
      for (int keys : new int[] {1, 2, 3, 127, 128, 129, 256}) {
        float[] ones = new float[keys + 5];
        Arrays.fill(ones, 1);
        KeyFactors factors = new KeyFactors(new KeyWeights(ones, 1, keys + 5), 0, SCALE);
        for (double size : new double[] {1, 100, 1e6}) {
          for (float shift : new float[] {Float.NEGATIVE_INFINITY, 0, -1000}) {
            float[] scores = scores(keys, keys, size);
            String what = rows.describe() + ", " + keys + " keys, shift " + shift;
            Made none = Made.by(rows, scores, null, 0, shift);
            Made.by(rows, scores, factors, 5, shift).assertSameBits(what, none);
          }
        }
      }
    }
  }

  /** Shares are w exp(scale (score - shift)), a shift is the largest score + ln(w) / scale. */
  @ParameterizedTest(name = "{0} keys from {1} on, scores of {2}, weights of e^{3}")
  @CsvSource({
    "1, 0, 1, 1",
    "2, 3, 1, 2",
    "3, 0, 10, 40",
    "129, 7, 100, 2",
    "129, 1, 100, 25",
    "256, 5, 1, 40",
    "256, 64, 300, 40"
  })
  void sharesAreByWeights(int keys, int first, double size, double spread) {
    float[] scores = scores(keys, keys, size);
    KeyWeights weights = weights(keys + first, first + keys, spread);
    KeyFactors factors = new KeyFactors(weights, 0, SCALE);
    // A difference of scores and logarithms is rounded before it is multiplied by the scale.
    double reach = 5 * (size + spread / SCALE);
    double rounded = Tolerance.roundings(1, reach).absolute();
    double close = Tolerance.roundings(1, Math.max(4, SCALE * reach)).absolute();
    for (RowKernels rows : KERNELS) {
      Made made = Made.by(rows, scores, factors, first, Float.NEGATIVE_INFINITY);
      for (int q = 3; q < QUERIES; q++) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < keys; j++) {
          double more = Math.log(weights.at(0, first + j)) / SCALE;
          largest = Math.max(largest, scores[j * QUERIES + q] + more);
        }
        float shift = Float.intBitsToFloat(made.shifts[q]);
        assertThat(Math.abs(shift - largest)).isLessThanOrEqualTo(rounded);
        double total = 0;
        for (int j = 0; j < keys; j++) {
          double power = Math.exp(SCALE * (scores[j * QUERIES + q] - (double) shift));
          double share = weights.at(0, first + j) * power;
          total += share;
          assertThat(Math.abs(made.shares[j * QUERIES + q] - share))
              .as("%s: key %s of query %s, share %s", rows.describe(), j, q, share)
              .isLessThanOrEqualTo(close);
        }
        assertThat(Math.abs(made.totals[q] / total - 1)).isLessThanOrEqualTo(close);
      }
      // The column of masked keys.
      assertThat(made.shifts[2]).isEqualTo(Float.floatToRawIntBits(Float.NEGATIVE_INFINITY));
      for (int j = 0; j < keys; j++) {
        assertThat(made.shares[j * QUERIES + 2]).isZero();
      }
    }
    Made vectors = Made.by(KERNELS.get(0), scores, factors, first, 0);
    Made scalars = Made.by(KERNELS.get(1), scores, factors, first, 0);
    assertThat(vectors.scores).isEqualTo(scalars.scores);
    assertThat(vectors.shifts).isEqualTo(scalars.shifts);
    assertThat(vectors.shrink).isEqualTo(scalars.shrink);
  }

  /** e^(spread x), of any float that is a weight. */
  private static KeyWeights weights(long seed, int keys, double spread) {
    Random random = new Random(seed);
    float[] weights = new float[keys];
    for (int i = 0; i < keys; i++) {
      double weight = Math.exp(spread * random.nextGaussian());
      weights[i] = (float) Math.min(Float.MAX_VALUE, Math.max(Float.MIN_VALUE, weight));
    }
    return new KeyWeights(weights, 1, keys);
  }

  /** Every remainder of the tiles, either way of lying, sums of their own and added ones. */
  @ParameterizedTest(name = "{0} x {1} of {2} terms, {3}")
  @CsvSource({
    "1, 16, 1, false",
    "3, 16, 0, true",
    "9, 32, 5, false",
    "4, 48, 33, true",
    "13, 64, 7, false",
    "64, 64, 256, true",
    "17, 112, 3, true",
    "30, 208, 100, false"
  })
  void productsHaveTheSameBitsInVectors(int m, int n, int k, boolean transposed) {
    Random random = new Random(m * 31L + n);
    float[] a = Normal.values(m * k + 5, 1, random);
    float[] b = Normal.values(k * (n + 3) + 7, 1, random);
    float[] c = Normal.values(m * (n + 9) + 2, 1, random);
    int ai = transposed ? 1 : k;
    int ap = transposed ? m : 1;
    for (boolean add : new boolean[] {false, true}) {
      float[] plain = c.clone();
      float[] vectors = c.clone();
      Strided left = new Strided(a, 5, ai, ap);
      Strided right = Strided.ofRows(b, 7, n + 3);
      KERNELS.get(1).multiply(m, n, k, left, right, Strided.ofRows(plain, 2, n + 9), add);
      KERNELS.get(0).multiply(m, n, k, left, right, Strided.ofRows(vectors, 2, n + 9), add);
      assertThat(Made.bits(vectors)).isEqualTo(Made.bits(plain));
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = add ? c[2 + i * (n + 9) + j] : 0;
          for (int p = 0; p < k; p++) {
            sum += (double) a[5 + i * ai + p * ap] * b[7 + p * (n + 3) + j];
          }
          int at = 2 + i * (n + 9) + j;
          Tolerance.sum(k + 1, 9)
              .check("element", new float[] {plain[at]}, new float[] {(float) sum});
        }
      }
    }
  }
}
