package tributary.attention;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * The transformer's decoder layer (Vaswani et al. 2017): self-attention, cross-attention to a
 * memory, feed-forward, each with its residual; torch.nn.TransformerDecoderLayer without dropout.
 * Post-norm x = LN1(x + SA(x)), x = LN2(x + CA(x, memory)), x = LN3(x + FF(x)), or pre-norm x = x +
 * SA(LN1(x)) and so on; the memory is not normalised. Masks say where a query may attend, unlike
 * PyTorch's; a query that may attend to nothing yields zero where PyTorch yields NaN.
 *
 * @param self attention of the target's rows to each other
 * @param cross attention to the memory
 * @param hidden [f, c]
 * @param output [c, f]
 * @param activation between them
 * @param normFirst pre-norm
 */
public record TransformerDecoderLayer(
    CrossAttention self,
    CrossAttention cross,
    LayerNorm selfNorm,
    LayerNorm crossNorm,
    LayerNorm feedForwardNorm,
    Linear hidden,
    Linear output,
    Activation activation,
    boolean normFirst) {
  /**
   * PyTorch's names below the prefix: self_attn and multihead_attn with in_proj_weight [3 c, c]
   * (rows of query, key, value), in_proj_bias and out_proj; linear1, linear2, norm1, norm2, norm3.
   */
  public static TransformerDecoderLayer of(
      Weights weights, String prefix, int heads, Activation activation, boolean normFirst) {
    return new TransformerDecoderLayer(
        attention(weights, Weights.below(prefix, "self_attn"), heads),
        attention(weights, Weights.below(prefix, "multihead_attn"), heads),
        weights.norm(Weights.below(prefix, "norm1")),
        weights.norm(Weights.below(prefix, "norm2")),
        weights.norm(Weights.below(prefix, "norm3")),
        weights.linear(Weights.below(prefix, "linear1")),
        weights.linear(Weights.below(prefix, "linear2")),
        activation,
        normFirst);
  }

  private static CrossAttention attention(Weights weights, String prefix, int heads) {
    return new CrossAttention(
        weights.third(prefix + ".in_proj_", 0),
        weights.third(prefix + ".in_proj_", 1),
        weights.third(prefix + ".in_proj_", 2),
        weights.linear(prefix + ".out_proj"),
        heads,
        FullyMasked.ZERO);
  }

  /**
   * Decodes all rows at once.
   *
   * @param x [g, n, c], the target
   * @param memory [g, m, w]
   * @param mask of the target's rows; {@link Mask#causal} so that none sees later ones
   * @param memoryMask of the memory's rows
   * @return [g, n, c]
   */
  public Tensor apply(
      Scope scope, Tensor x, Tensor memory, @Nullable Mask mask, @Nullable Mask memoryMask) {
    Tensor y = attended(scope, x, mask);
    Tensor asked = cross.project(scope, asking(scope, y));
    return afterCross(scope, cross.attend(scope, asked, memory, memory, memoryMask), y);
  }

  /** What x [g, n, c] looks for in the memory: projected queries [g, n, heads * d]. */
  public Tensor queries(Scope scope, Tensor x, @Nullable Mask mask) {
    return cross.project(scope, asking(scope, attended(scope, x, mask)));
  }

  /** What x [1, n, c] asks of a memory that comes in parts, once its rows have seen each other. */
  public MergeableAttention inParts(Scope scope, Tensor x, @Nullable Mask mask) {
    return cross.inParts(scope, asking(scope, attended(scope, x, mask)));
  }

  /** The result for x [1, n, c] and its mask, from what it found in the parts [1, n, c]. */
  public Tensor finish(Scope scope, Tensor x, @Nullable Mask mask, Tensor found) {
    return afterResidual(scope, scope.add(found, attended(scope, x, mask)));
  }

  /** x after its self-attention. */
  private Tensor attended(Scope scope, Tensor x, @Nullable Mask mask) {
    Tensor own = normFirst ? scope.normalize(x, selfNorm) : x;
    Tensor seen = self.applyPlus(scope, own, own, own, mask, x);
    return normFirst ? seen : scope.normalize(seen, selfNorm);
  }

  private Tensor asking(Scope scope, Tensor y) {
    return normFirst ? scope.normalize(y, crossNorm) : y;
  }

  /**
   * Starts to decode causally, some rows at a time: keys and values of earlier rows and of the
   * memory are kept in the scope.
   *
   * @param memory [g, m, w]
   */
  public Decoding decoding(Scope scope, Tensor memory, @Nullable Mask memoryMask) {
    return new Decoding(this, scope, memory, memoryMask);
  }

  /** From what was attended to in the memory, before its output projection, to the result. */
  Tensor afterCross(Scope scope, Tensor attended, Tensor y) {
    return afterResidual(scope, scope.linearPlus(attended, cross.output(), y));
  }

  private Tensor afterResidual(Scope scope, Tensor answered) {
    Tensor z = normFirst ? answered : scope.normalize(answered, crossNorm);
    Tensor in = normFirst ? scope.normalize(z, feedForwardNorm) : z;
    Tensor fed = scope.linearPlus(scope.linear(in, hidden, activation), output, z);
    return normFirst ? fed : scope.normalize(fed, feedForwardNorm);
  }
}
