package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.merge.AttentionState;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.KeyWeights;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Precision;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/** Keys that count as more or fewer than one, on every backend, against the oracle. */
class AttendByWeightsTest {
  private static final int GROUPS = 3;
  private static final int HEADS = 2;

  /** Channels of the values of a head. */
  private static final int E = 5;

  private static final Backend ORACLE = new JavaBackend();
  private static final Backend CPU = new Nd4jBackend();
  private static final Backend SCALAR = new Nd4jBackend(1, new ScalarRows());
  private static final Backend ARRAYS = new ArrayBackend(0, 1);

  @AfterAll
  static void close() {
    for (Backend backend : List.of(CPU, SCALAR, ARRAYS)) {
      backend.close();
      assertThat(backend.nativeUse().now()).isZero();
    }
  }

  /** The oracle last. */
  private static List<Backend> backends() {
    return List.of(CPU, SCALAR, ARRAYS, ORACLE);
  }

  /** The four ways to attend. */
  private enum Way {
    GIVEN,
    MADE,
    PART,
    PART_MADE;

    boolean part() {
      return this == PART || this == PART_MADE;
    }
  }

  /**
   * Seeded operands: queries for all groups, the groups' inputs, which serve as keys, or of which
   * keys are made.
   *
   * @param width channels of a query's head
   * @param size of the queries
   */
  private record Case(int queries, int keys, int width, double size) {
    Case(int queries, int keys, int width) {
      this(queries, keys, width, 1);
    }

    int channels() {
      return HEADS * width;
    }

    /** [groups, keys, channels]. */
    float[] inputs() {
      return Operation.random(keys, new Shape(GROUPS, keys, channels()), 1);
    }

    /** All groups. */
    float[] run(Backend backend, Way way, @Nullable Mask mask, @Nullable KeyWeights weights) {
      return run(backend, way, mask, weights, FullyMasked.ZERO, inputs(), GROUPS, keys);
    }

    /** Groups of inputs [groups, m, channels] of one's own. */
    float[] run(
        Backend backend,
        Way way,
        @Nullable Mask mask,
        @Nullable KeyWeights weights,
        FullyMasked policy,
        float[] inputs,
        int groups,
        int m) {
      Attention attention = new Attention(HEADS, 1 / Math.sqrt(width), policy);
      Linear key = Operation.layer(backend, 3, channels(), channels(), true);
      Linear value = Operation.layer(backend, 5, channels(), HEADS * E, true);
      try (Scope scope = backend.open(0)) {
        Shape shape = new Shape(1, queries, channels());
        Tensor q = scope.upload(shape, Operation.random(queries, shape, size), 0);
        Tensor x = scope.upload(new Shape(groups, m, channels()), inputs, 0);
        return scope.values(
            switch (way) {
              case GIVEN -> scope.attend(q, x, values(scope, x, value), attention, mask, weights);
              case MADE -> scope.attendTo(q, x, key, value, attention, mask, weights);
              case PART -> scope.attendPart(q, x, values(scope, x, value), attention, weights);
              case PART_MADE -> scope.attendToPart(q, x, key, value, attention, weights);
            });
      } finally {
        for (Linear layer : List.of(key, value)) {
          backend.free(layer.weight());
          backend.free(Objects.requireNonNull(layer.bias()));
        }
      }
    }

    private static Tensor values(Scope scope, Tensor x, Linear value) {
      return scope.linear(x, value, Activation.NONE);
    }

    /** As the other operations' tests have it, for sums over the channels and over the keys. */
    Tolerance tolerance() {
      int terms = channels() + keys;
      return Tolerance.sum(terms, 16 / Math.sqrt(terms) * Math.max(1, size / 4));
    }
  }

  static List<Arguments> sizes() {
    List<Arguments> sizes = new ArrayList<>();
    for (int keys : new int[] {1, 2, 255, 256, 257, 1000}) {
      for (int width : new int[] {1, 3, 32}) {
        sizes.add(Arguments.of(keys % 70 + 1, keys, width));
      }
    }
    sizes.add(Arguments.of(65, 0, 3));
    return sizes;
  }

  @ParameterizedTest(name = "{0} queries, {1} keys, heads of {2}")
  @MethodSource("sizes")
  void agreesWithTheOracle(int queries, int keys, int width) {
    Case with = new Case(queries, keys, width);
    Mask mask = Operation.mask(keys, GROUPS, queries, keys);
    float[] inputs = with.inputs();
    for (int groups : new int[] {1, GROUPS}) {
      KeyWeights weights = Operation.weights(keys, groups, keys);
      for (FullyMasked policy : FullyMasked.values()) {
        for (Way way : List.of(Way.GIVEN, Way.MADE)) {
          float[] expected = with.run(ORACLE, way, mask, weights, policy, inputs, GROUPS, keys);
          for (Backend backend : List.of(CPU, SCALAR, ARRAYS)) {
            float[] actual = with.run(backend, way, mask, weights, policy, inputs, GROUPS, keys);
            with.tolerance().check(backend.describe() + " " + way, actual, expected);
          }
        }
      }
    }
  }

  /** Weights matter: else all of the above would hold of a backend that ignores them. */
  @Test
  void weightsMatter() {
    Case with = new Case(3, 7, 4);
    KeyWeights weights = Operation.weights(1, GROUPS, 7);
    for (Backend backend : backends()) {
      for (Way way : Way.values()) {
        float[] none = with.run(backend, way, null, null);
        float[] some = with.run(backend, way, null, weights);
        for (int row = 0; row < GROUPS * 3; row++) {
          int stride = none.length / (GROUPS * 3);
          assertThat(Arrays.copyOfRange(some, row * stride, (row + 1) * stride))
              .as("%s, %s, row %s", backend.describe(), way, row)
              .isNotEqualTo(Arrays.copyOfRange(none, row * stride, (row + 1) * stride));
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} queries, {1} keys, heads of {2}")
  @MethodSource("sizes")
  void onesAreNoWeightsToTheBit(int queries, int keys, int width) {
    Case with = new Case(queries, keys, width);
    Mask mask = Operation.mask(keys, GROUPS, queries, keys);
    for (Backend backend : backends()) {
      for (Way way : Way.values()) {
        float[] none = with.run(backend, way, null, null);
        float[] masked = way.part() ? none : with.run(backend, way, mask, null);
        for (int groups : new int[] {1, GROUPS}) {
          KeyWeights ones = constant(1, groups, keys);
          String what = backend.describe() + " " + way;
          assertSameBits(what, with.run(backend, way, null, ones), none);
          if (!way.part()) {
            assertSameBits(what, with.run(backend, way, mask, ones), masked);
          }
        }
      }
    }
  }

  /** Queries of zeros make scores of 0 and -0, of which the largest is a shift. */
  @Test
  void onesKeepTheSignOfZero() {
    Case with = new Case(5, 9, 3, 0);
    for (Backend backend : backends()) {
      for (Way way : Way.values()) {
        float[] none = with.run(backend, way, null, null);
        assertSameBits(
            backend.describe() + " " + way, with.run(backend, way, null, constant(1, 1, 9)), none);
      }
    }
  }

  /** One key that counts as k, and k of it. */
  @ParameterizedTest(name = "{0} copies of one of {1} keys, heads of {2}")
  @CsvSource({"2, 1, 3", "5, 7, 32", "3, 254, 1", "300, 65, 3", "7, 1000, 4"})
  void aWeightIsAsManyCopies(int copies, int keys, int width) {
    Case with = new Case(9, keys, width);
    int channels = with.channels();
    int chosen = keys / 2;
    float[] inputs = with.inputs();
    int more = keys + copies - 1;
    float[] copied = new float[GROUPS * more * channels];
    for (int g = 0; g < GROUPS; g++) {
      int from = g * keys * channels;
      int to = g * more * channels;
      System.arraycopy(inputs, from, copied, to, keys * channels);
      for (int i = keys; i < more; i++) {
        System.arraycopy(inputs, from + chosen * channels, copied, to + i * channels, channels);
      }
    }
    float[] counts = new float[keys];
    Arrays.fill(counts, 1);
    counts[chosen] = copies;
    KeyWeights weights = new KeyWeights(counts, 1, keys);
    Tolerance close = new Case(9, more, width).tolerance();
    for (Backend backend : backends()) {
      for (Way way : List.of(Way.GIVEN, Way.MADE)) {
        float[] counted = with.run(backend, way, null, weights);
        float[] repeated =
            with.run(backend, way, null, null, FullyMasked.ZERO, copied, GROUPS, more);
        close.check(backend.describe() + " " + way, counted, repeated);
      }
    }
  }

  /** A factor that all weights share is none, up to the ends of float. */
  @ParameterizedTest
  @ValueSource(floats = {1e-30f, 1e30f, Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE})
  void equalWeightsAreNone(float weight) {
    Case with = new Case(9, 300, 8);
    KeyWeights weights = constant(weight, 1, 300);
    for (Backend backend : backends()) {
      for (Way way : List.of(Way.GIVEN, Way.MADE)) {
        float[] none = with.run(backend, way, null, null);
        float[] equal = with.run(backend, way, null, weights);
        with.tolerance().check(backend.describe() + " " + way, equal, none);
      }
    }
  }

  /**
   * Two keys in two blocks, the first of which counts next to nothing and scores so much higher
   * that both have a say: the shares are w exp(score) and 1.
   */
  @ParameterizedTest(name = "weight {0}, score {1}, against {2}")
  @CsvSource({
    "1e-30, 69, 0",
    "1e-30, 0, 0",
    "1e-30, 200, 0",
    "1e-30, -200, 0",
    "1e-30, 99, 30",
    "1e-38, 87, 0",
    "1e-42, 97, 0",
    "1e30, -69, 0",
    "3e38, -88.5, 0"
  })
  void scoresOutweighTinyWeights(float weight, float score, float other) {
    int keys = 600;
    float[] counts = new float[keys];
    Arrays.fill(counts, Float.MIN_VALUE);
    counts[0] = weight;
    counts[599] = 1;
    float[] k = new float[keys];
    float[] v = new float[keys];
    Arrays.fill(k, -300);
    k[0] = score;
    k[599] = other;
    v[0] = 1;
    v[599] = -1;
    double share = (double) weight * Math.exp(score - other);
    float expected = (float) ((share - 1) / (share + 1));
    for (Backend backend : backends()) {
      try (Scope scope = backend.open(0)) {
        Tensor q = scope.upload(Shape.vector(1), new float[] {1}, 0);
        Tensor y =
            scope.attend(
                q,
                scope.upload(Shape.matrix(keys, 1), k, 0),
                scope.upload(Shape.matrix(keys, 1), v, 0),
                new Attention(1, 1, FullyMasked.ZERO),
                null,
                new KeyWeights(counts, 1, keys));
        float[] actual = scope.values(y);
        // Scores of about 100 are rounded.
        Tolerance.roundings(32, 1).check(backend.describe(), actual, new float[] {expected});
      }
    }
  }

  @ParameterizedTest(name = "{0} queries, {1} keys in parts of {2}, queries of {3}, weights {4}")
  @CsvSource({
    "1, 1, 1, 1, 2",
    "3, 7, 4, 1, 2",
    "65, 300, 255, 1, 2",
    "13, 1000, 257, 1, 2",
    "4, 1000, 8, 100, 2",
    "9, 300, 77, 1, 12"
  })
  void partsMergeToTheWhole(int queries, int keys, int part, double size, double spread) {
    Case with = new Case(queries, keys, 4, size);
    float[] counts = Operation.random(keys, new Shape(GROUPS, keys, 1), spread);
    for (int i = 0; i < counts.length; i++) {
      counts[i] = (float) Math.exp(counts[i]);
    }
    KeyWeights weights = new KeyWeights(counts, GROUPS, keys);
    for (boolean made : new boolean[] {false, true}) {
      float[] whole = with.run(ORACLE, made ? Way.MADE : Way.GIVEN, null, weights);
      for (Backend backend : backends()) {
        Way way = made ? Way.PART_MADE : Way.PART;
        float[] merged = inParts(backend, way, with, part, counts);
        with.tolerance().check(backend.describe() + " " + way, merged, whole);
      }
    }
  }

  private static float[] inParts(Backend backend, Way way, Case with, int part, float[] counts) {
    int keys = with.keys();
    int channels = with.channels();
    AttentionState[] states = new AttentionState[GROUPS * with.queries() * HEADS];
    Arrays.setAll(states, i -> new AttentionState(E));
    int stride = HEADS * (E + 2);
    for (int from = 0; from < keys; from += part) {
      int some = Math.min(part, keys - from);
      float[] inputs = rows(with.inputs(), keys, channels, from, some);
      KeyWeights weights = new KeyWeights(rows(counts, keys, 1, from, some), GROUPS, some);
      float[] rows = with.run(backend, way, null, weights, FullyMasked.ZERO, inputs, GROUPS, some);
      for (int i = 0; i < states.length; i++) {
        int at = i / HEADS * stride;
        int head = i % HEADS;
        double shift = rows[at + HEADS * E + head] / Math.sqrt(with.width());
        double total = rows[at + HEADS * (E + 1) + head];
        states[i].merge(shift, total, rows, at + head * E);
      }
    }
    float[] out = new float[states.length * E];
    for (int i = 0; i < states.length; i++) {
      System.arraycopy(states[i].finish(), 0, out, i * E, E);
    }
    return out;
  }

  /** Rows [from, from + some) of each group of x [groups, keys, channels]. */
  private static float[] rows(float[] x, int keys, int channels, int from, int some) {
    float[] out = new float[GROUPS * some * channels];
    for (int g = 0; g < GROUPS; g++) {
      System.arraycopy(x, (g * keys + from) * channels, out, g * some * channels, some * channels);
    }
    return out;
  }

  /** What a part gives: the sum by weights beside its shift, on every backend. */
  @ParameterizedTest(name = "{0} queries, {1} keys, heads of {2}")
  @MethodSource("sizes")
  void aPartsSumIsByWeights(int queries, int keys, int width) {
    Case with = new Case(queries, keys, width);
    KeyWeights weights = Operation.weights(keys, GROUPS, keys);
    int stride = HEADS * (E + 2);
    float[] expected = logarithms(with.run(ORACLE, Way.PART, null, weights), stride, width);
    for (Backend backend : List.of(CPU, SCALAR, ARRAYS)) {
      float[] actual = logarithms(with.run(backend, Way.PART, null, weights), stride, width);
      with.tolerance().check(backend.describe(), actual, expected);
    }
  }

  /** Of each row and head scale shift + ln(sum), which no choice of the shift changes. */
  private static float[] logarithms(float[] rows, int stride, int width) {
    float[] out = new float[rows.length / stride * HEADS];
    for (int i = 0; i < out.length; i++) {
      int at = i / HEADS * stride + HEADS * E + i % HEADS;
      double sum = rows[at + HEADS];
      // Without keys -infinity for both; as equal numbers.
      out[i] = sum == 0 ? Float.MIN_VALUE : (float) (rows[at] / Math.sqrt(width) + Math.log(sum));
    }
    return out;
  }

  @Test
  void aPartWithoutKeysIsTheIdentity() {
    Case with = new Case(2, 0, 3);
    float[] nothing = new float[GROUPS * 2 * HEADS * (E + 2)];
    for (int n = 0; n < GROUPS * 2; n++) {
      int at = n * HEADS * (E + 2) + HEADS * E;
      Arrays.fill(nothing, at, at + HEADS, Float.NEGATIVE_INFINITY);
    }
    for (Backend backend : backends()) {
      for (Way way : List.of(Way.PART, Way.PART_MADE)) {
        assertThat(with.run(backend, way, null, constant(2, 1, 0)))
            .as("%s %s", backend.describe(), way)
            .isEqualTo(nothing);
      }
    }
  }

  /** The law: what other groups' keys count as does not matter, nor how many groups there are. */
  @ParameterizedTest(name = "{0} queries, {1} keys, heads of {2}")
  @MethodSource("sizes")
  void aGroupDependsOnItsOwnWeightsAlone(int queries, int keys, int width) {
    Case with = new Case(queries, keys, width);
    float[] inputs = with.inputs();
    int floats = keys * with.channels();
    float[] own = counts(7, keys);
    for (Backend backend : List.of(CPU, SCALAR)) {
      for (Way way : Way.values()) {
        for (int g = 0; g < GROUPS; g++) {
          float[] its = Arrays.copyOfRange(inputs, g * floats, (g + 1) * floats);
          float[] alone =
              with.run(
                  backend, way, null, new KeyWeights(own, 1, keys), FullyMasked.ZERO, its, 1, keys);
          for (float others : new float[] {1, 1e-30f, 1e30f}) {
            float[] all = new float[GROUPS * keys];
            Arrays.fill(all, others);
            System.arraycopy(own, 0, all, g * keys, keys);
            float[] among = with.run(backend, way, null, new KeyWeights(all, GROUPS, keys));
            int size = among.length / GROUPS;
            assertSameBits(
                backend.describe() + " " + way + ", group " + g + " among " + others,
                Arrays.copyOfRange(among, g * size, (g + 1) * size),
                alone);
          }
        }
      }
    }
  }

  /** Whole arrays: groups that go through a product together have the bits of that product. */
  @Test
  void productsInATransferHaveTheirOwnWeights() {
    int keys = 65;
    float[] counts = counts(7, 12 * keys);
    float[] together = inProducts(0, 12, keys, new KeyWeights(counts, 12, keys));
    int size = together.length / 12;
    for (int g = 0; g < 12; g += 4) {
      float[] four = Arrays.copyOfRange(counts, g * keys, (g + 4) * keys);
      assertSameBits(
          "groups from " + g,
          Arrays.copyOfRange(together, g * size, (g + 4) * size),
          inProducts(g, 4, keys, new KeyWeights(four, 4, keys)));
    }
  }

  private static float[] inProducts(int first, int groups, int keys, KeyWeights weights) {
    float[] inputs = Operation.random(1, new Shape(12, keys, 8), 1);
    try (Scope open = ARRAYS.open(0);
        Scope scope = open.inner(4)) {
      Tensor x = scope.upload(new Shape(groups, keys, 8), inputs, first * keys * 8);
      Tensor q = Operation.tensor(scope, 2, new Shape(1, 7, 8));
      return scope.values(scope.attend(q, x, x, Attention.of(HEADS, 8), null, weights));
    }
  }

  @Test
  void bfloat16() {
    assumeTrue(OneDnn.has(Precision.BFLOAT16), "this processor has no bfloat16 products");
    Case with = new Case(9, 300, 8);
    KeyWeights weights = Operation.weights(1, GROUPS, 300);
    Backend rounded = Backends.open(Kernels.of("cpu").in(Precision.BFLOAT16));
    Backend oracle = new JavaBackend(Precision.BFLOAT16);
    for (Way way : List.of(Way.GIVEN, Way.MADE)) {
      float[] actual = with.run(rounded, way, null, weights);
      with.tolerance().check(way.name(), actual, with.run(oracle, way, null, weights));
      assertSameBits(
          way.name(),
          with.run(rounded, way, null, constant(1, 1, 300)),
          with.run(rounded, way, null, null));
    }
  }

  @Test
  void mismatchesPrintBothSides() {
    Case with = new Case(2, 5, 3);
    for (Backend backend : backends()) {
      for (Way way : Way.values()) {
        assertThatThrownBy(() -> with.run(backend, way, null, constant(1, 2, 5)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("Invalid key weights: [2, 5] (keys [3, 5, 6], or one group)");
        assertThatThrownBy(() -> with.run(backend, way, null, constant(1, 3, 4)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("Invalid key weights: [3, 4] (keys [3, 5, 6], or one group)");
      }
    }
  }

  private static KeyWeights constant(float weight, int groups, int keys) {
    float[] weights = new float[groups * keys];
    Arrays.fill(weights, weight);
    return new KeyWeights(weights, groups, keys);
  }

  private static float[] counts(long seed, int n) {
    KeyWeights weights = Operation.weights(seed, 1, n);
    float[] counts = new float[n];
    for (int j = 0; j < n; j++) {
      counts[j] = weights.at(0, j);
    }
    return counts;
  }

  /** 0 and -0 are two, unlike in {@link Tolerance#exact}. */
  private static void assertSameBits(String what, float[] actual, float[] expected) {
    assertThat(bits(actual)).as(what).isEqualTo(bits(expected));
  }

  private static int[] bits(float[] x) {
    int[] bits = new int[x.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(x[i]));
    return bits;
  }
}
