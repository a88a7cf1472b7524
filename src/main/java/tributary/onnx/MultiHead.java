package tributary.onnx;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.Attention.FullyMasked;

/**
 * Multi-head attention as ONNX operations: softmax(q k^T / sqrt(d)) v of queries, keys and values
 * that have been projected. Tensors are [batch, rows, channels], or [batch, groups, rows, channels]
 * where rank is 4.
 *
 * @param heads H, dividing both widths
 * @param width H * d, channels of queries and keys
 * @param valueWidth H * e, channels of the values
 * @param fullyMasked what a query yields that may attend to nothing
 */
record MultiHead(
    Layers layers, int rank, int heads, long width, long valueWidth, FullyMasked fullyMasked) {
  MultiHead {
    if (heads < 1 || width % heads != 0 || valueWidth % heads != 0) {
      throw Invalid.argument(
          "heads", heads, "divides the widths of query " + width + " and value " + valueWidth);
    }
  }

  /** The attention whose layers are prefix.query, .key, .value and .output. */
  static MultiHead of(Layers layers, String prefix, int heads, int rank, FullyMasked fullyMasked) {
    long width = layers.outputs(Forms.below(prefix, "query"));
    long valueWidth = layers.outputs(Forms.below(prefix, "value"));
    return new MultiHead(layers, rank, heads, width, valueWidth, fullyMasked);
  }

  /**
   * Attends.
   *
   * @param mask bool that broadcasts to [.., queries, keys], true = may be attended to; null for
   *     all
   * @return [.., queries, H * e]
   */
  String attend(String queries, String keys, String values, @Nullable String mask) {
    return attend(queries, keys, values, mask, null);
  }

  /**
   * Attends to keys that count unequally.
   *
   * @param logCounts logarithm of how much each key counts, float [batch, 1, keys]; null: each as
   *     one
   */
  String attend(
      String queries,
      String keys,
      String values,
      @Nullable String mask,
      @Nullable String logCounts) {
    float scale = (float) (1 / Math.sqrt(width / (double) heads));
    String q = split(queries, width, false);
    String k = split(keys, width, true);
    String v = split(values, valueWidth, false);
    String scaled = layers.apply("Mul", q, layers.graph().scalar(scale));
    String scores = layers.apply("MatMul", scaled, k);
    if (logCounts != null) {
      String each =
          heads == 1
              ? logCounts
              : layers.apply("Unsqueeze", logCounts, layers.graph().constant(rank - 2L));
      scores = layers.add(scores, each);
    }
    String mixed = layers.apply("MatMul", shares(scores, mask), v);
    return heads == 1
        ? mixed
        : layers.reshape(transpose(mixed, rank + 1, rank - 2, rank - 1), shape(valueWidth));
  }

  /** Masked keys get the least score, so where all are masked shares are equal, or made zero. */
  private String shares(String scores, @Nullable String mask) {
    if (mask == null) {
      return softmax(scores);
    }
    OnnxGraph graph = layers.graph();
    String allowed = heads == 1 ? mask : layers.apply("Unsqueeze", mask, graph.constant(rank - 2L));
    String shares = softmax(layers.apply("Where", allowed, scores, graph.scalar(-Float.MAX_VALUE)));
    return fullyMasked == FullyMasked.UNIFORM
        ? shares
        : layers.apply("Mul", shares, graph.toFloat(allowed));
  }

  private String softmax(String x) {
    return layers.graph().apply("Softmax", List.of(x), OnnxGraph.attribute("axis", -1L));
  }

  /** [.., n, heads * d] to [.., heads, n, d], or to [.., heads, d, n] for keys. */
  private String split(String x, long width, boolean key) {
    if (heads == 1) {
      return key ? transpose(x, rank, rank - 2, rank - 1) : x;
    }
    String y = layers.reshape(x, shape(heads, width / heads));
    long[] perm = identity(rank + 1);
    perm[rank - 2] = rank - 1;
    perm[rank - 1] = key ? rank : rank - 2;
    perm[rank] = key ? rank - 2 : rank;
    return layers.transpose(y, perm);
  }

  private String transpose(String x, int axes, int a, int b) {
    long[] perm = identity(axes);
    perm[a] = b;
    perm[b] = a;
    return layers.transpose(x, perm);
  }

  private static long[] identity(int axes) {
    long[] perm = new long[axes];
    Arrays.setAll(perm, i -> i);
    return perm;
  }

  /** The axes before the last as they are (0), then these. */
  private long[] shape(long... last) {
    long[] axes = new long[rank - 1 + last.length];
    System.arraycopy(last, 0, axes, rank - 1, last.length);
    return axes;
  }
}
