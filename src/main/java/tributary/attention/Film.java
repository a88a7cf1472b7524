package tributary.attention;

import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Feature-wise linear modulation: y = (1 + dgamma) x + beta, with [dgamma, beta] from one linear
 * layer on a condition vector (Perez et al. 2018; ethanjperez/film with gamma_baseline 1). The
 * layer alone: convolutions and batch norm around it, as in the paper's visual pipeline, are the
 * caller's.
 *
 * <p>There are no queries and keys here and nothing to merge, so no inParts: every row of x is
 * modulated on its own, and x may be given in any parts as it is. The condition is one vector;
 * where it is pooled from a sequence in parts, its pooling merges, not this layer.
 *
 * @param generator [2 c, channels of the condition]: first c rows give dgamma, the others beta
 */
public record Film(Linear generator) {
  public Film {
    if (generator.outputs() % 2 != 0) {
      throw Invalid.argument(
          "generator", generator.outputs() + " outputs", "even: as many scales as shifts");
    }
  }

  /** The layer prefix.generator, or generator where the prefix is empty. */
  public static Film of(Weights weights, String prefix) {
    return new Film(weights.linear(Weights.below(prefix, "generator")));
  }

  /** Channels c of what is modulated. */
  public int channels() {
    return generator.outputs() / 2;
  }

  /**
   * Modulates.
   *
   * @param x [g, n, c]
   * @param condition [g or 1, 1, channels of the condition], the same for all rows of a group
   * @return [g, n, c]
   */
  public Tensor apply(Scope scope, Tensor x, Tensor condition) {
    Shape shape = x.shape();
    Shape by = condition.shape();
    if (shape.channels() != channels()) {
      throw Invalid.argument("x", shape, "the generator modulates " + channels() + " channels");
    }
    if (by.rows() != 1 || (by.groups() != 1 && by.groups() != shape.groups())) {
      throw Invalid.argument(
          "condition", by, "one row for each group of x " + shape + ", or one for all");
    }
    return scope.modulate(x, scope.linear(condition, generator, Activation.NONE));
  }
}
