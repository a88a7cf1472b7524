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
 * A layer of BERT with cross-attention (Hugging Face BertLayer with add_cross_attention): post-norm
 * self-attention, cross-attention to encoded rows, feed-forward. A query that may attend to nothing
 * yields the mean of all values, as there.
 */
public record BertLayer(
    CrossAttention self,
    LayerNorm selfNorm,
    CrossAttention cross,
    LayerNorm crossNorm,
    Linear hidden,
    Linear output,
    LayerNorm outputNorm,
    Activation activation) {
  /** Hugging Face's names below the prefix: attention, crossattention, intermediate, output. */
  public static BertLayer of(
      Weights weights, String prefix, int heads, Activation activation, float epsilon) {
    return new BertLayer(
        attention(weights, prefix + ".attention", heads),
        weights.norm(prefix + ".attention.output.LayerNorm", epsilon),
        attention(weights, prefix + ".crossattention", heads),
        weights.norm(prefix + ".crossattention.output.LayerNorm", epsilon),
        weights.linear(prefix + ".intermediate.dense"),
        weights.linear(prefix + ".output.dense"),
        weights.norm(prefix + ".output.LayerNorm", epsilon),
        activation);
  }

  private static CrossAttention attention(Weights weights, String prefix, int heads) {
    return new CrossAttention(
        weights.linear(prefix + ".self.query"),
        weights.linear(prefix + ".self.key"),
        weights.linear(prefix + ".self.value"),
        weights.linear(prefix + ".output.dense"),
        heads,
        FullyMasked.UNIFORM);
  }

  /**
   * x [g, n, c] attends to itself and to encoded [g, m, w].
   *
   * @param mask of x's rows; null for all
   * @param encodedMask of the encoded rows; null for all
   * @return [g, n, c]
   */
  public Tensor apply(
      Scope scope, Tensor x, Tensor encoded, @Nullable Mask mask, @Nullable Mask encodedMask) {
    Tensor y = attended(scope, x, mask);
    return afterCross(scope, cross.applyPlus(scope, y, encoded, encoded, encodedMask, y));
  }

  /**
   * What x [1, n, c] asks of encoded rows that come in parts, once its own have seen each other.
   */
  public MergeableAttention inParts(Scope scope, Tensor x, @Nullable Mask mask) {
    return cross.inParts(scope, attended(scope, x, mask));
  }

  /** The result for x [1, n, c] and its mask, from what it found in the parts [1, n, c]. */
  public Tensor finish(Scope scope, Tensor x, @Nullable Mask mask, Tensor found) {
    return afterCross(scope, scope.add(found, attended(scope, x, mask)));
  }

  private Tensor attended(Scope scope, Tensor x, @Nullable Mask mask) {
    return scope.normalize(self.applyPlus(scope, x, x, x, mask, x), selfNorm);
  }

  private Tensor afterCross(Scope scope, Tensor answered) {
    Tensor z = scope.normalize(answered, crossNorm);
    Tensor h = scope.linear(z, hidden, activation);
    return scope.normalize(scope.linearPlus(h, output, z), outputNorm);
  }
}
