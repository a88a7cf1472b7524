package tributary.attention;

import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * Multi-head cross-attention as a layer: softmax(q(queries) k(keys)^T / sqrt(d)) v(values), then
 * the output projection; neither norm nor residual inside. With linear layers that have no bias but
 * for the output this is the CrossAttention of diffusers. A mask says where a query may attend
 * (true = may), unlike diffusers, whose mask is added to the scores.
 *
 * @param query [heads * d, channels of the queries]
 * @param key [heads * d, channels of the keys]
 * @param value [heads * e, channels of the values]
 * @param output [channels out, heads * e]
 * @param heads H; divides the widths of query and value
 * @param fullyMasked what a query yields that may attend to nothing: zero (DeepMind) or the mean of
 *     all values (Hugging Face)
 */
public record CrossAttention(
    Linear query, Linear key, Linear value, Linear output, int heads, FullyMasked fullyMasked) {
  public CrossAttention {
    if (query.outputs() != key.outputs()) {
      throw Invalid.argument("key", key.outputs() + " outputs", "as query: " + query.outputs());
    }
    if (output.inputs() != value.outputs()) {
      throw Invalid.argument(
          "output", output.inputs() + " inputs", "as value gives: " + value.outputs());
    }
    if (heads < 1 || query.outputs() % heads != 0 || value.outputs() % heads != 0) {
      throw Invalid.argument(
          "heads",
          heads,
          "divides the widths of query " + query.outputs() + " and value " + value.outputs());
    }
  }

  /** In the papers' words, with weights by name. */
  public static CrossAttentionBuilder builder() {
    return new CrossAttentionBuilder();
  }

  /** The layers prefix.query, .key, .value and .output; a fully masked query yields zero. */
  public static CrossAttention of(Weights weights, String prefix, int heads) {
    return new CrossAttention(
        weights.linear(Weights.below(prefix, "query")),
        weights.linear(Weights.below(prefix, "key")),
        weights.linear(Weights.below(prefix, "value")),
        weights.linear(Weights.below(prefix, "output")),
        heads,
        FullyMasked.ZERO);
  }

  public CrossAttention fullyMasked(FullyMasked policy) {
    return new CrossAttention(query, key, value, output, heads, policy);
  }

  /**
   * Attends.
   *
   * @param queries [g or 1, n, channels]
   * @param keys [g, m, channels]; the queries themselves for self-attention
   * @param values [g, m, channels]; usually the keys
   * @return [g, n, channels out]
   */
  public Tensor apply(
      Scope scope, Tensor queries, Tensor keys, Tensor values, @Nullable Mask mask) {
    return scope.linear(
        attend(scope, project(scope, queries), keys, values, mask), output, Activation.NONE);
  }

  /** From projected queries, inputs being keys and values, to their output plus a residual. */
  public Tensor applyPlus(Scope scope, Tensor projected, Tensor inputs, Tensor residual) {
    return scope.linearPlus(attend(scope, projected, inputs, inputs, null), output, residual);
  }

  /** {@link #apply} plus a residual [g or 1, n, channels out]. */
  public Tensor applyPlus(
      Scope scope,
      Tensor queries,
      Tensor keys,
      Tensor values,
      @Nullable Mask mask,
      Tensor residual) {
    return scope.linearPlus(
        attend(scope, project(scope, queries), keys, values, mask), output, residual);
  }

  /** The attention of fixed queries [1, n, channels] to keys that come in parts. */
  public MergeableAttention inParts(Scope scope, Tensor queries) {
    return MergeableAttention.of(scope, this, project(scope, queries), null, null, null);
  }

  /** What the queries look for: [g, n, heads * d]. */
  public Tensor project(Scope scope, Tensor queries) {
    return scope.linear(queries, query, Activation.NONE);
  }

  /** From projected queries to [g, n, heads * e], before the output projection. */
  public Tensor attend(
      Scope scope, Tensor projected, Tensor keys, Tensor values, @Nullable Mask mask) {
    if (keys == values) {
      return attendTo(scope, projected, keys, mask, null);
    }
    return attendProjected(
        scope,
        projected,
        scope.linear(keys, key, Activation.NONE),
        scope.linear(values, value, Activation.NONE),
        mask);
  }

  /**
   * From projected queries to [g, n, heads * e], the inputs [g, m, w] being keys and values.
   *
   * @param counts how much each input counts, [g or 1, m]; null: each as one
   */
  Tensor attendTo(
      Scope scope,
      Tensor projected,
      Tensor inputs,
      @Nullable Mask mask,
      @Nullable KeyWeights counts) {
    return scope.attendTo(projected, inputs, key, value, softmax(), mask, counts);
  }

  /** From projected queries [1, n, heads * d] and inputs [1, total, w] of so many rows a group. */
  Tensor attendTo(
      Scope scope, Tensor projected, Tensor inputs, Lengths lengths, @Nullable KeyWeights counts) {
    return scope.attendTo(projected, inputs, lengths, key, value, softmax(), counts);
  }

  /**
   * The attention itself, where keys [g, m, heads * d] and values [g, m, heads * e] have been
   * projected, too, as a cache holds them.
   */
  Tensor attendProjected(
      Scope scope, Tensor projected, Tensor keys, Tensor values, @Nullable Mask mask) {
    return scope.attend(projected, keys, values, softmax(), mask);
  }

  private Attention softmax() {
    return new Attention(heads, 1 / Math.sqrt(query.outputs() / (double) heads), fullyMasked);
  }
}
