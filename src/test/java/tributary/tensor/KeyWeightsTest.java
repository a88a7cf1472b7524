package tributary.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Attention.FullyMasked;

/** The weights, and the oracle's attention by them against the formula, written down in double. */
class KeyWeightsTest {
  private static final int GROUPS = 3;
  private static final int QUERIES = 4;
  private static final int HEADS = 2;
  private static final int D = 3;
  private static final int E = 5;

  @Test
  void areReadByGroupAndKey() {
    KeyWeights weights = new KeyWeights(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    assertThat(weights.groups()).isEqualTo(3);
    assertThat(weights.keys()).isEqualTo(2);
    assertThat(weights.at(2, 0)).isEqualTo(5);
    KeyWeights last = weights.ofGroups(1, 3);
    assertThat(last.groups()).isEqualTo(2);
    assertThat(new float[] {last.at(0, 0), last.at(0, 1), last.at(1, 0), last.at(1, 1)})
        .containsExactly(3, 4, 5, 6);
    assertThat(weights.ofGroups(0, 3)).isSameAs(weights);
  }

  @Test
  void oneGroupServesAll() {
    KeyWeights weights = new KeyWeights(new float[] {1, 2}, 1, 2);
    assertThat(weights.at(7, 1)).isEqualTo(2);
    assertThat(weights.ofGroups(4, 9)).isSameAs(weights);
  }

  @Test
  void keepTheirOwnValues() {
    float[] values = {1, 2};
    KeyWeights weights = new KeyWeights(values, 1, 2);
    values[0] = -1;
    assertThat(weights.at(0, 0)).isEqualTo(1);
  }

  @Test
  void mayBeOfNoKeyAndOfNoGroup() {
    assertThat(new KeyWeights(new float[0], 4, 0).keys()).isZero();
    assertThat(new KeyWeights(new float[0], 0, 4).groups()).isZero();
  }

  @ParameterizedTest
  @ValueSource(floats = {0, -0f, -1, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void refuseWhatIsNoNumberOfKeys(float weight) {
    assertThatThrownBy(() -> new KeyWeights(new float[] {1, 1, 1, 1, weight, 1}, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid key weight: " + weight + " of key 1 of group 1 (> 0 and finite)");
  }

  @Test
  void takeEveryOtherFloat() {
    float[] ends = {Float.MIN_VALUE, Float.MAX_VALUE};
    assertThat(new KeyWeights(ends, 1, 2).at(0, 0)).isEqualTo(Float.MIN_VALUE);
  }

  @ParameterizedTest
  @CsvSource({"2, 3", "1, 4", "-1, -5", "5, 0"})
  void refuseAnotherNumberOfEntries(int groups, int keys) {
    assertThatThrownBy(() -> new KeyWeights(new float[5], groups, keys))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid key weights: 5 entries (shape [" + groups + ", " + keys + "])");
  }

  /** w_j exp(s_j) / sum w_i exp(s_i), as it is written. */
  @ParameterizedTest(name = "{0} keys, seed {1}, mask {2}, weights for {3} groups")
  @CsvSource({
    "1, 1, false, 1",
    "1, 2, true, 3",
    "7, 3, false, 3",
    "7, 4, true, 1",
    "64, 5, true, 3",
    "257, 6, false, 1",
    "257, 7, true, 3"
  })
  void oracleFollowsTheFormula(int keys, long seed, boolean masked, int groups) {
    Random random = new Random(seed);
    float[] q = Normal.values(QUERIES * HEADS * D, 1, random);
    float[] k = Normal.values(GROUPS * keys * HEADS * D, 1, random);
    float[] v = Normal.values(GROUPS * keys * HEADS * E, 1, random);
    boolean[] allowed = new boolean[GROUPS * QUERIES * keys];
    for (int i = 0; i < allowed.length; i++) {
      allowed[i] = random.nextInt(3) > 0;
    }
    Mask mask = masked ? new Mask(allowed, GROUPS, QUERIES, keys) : null;
    KeyWeights weights = weights(random, groups, keys);
    float[] expected = new float[GROUPS * QUERIES * HEADS * E];
    for (int row = 0; row < GROUPS * QUERIES * HEADS; row++) {
      formula(row, q, k, v, mask, weights, expected);
    }
    float[] actual;
    try (Scope scope = new JavaBackend().open(0)) {
      Tensor y =
          scope.attend(
              scope.upload(new Shape(1, QUERIES, HEADS * D), q, 0),
              scope.upload(new Shape(GROUPS, keys, HEADS * D), k, 0),
              scope.upload(new Shape(GROUPS, keys, HEADS * E), v, 0),
              new Attention(HEADS, 0.5, FullyMasked.ZERO),
              mask,
              weights);
      actual = new float[expected.length];
      scope.download(y, actual, 0);
    }
    Tolerance.roundings(1, 4).check("seed " + seed, actual, expected);
  }

  /** Row (group, query, head) of the result. */
  private static void formula(
      int row,
      float[] q,
      float[] k,
      float[] v,
      @Nullable Mask mask,
      KeyWeights weights,
      float[] out) {
    int group = row / (QUERIES * HEADS);
    int query = row / HEADS % QUERIES;
    int head = row % HEADS;
    int keys = weights.keys();
    double[] sums = new double[E];
    double total = 0;
    for (int j = 0; j < keys; j++) {
      if (mask != null && !mask.allowed(group, query, j)) {
        continue;
      }
      double score = 0;
      for (int c = 0; c < D; c++) {
        score +=
            (double) q[(query * HEADS + head) * D + c]
                * k[((group * keys + j) * HEADS + head) * D + c];
      }
      double share = weights.at(group, j) * Math.exp(0.5 * score);
      total += share;
      for (int c = 0; c < E; c++) {
        sums[c] += share * v[((group * keys + j) * HEADS + head) * E + c];
      }
    }
    for (int c = 0; c < E; c++) {
      out[row * E + c] = total == 0 ? 0 : (float) (sums[c] / total);
    }
  }

  /** What a part says of its sum: total exp(scale shift) = sum w exp(scale score). */
  @ParameterizedTest
  @ValueSource(floats = {1, 1e-30f, 1e30f})
  void oraclesPartHoldsTheSumByWeights(float size) {
    float[] keys = {2, -1, 0.5f};
    KeyWeights weights = new KeyWeights(new float[] {size, 3 * size, 0.25f * size}, 1, 3);
    float[] part = new float[3];
    try (Scope scope = new JavaBackend().open(0)) {
      Tensor k = scope.upload(Shape.matrix(3, 1), keys, 0);
      Tensor q = scope.upload(Shape.vector(1), new float[] {1}, 0);
      Attention attention = new Attention(1, 2, FullyMasked.ZERO);
      scope.download(scope.attendPart(q, k, k, attention, weights), part, 0);
    }
    double sum = size * (Math.exp(4) + 3 * Math.exp(-2) + 0.25 * Math.exp(1));
    double relative = part[2] * Math.exp(2.0 * part[1]) / sum - 1;
    assertThat(Math.abs(relative)).isLessThan(Tolerance.roundings(1, 1).absolute());
    // The shift is near the largest of them all, so the sum is near 1.
    assertThat(part[2]).isBetween(0.5f, 3f);
    double mean = 2 * Math.exp(4) - 3 * Math.exp(-2) + 0.125 * Math.exp(1);
    assertThat(Math.abs(part[0] - size * mean / sum))
        .isLessThan(Tolerance.roundings(1, 2).absolute());
  }

  private static KeyWeights weights(Random random, int groups, int keys) {
    float[] weights = new float[groups * keys];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) Math.exp(3 * random.nextGaussian());
    }
    return new KeyWeights(weights, groups, keys);
  }
}
