package tributary.attention;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * Step-by-step decoding with a {@link TransformerDecoderLayer}: what it gives for rows that come in
 * pieces equals what the layer gives for all of them under a causal mask. Holds tensors of one
 * scope; lives in a task, used by one thread.
 */
public final class Decoding {
  private final TransformerDecoderLayer layer;
  private final Scope scope;
  private final Tensor memoryKeys; // [g, m, heads * d]
  private final Tensor memoryValues; // [g, m, heads * e]
  private final @Nullable Mask memoryMask;
  private @Nullable Tensor keys; // [g, rows so far, heads * d]
  private @Nullable Tensor values; // [g, rows so far, heads * e]

  Decoding(TransformerDecoderLayer layer, Scope scope, Tensor memory, @Nullable Mask memoryMask) {
    this.layer = layer;
    this.scope = scope;
    this.memoryKeys = scope.linear(memory, layer.cross().key(), Activation.NONE);
    this.memoryValues = scope.linear(memory, layer.cross().value(), Activation.NONE);
    this.memoryMask = memoryMask;
  }

  /** Rows decoded so far. */
  public int length() {
    return keys == null ? 0 : keys.shape().rows();
  }

  /** The next rows x [g, k, c], k >= 1, give [g, k, c]. */
  public Tensor next(Tensor x) {
    boolean normFirst = layer.normFirst();
    CrossAttention self = layer.self();
    Tensor own = normFirst ? scope.normalize(x, layer.selfNorm()) : x;
    Tensor newKeys = scope.linear(own, self.key(), Activation.NONE);
    Tensor newValues = scope.linear(own, self.value(), Activation.NONE);
    Tensor allKeys = keys == null ? newKeys : scope.concatRows(List.of(keys, newKeys));
    Tensor allValues = values == null ? newValues : scope.concatRows(List.of(values, newValues));
    Mask causal = Mask.causal(x.shape().rows(), allKeys.shape().rows());
    Tensor attended =
        self.attendProjected(scope, self.project(scope, own), allKeys, allValues, causal);
    keys = allKeys;
    values = allValues;
    Tensor seen = scope.linearPlus(attended, self.output(), x);
    Tensor y = normFirst ? seen : scope.normalize(seen, layer.selfNorm());
    CrossAttention cross = layer.cross();
    Tensor asked = cross.project(scope, normFirst ? scope.normalize(y, layer.crossNorm()) : y);
    Tensor answered = cross.attendProjected(scope, asked, memoryKeys, memoryValues, memoryMask);
    return layer.afterCross(scope, answered, y);
  }
}
