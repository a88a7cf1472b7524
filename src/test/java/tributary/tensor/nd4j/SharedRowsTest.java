package tributary.tensor.nd4j;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Normal;
import tributary.tensor.Precision;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/** Rows share products: a row has the bits that it has alone, wherever it lies, beside whatever. */
class SharedRowsTest {
  /** Powers of two and what lies between them: every cut of a product, and several products. */
  private static final int[] ROWS = {1, 2, 7, 15, 16, 17, 31, 33, 64, 100, 255, 256, 257, 300, 531};

  private static final int MOST = 600;

  @ParameterizedTest(name = "{0} to {1}, {2}, {3} threads")
  @CsvSource({
    "3, 5, FLOAT32, 1",
    "19, 64, FLOAT32, 1",
    "64, 64, FLOAT32, 1",
    "128, 384, FLOAT32, 1",
    "192, 768, FLOAT32, 1",
    "768, 64, FLOAT32, 1",
    "1000, 33, FLOAT32, 1",
    "1280, 128, FLOAT32, 1",
    "2048, 17, FLOAT32, 1",
    "4096, 40, FLOAT32, 1",
    "128, 384, FLOAT32, 2",
    "2048, 17, FLOAT32, 4",
    "512, 128, BFLOAT16, 2",
    "33, 7, BFLOAT16, 1",
    "64, 128, BFLOAT16, 1",
    "512, 128, BFLOAT16, 1",
    "768, 64, BFLOAT16, 1",
    "1536, 40, BFLOAT16, 1"
  })
  void aRowHasTheBitsThatItHasAlone(int in, int out, Precision precision, int threads) {
    assumeTrue(OneDnn.has(precision), "this processor has no products of " + precision);
    Random random = new Random(in * 31L + out);
    float[] x = Normal.values(MOST * in, 1, random);
    float[] plus = Normal.values(MOST * out, 1, random);
    Backend backend = Backends.open(Kernels.of("cpu").in(precision).on(threads));
    Linear layer =
        new Linear(
            backend.constant(Shape.matrix(out, in), Normal.values(out * in, 0.1, random)),
            backend.constant(Shape.vector(out), Normal.values(out, 1, random)));
    try (Scope scope = backend.open(0)) {
      for (Activation activation : Activation.values()) {
        float[] alone = alone(scope, x, layer, activation, null);
        for (int rows : ROWS) {
          int from = random.nextInt(MOST - rows);
          Tensor some = scope.upload(Shape.matrix(rows, in), x, from * in);
          check(scope, activation + "", scope.linear(some, layer, activation), alone, from);
        }
      }
      float[] alone = alone(scope, x, layer, Activation.NONE, plus);
      for (int rows : ROWS) {
        int from = random.nextInt(MOST - rows);
        Tensor some = scope.upload(Shape.matrix(rows, in), x, from * in);
        Tensor own = scope.upload(Shape.matrix(rows, out), plus, from * out);
        check(scope, "residual", scope.linearPlus(some, layer, own), alone, from);
      }
    } finally {
      backend.free(layer.weight());
      backend.free(Objects.requireNonNull(layer.bias()));
    }
  }

  /** A residual that all groups share begins anew with each, whatever the rows of a product. */
  @ParameterizedTest
  @CsvSource({"1", "3", "16", "20", "64", "97", "256", "300"})
  void aSharedResidualBeginsAnewWithEachGroup(int rows) {
    int groups = 7;
    int in = 24;
    int out = 40;
    Random random = new Random(rows);
    float[] x = Normal.values(groups * rows * in, 1, random);
    float[] shared = Normal.values(rows * out, 1, random);
    Backend backend = Backends.open(Kernels.of("cpu"));
    Tensor weight = backend.constant(Shape.matrix(out, in), Normal.values(out * in, 0.1, random));
    Linear layer = new Linear(weight, null);
    try (Scope scope = backend.open(0)) {
      Tensor residual = scope.upload(Shape.matrix(rows, out), shared, 0);
      Tensor all = scope.upload(new Shape(groups, rows, in), x, 0);
      float[] together = scope.values(scope.linearPlus(all, layer, residual));
      for (int g = 0; g < groups; g++) {
        Tensor one = scope.groups(all, g, g + 1);
        float[] alone = scope.values(scope.linearPlus(one, layer, residual));
        int size = rows * out;
        float[] own = Arrays.copyOfRange(together, g * size, (g + 1) * size);
        Tolerance.exact().check("group " + g, own, alone);
      }
    } finally {
      backend.free(weight);
    }
  }

  private static float[] alone(
      Scope scope, float[] x, Linear layer, Activation activation, float @Nullable [] plus) {
    float[] alone = new float[MOST * layer.outputs()];
    for (int r = 0; r < MOST; r++) {
      try (Scope inner = scope.inner()) {
        Tensor row = inner.upload(Shape.vector(layer.inputs()), x, r * layer.inputs());
        Tensor y =
            plus == null
                ? inner.linear(row, layer, activation)
                : inner.linearPlus(
                    row,
                    layer,
                    inner.upload(Shape.vector(layer.outputs()), plus, r * layer.outputs()));
        inner.download(y, alone, r * layer.outputs());
      }
    }
    return alone;
  }

  private static void check(Scope scope, String what, Tensor y, float[] alone, int from) {
    int out = y.shape().channels();
    float[] expected = Arrays.copyOfRange(alone, from * out, (from + y.shape().rows()) * out);
    Tolerance.exact().check(what + ", rows " + y.shape().rows(), scope.values(y), expected);
  }
}
