package tributary.attention;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.KeyWeights;
import tributary.tensor.LayerNorm;
import tributary.tensor.Lengths;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Perceiver's cross-attend: pre-norm on queries and inputs, attention, residual to the queries
 * where asked for, then the MLP with its residual (reference: cross_block; Jaegle et al. 2021).
 */
public record CrossBlock(
    LayerNorm queryNorm,
    LayerNorm inputNorm,
    CrossAttention attention,
    Mlp mlp,
    boolean queryResidual) {
  public static CrossBlock of(
      Weights weights, String prefix, int heads, Activation activation, boolean queryResidual) {
    return new CrossBlock(
        weights.norm(prefix + ".query_norm"),
        weights.norm(prefix + ".input_norm"),
        CrossAttention.of(weights, prefix + ".attention", heads),
        Mlp.of(weights, prefix, activation),
        queryResidual);
  }

  /** This block with another rule for queries that may attend to nothing. */
  public CrossBlock fullyMasked(FullyMasked policy) {
    return new CrossBlock(queryNorm, inputNorm, attention.fullyMasked(policy), mlp, queryResidual);
  }

  /** queries [g or 1, n, c], inputs [g, m, w] give [g, n, c]. */
  public Tensor apply(Scope scope, Tensor queries, Tensor inputs) {
    return apply(scope, queries, inputs, (Mask) null);
  }

  /** The block where queries may attend to some of the inputs only; null: to all. */
  public Tensor apply(Scope scope, Tensor queries, Tensor inputs, @Nullable Mask mask) {
    return apply(scope, queries, project(scope, queries), inputs, mask);
  }

  /** What depends on the queries alone: their normalised projection [g, n, heads * d]. */
  public Tensor project(Scope scope, Tensor queries) {
    return attention.project(scope, scope.normalize(queries, queryNorm));
  }

  /** The block from queries that have been projected. Inputs without rows contribute 0. */
  public Tensor apply(Scope scope, Tensor queries, Tensor projected, Tensor inputs) {
    return apply(scope, queries, projected, inputs, null);
  }

  /** From projected queries that may attend to some of the inputs only; null: to all. */
  public Tensor apply(
      Scope scope, Tensor queries, Tensor projected, Tensor inputs, @Nullable Mask mask) {
    return apply(scope, queries, projected, inputs, mask, null);
  }

  /**
   * Proportional attention: inputs count as their weights say (Bolya et al. 2023, equation 1).
   *
   * @param counts [g or 1, m]; null: each input counts as one
   */
  public Tensor apply(
      Scope scope,
      Tensor queries,
      Tensor projected,
      Tensor inputs,
      @Nullable Mask mask,
      @Nullable KeyWeights counts) {
    try (Scope inner = scope.inner()) {
      Tensor x = inner.normalize(inputs, inputNorm);
      Tensor y = attention.attendTo(inner, projected, x, mask, counts);
      Tensor a =
          queryResidual
              ? inner.linearPlus(y, attention.output(), queries)
              : inner.linear(y, attention.output(), Activation.NONE);
      return mlp.apply(scope, a);
    }
  }

  /**
   * Groups of unequal length, which attend by the same queries.
   *
   * @param queries [1, n, c]
   * @param inputs [1, total, w], one group after the other
   * @param counts [1, total]; null: each input counts as one
   * @return [groups, n, c]
   */
  public Tensor applyToEach(
      Scope scope,
      Tensor queries,
      Tensor projected,
      Tensor inputs,
      Lengths lengths,
      @Nullable KeyWeights counts) {
    try (Scope inner = scope.inner()) {
      Tensor x = inner.normalize(inputs, inputNorm);
      return applyAttended(
          scope, queries, attention.attendTo(inner, projected, x, lengths, counts));
    }
  }

  /** The attention of fixed queries [1, n, c] to inputs that come in parts, norms included. */
  public MergeableAttention inParts(Scope scope, Tensor queries) {
    return MergeableAttention.of(scope, attention, project(scope, queries), inputNorm, null, null);
  }

  /** The rest of the block, from what the queries [1, n, c] attended to in parts: [1, n, c]. */
  public Tensor finish(Scope scope, Tensor queries, Tensor attended) {
    return mlp.apply(scope, queryResidual ? scope.add(attended, queries) : attended);
  }

  /**
   * What the queries [1, n, c] find in a part of the inputs [1, m, w], as {@link
   * Scope#attendToPart}: [1, n, heads * (e + 2)].
   */
  public Tensor applyToPart(Scope scope, Tensor queries, Tensor inputs) {
    return scope.attendToPart(
        project(scope, queries),
        scope.normalize(inputs, inputNorm),
        attention.key(),
        attention.value(),
        Attention.of(attention.heads(), attention.query().outputs()));
  }

  /**
   * What the queries find in a part without projecting its inputs: [1, heads * n, w + 2], of one
   * head.
   *
   * @param folded this block's attention
   */
  public Tensor applyToPart(Scope scope, FoldedAttention folded, Tensor queries, Tensor inputs) {
    Tensor x = scope.normalize(inputs, inputNorm);
    return scope.attendPart(folded.queries(scope, project(scope, queries)), x, x, folded.softmax());
  }

  /** The rest of the block, from what the queries attended to, [g, n, heads * e]. */
  public Tensor applyAttended(Scope scope, Tensor queries, Tensor attended) {
    Tensor a =
        queryResidual
            ? scope.linearPlus(attended, attention.output(), queries)
            : scope.linear(attended, attention.output(), Activation.NONE);
    return mlp.apply(scope, a);
  }

  /** The block where there is nothing to attend to: attention contributes 0. [1, n, c]. */
  public Tensor applyToNothing(Scope scope, Tensor queries) {
    Shape shape = new Shape(1, queries.shape().rows(), attention.output().inputs());
    return applyAttended(scope, queries, scope.upload(shape, new float[(int) shape.size()], 0));
  }
}
