package tributary.attention;

import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The decoder of Perceiver IO: queries attend to the latents once, then an optional linear layer
 * (Hugging Face's PerceiverBasicDecoder). A query's output depends on that query and the latents
 * alone, so queries may be decoded in parts. JVM-wide, immutable.
 *
 * @param last [outputs, channels of a query], null for none
 */
public record PerceiverDecoder(CrossBlock cross, @Nullable Linear last) {
  public PerceiverDecoder {
    int channels = cross.attention().output().outputs();
    if (last != null && last.inputs() != channels) {
      throw Invalid.argument(
          "last", last.inputs() + " inputs", "as wide as the queries: " + channels);
    }
  }

  /** Reads prefix.cross and, where there is one, prefix.final. */
  public static PerceiverDecoder of(
      Weights weights, String prefix, int heads, Activation activation, boolean queryResidual) {
    String last = prefix + ".final";
    return new PerceiverDecoder(
        CrossBlock.of(weights, prefix + ".cross", heads, activation, queryResidual),
        weights.has(last + ".weight") ? weights.linear(last) : null);
  }

  /** Width of what comes out. */
  public int outputs() {
    return last == null ? cross.attention().output().outputs() : last.outputs();
  }

  /** Width of a query. */
  public int queryChannels() {
    return cross.attention().query().inputs();
  }

  /** Queries [g or 1, n, c] and latents [g, K, C] give [g, n, outputs]. */
  public Tensor apply(Scope scope, Tensor queries, Tensor latents) {
    if (queries.shape().channels() != queryChannels()) {
      throw Invalid.argument("queries", queries.shape(), "channels: " + queryChannels());
    }
    Tensor y = cross.apply(scope, queries, latents);
    return last == null ? y : scope.linear(y, last, Activation.NONE);
  }

  /**
   * Decodes queries in parts, each in a scope of its own: native use is that of one part, whatever
   * the number of queries.
   *
   * @param queries [n, c] on the heap
   * @param latents [1, K, C]
   * @param part queries at once, at least 1
   * @return [n, outputs]
   */
  public float[] decode(Scope scope, float[] queries, Tensor latents, int part) {
    if (part < 1) {
      throw Invalid.argument("part", part, "at least 1");
    }
    int c = queryChannels();
    if (queries.length % c != 0) {
      throw Invalid.argument("queries", queries.length + " values", "channels: " + c);
    }
    int n = queries.length / c;
    float[] out = new float[Math.multiplyExact(n, outputs())];
    for (int from = 0; from < n; from += part) {
      int rows = Math.min(part, n - from);
      try (Scope inner = scope.inner()) {
        Tensor q = inner.upload(Shape.matrix(rows, c), queries, from * c);
        inner.download(apply(inner, q, latents), out, from * outputs());
      }
    }
    return out;
  }
}
