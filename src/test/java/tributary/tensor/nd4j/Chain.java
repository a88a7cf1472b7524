package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Backend;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** Every operation once, one after the other. */
record Chain(Backend backend, int channels) {
  float[] run(Shape shape, float[] values, int offset, int groups, int shift) {
    return run(shape, values, offset, groups, shift, Integer.MAX_VALUE);
  }

  /** Runs them where `product` groups go through an operation together. */
  float[] run(Shape shape, float[] values, int offset, int groups, int shift, int product) {
    Linear query = Operation.layer(backend, 1, channels, 16, true);
    Linear key = Operation.layer(backend, 3, channels, 16, true);
    Linear back = Operation.layer(backend, 5, 24, channels, true);
    Linear value = Operation.layer(backend, 7, channels, 24, false);
    LayerNorm norm = Operation.norm(backend, 9, channels);
    try (Scope open = backend.open(0);
        Scope scope = open.inner(product)) {
      // Other places in memory must not matter.
      Operation.tensor(scope, 1, Shape.vector(1 + 1000 * shift));
      Tensor x = scope.upload(shape, values, offset);
      Tensor n = scope.normalize(x, norm);
      Tensor latents = Operation.tensor(scope, 11, new Shape(1, 7, channels));
      Tensor y =
          scope.attend(
              scope.linear(latents, query, Activation.NONE),
              scope.linear(n, key, Activation.GELU_TANH),
              scope.linear(n, value, Activation.GELU),
              Attention.of(4, 16),
              null);
      Tensor z = scope.linearPlus(y, back, latents);
      Tensor all = scope.concatRows(List.of(z, scope.add(x, scope.meanRows(z))));
      assertThat(all.shape().groups()).isEqualTo(groups);
      return scope.values(all);
    } finally {
      freeAll(back, query, key, value);
      backend.free(norm.weight());
      backend.free(norm.bias());
    }
  }

  private void freeAll(Linear... layers) {
    for (Linear layer : layers) {
      backend.free(layer.weight());
      if (layer.bias() != null) {
        backend.free(layer.bias());
      }
    }
  }
}
