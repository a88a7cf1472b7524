package tributary.attention;

import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.LayerNorm;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * SelfDoc's cross-modality encoder step (Li et al. 2021) on two aligned sequences of equal length:
 * first both ways queries and values from the own sequence, keys from the other, softmax(q(A)
 * k(B)^T / sqrt d) v(A); then both ways ordinary cross-attention; each with residual and post-norm
 * (reference: selfdoc_cross). No code was published; the paper's feed-forward layers and its
 * modality-adaptive weighting are not part of the step.
 *
 * <p>A side's queries are its own sequence, which has to be there whole. The rows that it attends
 * to may come in parts, in any order and grouping: in the first step a part brings the other
 * sequence's rows as keys and the own sequence's rows of the same places as values, in the second
 * step the other side's rows as the first step left them, keys and values in one.
 *
 * @param a what sequence a goes through
 * @param b what sequence b goes through
 */
public record SelfDoc(Side a, Side b) {
  /** One side's two attentions with their norms; c channels in and out. */
  public record Side(
      CrossAttention odd, LayerNorm oddNorm, CrossAttention cross, LayerNorm crossNorm) {
    /**
     * The first step's attention, to take parts of the keys [m, c] of the other sequence with the
     * values [m, c] of the own.
     *
     * @param own the own sequence whole, [1, n, c]
     */
    public MergeableAttention oddInParts(Scope scope, Tensor own) {
      return odd.inParts(scope, own);
    }

    /** The rest of the first step: [1, n, c]. */
    public Tensor finishOdd(Scope scope, Tensor own, Tensor attended) {
      return scope.normalize(scope.add(attended, own), oddNorm);
    }

    /**
     * The second step's attention, to take parts [m, c] of what the first left of the other side.
     *
     * @param own what the first step left of the own side whole, [1, n, c]
     */
    public MergeableAttention crossInParts(Scope scope, Tensor own) {
      return cross.inParts(scope, own);
    }

    /** The rest of the second step: [1, n, c]. */
    public Tensor finishCross(Scope scope, Tensor own, Tensor attended) {
      return scope.normalize(scope.add(attended, own), crossNorm);
    }
  }

  /** The two sequences [g, n, c]. */
  public record Pair(Tensor a, Tensor b) {}

  /** The layers prefix.a.odd, .a.odd_norm, .a.cross, .a.cross_norm and the same below prefix.b. */
  public static SelfDoc of(Weights weights, String prefix, int heads) {
    return new SelfDoc(
        side(weights, Weights.below(prefix, "a"), heads),
        side(weights, Weights.below(prefix, "b"), heads));
  }

  private static Side side(Weights weights, String prefix, int heads) {
    return new Side(
        CrossAttention.of(weights, prefix + ".odd", heads),
        weights.norm(prefix + ".odd_norm"),
        CrossAttention.of(weights, prefix + ".cross", heads),
        weights.norm(prefix + ".cross_norm"));
  }

  /** a [g, n, c] and b [g, n, c], row i of one belonging to row i of the other; gives the same. */
  public Pair apply(Scope scope, Tensor a, Tensor b) {
    return apply(scope, a, b, null);
  }

  /**
   * The step where some rows may not be attended to.
   *
   * @param mask of the rows of both sequences, for they are aligned: a row that isn't there is in
   *     neither; null for all
   */
  public Pair apply(Scope scope, Tensor a, Tensor b, @Nullable Mask mask) {
    if (!a.shape().equals(b.shape())) {
      throw Invalid.argument("b", b.shape(), "aligned with a " + a.shape() + ", row by row");
    }
    Tensor a1 = step(scope, this.a.odd, this.a.oddNorm, a, b, a, mask);
    Tensor b1 = step(scope, this.b.odd, this.b.oddNorm, b, a, b, mask);
    Tensor a2 = step(scope, this.a.cross, this.a.crossNorm, a1, b1, b1, mask);
    Tensor b2 = step(scope, this.b.cross, this.b.crossNorm, b1, a1, a1, mask);
    return new Pair(a2, b2);
  }

  private static Tensor step(
      Scope scope,
      CrossAttention attention,
      LayerNorm norm,
      Tensor queries,
      Tensor keys,
      Tensor values,
      @Nullable Mask mask) {
    return scope.normalize(attention.applyPlus(scope, queries, keys, values, mask, queries), norm);
  }
}
