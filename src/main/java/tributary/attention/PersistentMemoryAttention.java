package tributary.attention;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * All-attention (Sukhbaatar et al. 2019, facebookresearch/adaptive-span): self-attention in which
 * learned key and value vectors of each head share one softmax with the context, in place of a
 * feed-forward layer. Keys are used times sqrt(d), values times sqrt(N), as they are stored with
 * variances 1/d and 1/N. Unlike the published layer there is an output projection, and no adaptive
 * span (reference: persistent_memory_attention).
 *
 * @param attention query, key, value and output of the context
 * @param memoryKeys [1, N, heads * d], scaled
 * @param memoryValues [1, N, heads * e], scaled
 */
public record PersistentMemoryAttention(
    CrossAttention attention, Tensor memoryKeys, Tensor memoryValues) {
  public PersistentMemoryAttention {
    require("memoryKeys", memoryKeys, memoryKeys, attention.key().outputs());
    require("memoryValues", memoryValues, memoryKeys, attention.value().outputs());
  }

  private static void require(String what, Tensor memory, Tensor keys, int channels) {
    Shape expected = Shape.matrix(keys.shape().rows(), channels);
    if (!memory.shape().equals(expected)) {
      throw Invalid.argument(what, memory.shape(), "beside the context's: " + expected);
    }
  }

  /**
   * The layers prefix.query, .key, .value, .output and the vectors prefix.memory.key [heads, N, d]
   * and prefix.memory.value [heads, N, e].
   */
  public static PersistentMemoryAttention of(Weights weights, String prefix, int heads) {
    CrossAttention attention = CrossAttention.of(weights, prefix, heads);
    String value = Weights.below(prefix, "memory.value");
    long[] shape = weights.shape(value);
    double vectors = shape.length == 3 ? shape[1] : 1; // another rank is refused below
    return new PersistentMemoryAttention(
        attention,
        weights.heads(
            Weights.below(prefix, "memory.key"),
            heads,
            Math.sqrt(attention.key().outputs() / (double) heads)),
        weights.heads(value, heads, Math.sqrt(vectors)));
  }

  /**
   * Attends.
   *
   * @param x [g, n, channels]
   * @param mask of the context alone: memory is never masked
   * @return [g, n, channels out]
   */
  public Tensor apply(Scope scope, Tensor x, @Nullable Mask mask) {
    return scope.linear(attend(scope, x, mask), attention.output(), Activation.NONE);
  }

  /** {@link #apply} plus a residual [g or 1, n, channels out]. */
  public Tensor applyPlus(Scope scope, Tensor x, @Nullable Mask mask, Tensor residual) {
    return scope.linearPlus(attend(scope, x, mask), attention.output(), residual);
  }

  /**
   * The attention of fixed queries x [1, n, channels] to a context that comes in parts, x's own
   * rows being one of them where they are wanted; memory counts once, when it finishes.
   */
  public MergeableAttention inParts(Scope scope, Tensor x) {
    return MergeableAttention.of(
        scope, attention, attention.project(scope, x), null, memoryKeys, memoryValues);
  }

  private Tensor attend(Scope scope, Tensor x, @Nullable Mask mask) {
    int groups = x.shape().groups();
    Tensor keys = scope.linear(x, attention.key(), Activation.NONE);
    Tensor values = scope.linear(x, attention.value(), Activation.NONE);
    return attention.attendProjected(
        scope,
        attention.project(scope, x),
        scope.concatRows(List.of(keys, scope.repeat(memoryKeys, groups))),
        scope.concatRows(List.of(values, scope.repeat(memoryValues, groups))),
        mask == null ? null : withMemory(mask, x.shape()));
  }

  /** A mask of the context with the memory's vectors allowed behind it. */
  private Mask withMemory(Mask mask, Shape x) {
    if (mask.keys() != x.rows()) {
      throw Invalid.argument("mask", mask.keys() + " keys", "the context is " + x);
    }
    int keys = mask.keys() + memoryKeys.shape().rows();
    boolean[] allowed = new boolean[mask.groups() * mask.queries() * keys];
    Arrays.fill(allowed, true);
    for (int row = 0; row < mask.groups() * mask.queries(); row++) {
      System.arraycopy(mask.allowed(), row * mask.keys(), allowed, row * keys, mask.keys());
    }
    return new Mask(allowed, mask.groups(), mask.queries(), keys);
  }
}
