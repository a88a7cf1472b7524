package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Linear;
import tributary.tensor.Normal;
import tributary.tensor.Precision;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/** Products of bfloat16 where the processor has them, their refusal where it has not. */
class BfloatTest {
  private static final int[] SIZES = {1, 3, 4, 7, 8, 13, 63, 64, 65, 255, 1000};

  private static Backend backend() {
    return Backends.open(Kernels.of("cpu").in(Precision.BFLOAT16));
  }

  @Test
  void isRefusedWhereTheProcessorHasNone() {
    if (OneDnn.has(Precision.BFLOAT16)) {
      assertThat(backend().describe()).contains(", bfloat16 products");
      assertThat(Backends.open(Kernels.of("cpu")).describe()).doesNotContain("bfloat16");
    } else {
      assertThatThrownBy(BfloatTest::backend)
          .hasMessage(
              "Cannot use kernels cpu: this processor has no bfloat16 products (set precision to"
                  + " float32)");
    }
  }

  /** Operands are rounded alike, products of theirs are exact: the sums' rounding is left. */
  @ParameterizedTest
  @EnumSource(Activation.class)
  void agreesWithTheOracle(Activation activation) {
    assumeTrue(OneDnn.has(Precision.BFLOAT16), "this processor has no bfloat16 products");
    for (int size : SIZES) {
      Shape shape = new Shape(2, size % 7 + 1, size);
      float[] expected = run(new JavaBackend(Precision.BFLOAT16), shape, activation);
      float[] actual = run(backend(), shape, activation);
      // Terms of at most 4 x 4 / size; the squared activation doubles a relative error.
      Tolerance.sum(size, 64.0 / Math.sqrt(size)).check(shape + "", actual, expected);
    }
  }

  @Test
  void differsFromFloat32ByItsRounding() {
    Shape shape = new Shape(1, 16, 256);
    float[] exact = run(new JavaBackend(), shape, Activation.NONE);
    float[] rounded = run(new JavaBackend(Precision.BFLOAT16), shape, Activation.NONE);
    double largest = 0;
    for (int i = 0; i < exact.length; i++) {
      largest = Math.max(largest, Math.abs((double) exact[i] - rounded[i]));
    }
    assertThat(largest).isBetween(1e-4, 3e-2);
  }

  private static float[] run(Backend backend, Shape shape, Activation activation) {
    int channels = shape.channels();
    try (Scope scope = backend.open(0)) {
      Tensor weight = backend.constant(Shape.matrix(channels, channels), random(channels, 1));
      Tensor x = scope.upload(shape, values(shape, 2), 0);
      Tensor y = scope.linear(x, new Linear(weight, null), activation);
      float[] out = scope.values(y);
      backend.free(weight);
      return out;
    }
  }

  private static float[] random(int channels, long seed) {
    float[] weights = values(Shape.matrix(channels, channels), seed);
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= (float) Math.sqrt(channels);
    }
    return weights;
  }

  private static float[] values(Shape shape, long seed) {
    return Normal.values((int) shape.size(), 1, seed);
  }
}
