package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tributary.model.Weight;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.TestBackends;

class CrossAttentionTest {
  private static final int QUERIES = 5;
  private static final int KEYS = 7;

  /** heads 7 of width 2 for queries, of width 1 for values. */
  private static Map<String, Weight> weights() {
    Random random = new Random(1);
    Map<String, Weight> weights = new LinkedHashMap<>();
    weights.put("x.query.weight", matrix(random, 14, QUERIES));
    weights.put("x.key.weight", matrix(random, 14, KEYS));
    weights.put("x.value.weight", matrix(random, 7, KEYS));
    weights.put("x.output.weight", matrix(random, 3, 7));
    weights.put("x.output.bias", new Weight(new long[] {3}, new float[] {1, 2, 3}));
    return weights;
  }

  private static Weight matrix(Random random, int rows, int columns) {
    return new Weight(new long[] {rows, columns}, Normal.values(rows * columns, 1, random));
  }

  @Test
  void aKeyThatMayNotBeAttendedToIsAsIfItWereNotThere() {
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights weights = new Weights(weights(), backend);
          Scope scope = backend.open(0)) {
        CrossAttention layer = CrossAttention.of(weights, "x", 7);
        Random random = new Random(2);
        Tensor queries = scope.upload(Shape.matrix(4, QUERIES), matrix(random, 4, 5).values(), 0);
        float[] context = matrix(random, 3, KEYS).values();
        Tensor all = scope.upload(Shape.matrix(3, KEYS), context, 0);
        Tensor two = scope.upload(Shape.matrix(2, KEYS), context, 0);
        Mask mask = new Mask(new boolean[] {true, true, false}, 1, 1, 3);
        Tolerance.roundings(40, 1)
            .check(
                backend.name(),
                scope.values(layer.apply(scope, queries, all, all, mask)),
                scope.values(layer.apply(scope, queries, two, two, null)));
      }
    }
  }

  @Test
  void aQueryWithoutKeysYieldsTheBiasOrTheMeanOfTheValues() {
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights weights = new Weights(weights(), backend);
          Scope scope = backend.open(0)) {
        CrossAttention zero = CrossAttention.of(weights, "x", 7);
        Tensor queries = scope.upload(Shape.matrix(1, QUERIES), new float[QUERIES], 0);
        float[] context = matrix(new Random(3), 2, KEYS).values();
        Tensor keys = scope.upload(Shape.matrix(2, KEYS), context, 0);
        Mask none = new Mask(new boolean[2], 1, 1, 2);
        assertThat(scope.values(zero.apply(scope, queries, keys, keys, none)))
            .containsExactly(1, 2, 3);
        // Queries of zeros score all keys alike: the mean of the values, as with uniform.
        CrossAttention uniform = zero.fullyMasked(FullyMasked.UNIFORM);
        Tolerance.roundings(40, 1)
            .check(
                backend.name(),
                scope.values(uniform.apply(scope, queries, keys, keys, none)),
                scope.values(zero.apply(scope, queries, keys, keys, null)));
      }
    }
  }

  @Test
  void layersThatDoNotFitAreRefused() {
    try (Backend backend = new JavaBackend();
        Weights weights = new Weights(weights(), backend)) {
      assertThatThrownBy(() -> CrossAttention.of(weights, "x", 4))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid heads: 4 (divides the widths of query 14 and value 7)");
      Linear query = weights.linear("x.query");
      Linear value = weights.linear("x.value");
      Linear output = weights.linear("x.output");
      assertThatThrownBy(() -> new CrossAttention(query, value, value, output, 1, FullyMasked.ZERO))
          .hasMessage("Invalid key: 7 outputs (as query: 14)");
      assertThatThrownBy(() -> new CrossAttention(query, query, query, output, 1, FullyMasked.ZERO))
          .hasMessage("Invalid output: 7 inputs (as value gives: 14)");
      assertThatThrownBy(() -> CrossAttention.of(weights, "y", 1))
          .hasMessage("Invalid weight: y.query.weight (one of the model's)");
    }
  }
}
