package tributary.attention;

import tributary.tensor.Activation;
import tributary.tensor.LayerNorm;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * A pre-norm self-attention layer: x + attention(norm(x)), then the MLP with its residual
 * (reference: self_block).
 */
public record SelfBlock(LayerNorm norm, CrossAttention attention, Mlp mlp) {
  public static SelfBlock of(Weights weights, String prefix, int heads, Activation activation) {
    return new SelfBlock(
        weights.norm(prefix + ".norm"),
        CrossAttention.of(weights, prefix + ".attention", heads),
        Mlp.of(weights, prefix, activation));
  }

  /** x [g, n, c] gives [g, n, c]; rows of one group attend to each other. */
  public Tensor apply(Scope scope, Tensor x) {
    try (Scope inner = scope.inner()) {
      Tensor y = inner.normalize(x, norm);
      return mlp.apply(scope, attention.applyPlus(inner, attention.project(inner, y), y, x));
    }
  }
}
