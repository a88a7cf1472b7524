package tributary.attention;

import tributary.tensor.Activation;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** x + output(activation(hidden(norm(x)))). */
public record Mlp(LayerNorm norm, Linear hidden, Linear output, Activation activation) {
  public static Mlp of(Weights weights, String prefix, Activation activation) {
    return new Mlp(
        weights.norm(prefix + ".mlp_norm"),
        weights.linear(prefix + ".mlp.hidden"),
        weights.linear(prefix + ".mlp.output"),
        activation);
  }

  /** x [g, n, c] gives [g, n, c]. */
  public Tensor apply(Scope scope, Tensor x) {
    try (Scope inner = scope.inner()) {
      Tensor h = inner.linear(inner.normalize(x, norm), hidden, activation);
      return scope.linearPlus(h, output, x);
    }
  }
}
