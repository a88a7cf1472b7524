package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.merge.AttendedParts;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.TestBackends;

class FoldedAttentionTest {
  /** By operations an input: (inputs' width + queries) * 2 widths, or 2 queries * heads * width. */
  @ParameterizedTest(name = "{0}: {1} queries, {2} heads of {3} in all, inputs of {4}")
  @CsvSource({
    "perceiver.yaml, 64, 1, 837, 837, true, 1508274, 107136",
    "the first level of elastic.yaml, 64, 8, 256, 128, false, 98304, 131072",
    "many latents and heads, 256, 8, 256, 768, false, 524288, 3145728",
    "the first level of hip-16, 128, 1, 32, 32, true, 10240, 8192"
  })
  void foldsWhereThatTakesFewerOperations(
      String what, int queries, int heads, int width, int inputs, boolean saves, long as, long in) {
    Backend oracle = TestBackends.all().get(0);
    Weights weights = new Weights(weights(width, inputs, 0), oracle);
    CrossAttention attention = CrossAttention.of(weights, "a", heads);
    assertThat(FoldedAttention.operations(attention, queries)).isEqualTo(as);
    assertThat(FoldedAttention.foldedOperations(attention, queries)).isEqualTo(in);
    assertThat(FoldedAttention.saves(attention, queries)).isEqualTo(saves);
  }

  @ParameterizedTest(name = "{0} queries, {1} heads, {2} keys")
  @CsvSource({"1, 1, 1", "5, 1, 300", "7, 3, 64", "65, 2, 255", "3, 6, 1000"})
  void isTheSameFunction(int queries, int heads, int keys) {
    int width = 12;
    int inputs = 20;
    for (Backend backend : TestBackends.all()) {
      Weights weights = new Weights(weights(width, inputs, queries), backend);
      CrossAttention attention = CrossAttention.of(weights, "a", heads);
      FoldedAttention folded = FoldedAttention.of(weights, "a", attention);
      try (Scope scope = backend.open(0)) {
        Tensor q = tensor(scope, queries, width, 1);
        Tensor x = tensor(scope, keys, inputs, 2);
        float[] expected = scope.values(attention.attend(scope, q, x, x, null));
        float[] part =
            scope.values(scope.attendPart(folded.queries(scope, q), x, x, folded.softmax()));
        AttendedParts found =
            new AttendedParts(heads * queries, 1, inputs, folded.softmax().scale());
        found.accept(part);
        Shape shape = Shape.matrix(heads * queries, inputs);
        float[] actual = scope.values(folded.values(scope, scope.upload(shape, found.finish(), 0)));
        Tolerance.sum(keys + inputs, 16 / Math.sqrt(keys + inputs))
            .check(backend.name(), actual, expected);
      }
      weights.close();
    }
  }

  private static Tensor tensor(Scope scope, int rows, int channels, long seed) {
    return scope.upload(Shape.matrix(rows, channels), Normal.values(rows * channels, 1, seed), 0);
  }

  /** Query, key and value of so many channels, with biases. */
  private static Map<String, Weight> weights(int width, int inputs, long seed) {
    return new FormFixture(seed).attention("a", width, inputs, width).weights;
  }
}
