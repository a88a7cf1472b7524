package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Attention;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Linear;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/** Groups of unequal length by constant queries, folded into the keys or not. */
class AttendToEachTest {
  private static final int[] LENGTHS = {1, 300, 17, 64, 256, 5, 1000};

  /** Constants of one attention: queries [1, n, h d], keys and values of inputs [w]. */
  private record Case(Tensor queries, Linear key, Linear value, Attention attention) {
    static Case of(Backend backend, int queries, int width, int heads, int channels) {
      Random random = new Random(queries * 31L + width);
      return new Case(
          backend.constant(
              Shape.matrix(queries, channels), Normal.values(queries * channels, 0.5, random)),
          linear(backend, random, width, channels),
          linear(backend, random, width, channels),
          new Attention(heads, 0.4, Attention.FullyMasked.ZERO));
    }

    private static Linear linear(Backend backend, Random random, int in, int out) {
      return new Linear(
          backend.constant(Shape.matrix(out, in), Normal.values(out * in, 0.2, random)),
          backend.constant(Shape.vector(out), Normal.values(out, 0.5, random)));
    }

    Tensor attend(Scope scope, Tensor x, Lengths lengths, @Nullable KeyWeights weights) {
      return scope.attendTo(queries, x, lengths, key, value, attention, weights);
    }
  }

  private static float[] inputs(int width) {
    return Normal.values(Arrays.stream(LENGTHS).sum() * width, 1, 17);
  }

  private static KeyWeights weights() {
    float[] weights = new float[Arrays.stream(LENGTHS).sum()];
    Random random = new Random(5);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = 0.01f + random.nextFloat();
    }
    return new KeyWeights(weights, 1, weights.length);
  }

  @ParameterizedTest(name = "{0} queries, inputs of {1}, {2} heads of {3} in all, weights {4}")
  @CsvSource({
    "32, 64, 2, 64, false",
    "16, 128, 4, 128, true",
    "16, 192, 6, 192, false",
    "1, 16, 1, 16, true",
    "5, 48, 3, 48, true",
    "64, 32, 8, 128, false",
    "7, 20, 2, 24, true"
  })
  void agreesWithTheOracleAndEachAlone(
      int queries, int width, int heads, int channels, boolean weighted) {
    Lengths lengths = Lengths.of(LENGTHS);
    KeyWeights weights = weighted ? weights() : null;
    float[] x = inputs(width);
    float[] expected = run(new JavaBackend(), queries, width, heads, channels, weights);
    try (Backend backend = new Nd4jBackend();
        Scope scope = backend.open(0)) {
      Case own = Case.of(backend, queries, width, heads, channels);
      Tensor all = scope.upload(Shape.matrix(lengths.total(), width), x, 0);
      float[] y = scope.values(own.attend(scope, all, lengths, weights));
      Tolerance.sum(lengths.total() + width * channels, 1).check("oracle", y, expected);
      int size = queries * channels;
      for (int g = 0; g < LENGTHS.length; g++) {
        int from = lengths.start(g);
        int to = from + lengths.length(g);
        Tensor one = scope.upload(Shape.matrix(to - from, width), x, from * width);
        KeyWeights its = weights == null ? null : weights.ofKeys(from, to);
        float[] alone = scope.values(own.attend(scope, one, Lengths.of(to - from), its));
        float[] equal =
            scope.values(
                scope.attendTo(own.queries, one, own.key, own.value, own.attention, null, its));
        float[] there = Arrays.copyOfRange(y, g * size, (g + 1) * size);
        Tolerance.exact().check("alone, group " + g, there, alone);
        Tolerance.exact().check("of one length, group " + g, there, equal);
      }
    }
  }

  private static float[] run(
      Backend backend,
      int queries,
      int width,
      int heads,
      int channels,
      @Nullable KeyWeights weights) {
    Lengths lengths = Lengths.of(LENGTHS);
    try (Scope scope = backend.open(0)) {
      Case own = Case.of(backend, queries, width, heads, channels);
      Tensor x = scope.upload(Shape.matrix(lengths.total(), width), inputs(width), 0);
      return scope.values(own.attend(scope, x, lengths, weights));
    }
  }

  /** Groups of several constant queries, as where each has latents of its own. */
  @Test
  void constantQueriesOfEachGroupAreFolded() {
    Shape shape = new Shape(3, 40, 32);
    float[] expected = own(new JavaBackend(), shape);
    try (Backend backend = new Nd4jBackend()) {
      Tolerance.sum(200 + 32 * 32, 1).check("folded", own(backend, shape), expected);
    }
  }

  private static float[] own(Backend backend, Shape shape) {
    Random random = new Random(3);
    try (Scope scope = backend.open(0)) {
      Tensor all =
          backend.constant(
              new Shape(5, shape.rows(), shape.channels()),
              Normal.values(5 * shape.rows() * shape.channels(), 0.5, random));
      Linear key = Case.linear(backend, random, 32, 32);
      Linear value = Case.linear(backend, random, 32, 32);
      Tensor x = scope.upload(new Shape(3, 200, 32), Normal.values(3 * 200 * 32, 1, random), 0);
      Tensor queries = scope.groups(all, 1, 4);
      Attention attention = Attention.of(1, 32);
      return scope.values(scope.attendTo(queries, x, key, value, attention, null));
    }
  }

  /** A freed constant's fold is not found by another that comes to lie in its place. */
  @Test
  void whatIsFreedIsForgotten() {
    try (Backend backend = new Nd4jBackend();
        Scope scope = backend.open(0)) {
      Tensor x = scope.upload(Shape.matrix(30, 32), Normal.values(30 * 32, 1, 7), 0);
      for (int round = 0; round < 3; round++) {
        Case own = Case.of(backend, 8 + round % 2, 32, 1, 32);
        float[] folded = scope.values(own.attend(scope, x, Lengths.of(30), null));
        Case oracle = Case.of(new JavaBackend(), 8 + round % 2, 32, 1, 32);
        try (Scope plain = new JavaBackend().open(0)) {
          Tensor y = plain.upload(x.shape(), scope.values(x), 0);
          float[] expected = plain.values(oracle.attend(plain, y, Lengths.of(30), null));
          Tolerance.sum(30 + 32 * 32, 1).check("round " + round, folded, expected);
        }
        backend.free(own.queries);
        backend.free(own.key.weight());
        backend.free(own.value.weight());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {29, 31})
  void refusesLengthsOfAnotherTotal(int rows) {
    for (Backend backend : new Backend[] {new JavaBackend(), new Nd4jBackend()}) {
      try (Scope scope = backend.open(0)) {
        Case own = Case.of(backend, 4, 16, 1, 16);
        Tensor x = scope.upload(Shape.matrix(rows, 16), new float[rows * 16], 0);
        assertThatThrownBy(() -> own.attend(scope, x, Lengths.of(10, 20), null))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("one group, of the lengths [10, 20]");
      }
    }
    assertThat(Lengths.of(10, 20).total()).isEqualTo(30);
  }
}
