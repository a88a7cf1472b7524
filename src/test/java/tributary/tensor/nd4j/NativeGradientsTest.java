package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Linear;
import tributary.tensor.Normal;
import tributary.tensor.Precision;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** Every backward function against the oracle's, its bits, its memory. */
class NativeGradientsTest {
  private static final Backend ORACLE = new JavaBackend();
  private static final Backend VECTORS = new Nd4jBackend();
  private static final Backend SCALAR = new Nd4jBackend(1, new ScalarRows());

  static List<Backward> functions() {
    return Backward.all();
  }

  @ParameterizedTest
  @MethodSource("functions")
  void agreesWithTheOracle(Backward function) {
    List<float[]> expected = function.on(ORACLE);
    for (Backend backend : List.of(VECTORS, SCALAR)) {
      List<float[]> actual = function.on(backend);
      for (int i = 0; i < expected.size(); i++) {
        String what = function + ", result " + i + ", " + backend.describe();
        function.tolerance().check(what, actual.get(i), expected.get(i));
      }
    }
  }

  /** Neither where operands are, nor what other threads do, nor what was there before. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void equalInputsHaveEqualBitsWhereverTheyAre(long seed) throws Exception {
    List<Backward> functions =
        Backward.all().stream().filter(f -> Math.floorMod(f.name().hashCode(), 8) == seed).toList();
    List<List<float[]>> alone = functions.stream().map(f -> f.on(VECTORS)).toList();
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      Callable<List<List<float[]>>> moved =
          () ->
              functions.stream()
                  .map(
                      f -> {
                        try (Scope scope = VECTORS.open(0)) {
                          int floats = (int) (seed * 1000 + f.name().length() * 16L);
                          float[] noise = Normal.values(floats, 1e6, seed);
                          scope.upload(Shape.vector(floats), noise, 0);
                          return f.on(VECTORS, scope);
                        }
                      })
                  .toList();
      for (Future<List<List<float[]>>> other : pool.invokeAll(List.of(moved, moved))) {
        for (int f = 0; f < functions.size(); f++) {
          for (int i = 0; i < alone.get(f).size(); i++) {
            assertThat(other.get().get(f).get(i))
                .as("%s, result %s", functions.get(f), i)
                .isEqualTo(alone.get(f).get(i));
          }
        }
      }
    } finally {
      pool.shutdown();
    }
  }

  /** Products read rows at any multiple of a float, as a view of some groups begins. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17})
  void productsOfViewsHaveTheBitsOfCopies(int skipped) {
    int in = 33;
    int out = 21;
    int rows = 260;
    try (Scope scope = VECTORS.open(0)) {
      float[] xs = Normal.values((rows + skipped) * in, 1, 1);
      float[] dys = Normal.values((rows + skipped) * out, 1, 2);
      Tensor x = view(scope, xs, rows, in, skipped);
      Tensor dy = view(scope, dys, rows, out, skipped);
      Tensor weight = Operation.constant(VECTORS, 3, Shape.matrix(out, in), 1);
      Shape matrix = Shape.matrix(out, in);
      Tensor sum = scope.gradients().zeros(matrix);
      Tensor same = scope.gradients().zeros(matrix);
      Tensor ownX = copy(scope, x);
      Tensor ownDy = copy(scope, dy);
      scope.gradients().linearWeight(sum, dy, x);
      scope.gradients().linearWeight(same, ownDy, ownX);
      assertThat(scope.values(sum)).isEqualTo(scope.values(same));
      Linear layer = new Linear(weight, null);
      assertThat(scope.values(scope.gradients().linearInput(dy, layer)))
          .isEqualTo(scope.values(scope.gradients().linearInput(ownDy, layer)));
      VECTORS.free(weight);
    }
  }

  private static Tensor view(Scope scope, float[] values, int rows, int channels, int skipped) {
    Tensor all = scope.upload(new Shape(rows + skipped, 1, channels), values, 0);
    Tensor some = scope.groups(all, skipped, rows + skipped);
    return scope.reshape(some, Shape.matrix(rows, channels));
  }

  private static Tensor copy(Scope scope, Tensor x) {
    return scope.upload(x.shape(), scope.values(x), 0);
  }

  @Test
  void aScopeGivesBackWhatGradientsTook() {
    try (Backend backend = new Nd4jBackend()) {
      Tensor weight = Operation.constant(backend, 1, Shape.matrix(40, 40), 1);
      long before = backend.nativeUse().now();
      for (int i = 0; i < 3; i++) {
        try (Scope scope = backend.open(0)) {
          Tensor x = Operation.tensor(scope, 2, new Shape(2, 300, 40));
          scope.gradients().linearWeight(scope.gradients().zeros(weight.shape()), x, x);
          scope.gradients().linearInput(x, new Linear(weight, null));
          assertThat(backend.nativeUse().now()).isGreaterThan(before);
        }
        assertThat(backend.nativeUse().now()).isEqualTo(before);
      }
    }
  }

  @Test
  void anUpdatedConstantHasItsNewValuesEverywhere() {
    Shape matrix = Shape.matrix(24, 40);
    float[] first = Normal.values(24 * 40, 1, 1);
    float[] other = Normal.values(24 * 40, 1, 2);
    try (Backend backend = new Nd4jBackend();
        Scope scope = backend.open(0)) {
      Tensor weight = backend.constant(matrix, first);
      Tensor bias = backend.constant(Shape.vector(24), Arrays.copyOf(first, 24));
      Tensor fresh = backend.constant(matrix, other);
      Tensor freshBias = backend.constant(Shape.vector(24), Arrays.copyOf(other, 24));
      Tensor x = Operation.tensor(scope, 3, new Shape(1, 50, 40));
      float[] before = scope.values(scope.linear(x, new Linear(weight, bias), Activation.NONE));
      long held = backend.nativeUse().now();

      backend.update(weight, other);
      backend.update(bias, Arrays.copyOf(other, 24));

      assertThat(backend.nativeUse().now()).isEqualTo(held);
      assertThat(scope.values(weight)).isEqualTo(other);
      float[] after = scope.values(scope.linear(x, new Linear(weight, bias), Activation.NONE));
      float[] expected =
          scope.values(scope.linear(x, new Linear(fresh, freshBias), Activation.NONE));
      assertThat(after).isEqualTo(expected).isNotEqualTo(before);
      assertThatThrownBy(() -> backend.update(weight, new float[3]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid constant: 3 values (shape [1, 24, 40])");
      assertThatThrownBy(() -> backend.update(x, new float[2000]))
          .hasMessage("Cannot update tensor [1, 50, 40]: it is no constant");
    }
  }

  @Test
  void gradientsAreFloat32() {
    org.junit.jupiter.api.Assumptions.assumeTrue(OneDnn.has(Precision.BFLOAT16));
    try (Backend backend = new Nd4jBackend(1, RowKernels.best(), Precision.BFLOAT16);
        Scope scope = backend.open(0)) {
      assertThatThrownBy(scope::gradients)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("Cannot learn in bfloat16: gradients are float32 (set precision to float32)");
    }
  }
}
