package tributary.tensor;

import org.jspecify.annotations.Nullable;

/**
 * The backward functions of a {@link Scope}'s operations: from the gradient of a loss by a result
 * to that by the operands (reverse mode; Griewank and Walther 2008, chapter 3). {@link Tape} calls
 * them in the right order. Used by the scope's thread; results belong to the scope.
 *
 * <p>What is called a sum is a tensor that a gradient is added to; {@link #zeros} begins one. The
 * bits of a result follow from the operands and their shapes alone, but, unlike those of the
 * forward operations, may depend on how many groups are in the call: learning fixes which records
 * are in a call, whatever the number of tasks.
 *
 * <p>A mismatch of shapes is an {@link IllegalArgumentException} that prints both sides.
 */
public interface Gradients {
  /** A sum of nothing yet. */
  Tensor zeros(Shape shape);

  /**
   * sum = sum + dy, over groups where the sum has one, over rows where it has one: the gradient of
   * what was broadcast.
   *
   * @param sum [g or 1, n or 1, c]
   * @param dy [g, n, c]
   */
  void accumulate(Tensor sum, Tensor dy);

  /** Of {@link Scope#linear} by x: dy W. dy [g, n, out] gives [g, n, in]. */
  Tensor linearInput(Tensor dy, Linear layer);

  /**
   * {@link #linearInput(Tensor, Linear)} added to a sum.
   *
   * @param sum [g, n, in]
   */
  default void linearInput(Tensor sum, Tensor dy, Linear layer) {
    accumulate(sum, linearInput(dy, layer));
  }

  /**
   * Of {@link Scope#linear} by the weight: sum = sum + dy^T x over all groups' rows.
   *
   * @param sum [1, out, in]
   * @param dy [g, n, out]
   * @param x [g, n, in]
   */
  void linearWeight(Tensor sum, Tensor dy, Tensor x);

  /**
   * Of an activation, element by element.
   *
   * @param dy [g, n, c]
   * @param at what the derivative follows from: the result for {@link Activation#NONE}, {@link
   *     Activation#RELU} and {@link Activation#SQUARED_RELU} (2 sqrt(y)), what the activation was
   *     applied to for {@link Activation#GELU} and {@link Activation#GELU_TANH}
   * @return [g, n, c]
   */
  Tensor activation(Tensor dy, Tensor at, Activation activation);

  /** Whether {@link #activation} takes what the activation was applied to. */
  static boolean fromInput(Activation activation) {
    return activation == Activation.GELU || activation == Activation.GELU_TANH;
  }

  /**
   * Of {@link Scope#normalize}: with z = (x - mean) / deviation and dz = dy weight, (dz - mean(dz)
   * - z mean(dz z)) / deviation (Ba et al. 2016).
   *
   * @param dy [g, n, c]
   * @param x what was normalised [g, n, c]
   * @param weight sum [1, 1, c] for that of the norm's weight; null where it isn't learnt
   * @param bias sum [1, 1, c] for that of the norm's bias; null where it isn't learnt
   * @return [g, n, c]
   */
  Tensor normalize(
      Tensor dy, Tensor x, LayerNorm norm, @Nullable Tensor weight, @Nullable Tensor bias);

  /**
   * Of attention by queries, keys and values.
   *
   * @param queries as the keys in their groups, or of one group: then summed over groups
   */
  record Attended(Tensor queries, Tensor keys, Tensor values) {}

  /**
   * Of {@link Scope#attend(Tensor, Tensor, Tensor, Attention, Mask, KeyWeights)}. Shares are
   * computed anew (Dao et al. 2022, section 3.1). A query that could attend to no key gives none to
   * queries and keys; to values what {@link Attention#fullyMasked} shared out.
   *
   * @param dy [g, n, heads * e]
   * @param queries [g or 1, n, heads * d]
   * @param keys [g, m, heads * d]
   * @param values [g, m, heads * e]
   */
  Attended attend(
      Tensor dy,
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights);

  /**
   * Of {@link Scope#attend(Tensor, Tensor, Tensor, Lengths, Attention, KeyWeights)}.
   *
   * @param dy [groups, n, heads * e]
   * @param queries [1, n, heads * d]
   * @param keys [1, total, heads * d]
   * @param values [1, total, heads * e]
   */
  Attended attend(
      Tensor dy,
      Tensor queries,
      Tensor keys,
      Tensor values,
      Lengths lengths,
      Attention attention,
      @Nullable KeyWeights weights);

  /**
   * Of {@link Scope#lookup}: row i of dy is added to the sum's row indices[i], in order of i.
   *
   * @param sum [1, rows, c]
   * @param dy [1, indices.length, c]
   */
  void lookup(Tensor sum, int[] indices, Tensor dy);

  /**
   * Of {@link Scope#rows}: dy is added to the sum's rows from a row on.
   *
   * @param sum [g, n, c]
   * @param dy [g, m, c], from + m <= n
   */
  void rows(Tensor sum, int from, Tensor dy);

  /** Of {@link Scope#meanRows}: dy / n in each of n rows. dy [g, 1, c] gives [g, n, c]. */
  Tensor meanRows(Tensor dy, int n);

  /**
   * Of {@link Scope#modulate} by x: (1 + scale) dy; and by the modulation, added to its sum.
   *
   * @param dy [g, n, c]
   * @param x [g, n, c]
   * @param modulation [g or 1, 1, 2 c]
   * @param sum as the modulation; null where it isn't learnt
   * @return [g, n, c]
   */
  Tensor modulate(Tensor dy, Tensor x, Tensor modulation, @Nullable Tensor sum);
}
