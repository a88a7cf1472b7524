package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.GELU;
import org.nd4j.linalg.api.ops.impl.transforms.strict.PreciseGELU;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.ops.NDBase;
import tributary.tensor.Activation;
import tributary.tensor.Activations;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** What the package's page says: its example, and ND4J's operations that are not used. */
class PackagePageTest {
  @Test
  void theExample() {
    Backend backend = Backends.open(Kernels.of("cpu"));
    Tensor weight = backend.constant(Shape.matrix(1, 2), new float[] {1, 10});
    try (Scope scope = backend.open(0)) {
      Tensor x = scope.upload(new Shape(2, 1, 2), new float[] {1, 2, -3, -4}, 0);
      Tensor y = scope.linear(x, new Linear(weight, null), Activation.RELU);
      assertThat(scope.values(y)).containsExactly(21, 0);
    } finally {
      backend.free(weight);
    }
  }

  private static INDArray array(long seed, long rows, long columns) {
    Shape shape = Shape.matrix((int) rows, (int) columns);
    return Nd4j.create(Operation.random(seed, shape, 1), new long[] {rows, columns}, 'c');
  }

  @Test
  void nd4jsBatchMmulFails() {
    INDArray[] left = {array(1, 3, 4), array(2, 3, 4)};
    INDArray[] right = {array(3, 4, 5), array(4, 4, 5)};
    assertThatThrownBy(() -> new NDBase().batchMmul(left, right, false, false))
        .hasMessage("Op [batched_gemm] execution failed");
  }

  @Test
  void nd4jsLayerNormFails() {
    INDArray x = array(1, 6, 5);
    INDArray weight = array(2, 1, 5).reshape(5);
    assertThatThrownBy(() -> Nd4j.nn().layerNorm(x, weight, weight.dup(), false, 1))
        .hasMessage("Op [layer_norm] execution failed");
  }

  @Test
  void nd4jsGelusAreNotTheExactOne() {
    INDArray x = Nd4j.linspace(-4, 4, 801).castTo(org.nd4j.linalg.api.buffer.DataType.FLOAT);
    INDArray gelu = x.dup();
    Nd4j.exec(new GELU(gelu, gelu));
    assertThat(off(x, gelu)).isBetween(0.015, 0.025);
    INDArray precise = x.dup();
    Nd4j.exec(new PreciseGELU(precise, precise));
    assertThat(off(x, precise)).isBetween(0.025, 0.035);
  }

  /** By how much, at most. */
  private static double off(INDArray x, INDArray gelu) {
    double off = 0;
    for (long i = 0; i < x.length(); i++) {
      double exact = Activations.apply(Activation.GELU, x.getFloat(i));
      off = Math.max(off, Math.abs(gelu.getFloat(i) - exact));
    }
    return off;
  }
}
