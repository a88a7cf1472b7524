package tributary.attention;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * RETRO's chunked cross-attention (Borgeaud et al. 2022; lucidrains/RETRO-pytorch
 * ChunkedCrossAttention, without its rotary positions): row t >= c - 1 attends to what was
 * retrieved for chunk (t - (c - 1)) / c, so that no row sees what was retrieved with rows after it;
 * a learned null key and value of each head is never masked (reference: retro_chunked).
 *
 * @param attention query, key, value (no bias in the paper) and output
 * @param nullKey [1, 1, heads * d]
 * @param nullValue [1, 1, heads * e]
 * @param chunk c, rows of a chunk
 */
public record Retro(CrossAttention attention, Tensor nullKey, Tensor nullValue, int chunk) {
  public Retro {
    require("nullKey", nullKey, attention.key().outputs());
    require("nullValue", nullValue, attention.value().outputs());
    if (chunk < 1) {
      throw Invalid.argument("chunk", chunk, ">= 1");
    }
  }

  private static void require(String what, Tensor x, int channels) {
    if (!x.shape().equals(Shape.vector(channels))) {
      throw Invalid.argument(what, x.shape(), "as projected: " + Shape.vector(channels));
    }
  }

  /**
   * The layers prefix.query, .key, .value, .output and the vectors prefix.null.key [heads, d] and
   * prefix.null.value [heads, e].
   */
  public static Retro of(Weights weights, String prefix, int heads, int chunk) {
    return new Retro(
        CrossAttention.of(weights, prefix, heads),
        weights.row(Weights.below(prefix, "null.key")),
        weights.row(Weights.below(prefix, "null.value")),
        chunk);
  }

  /**
   * Attends.
   *
   * @param x [g, n, channels]
   * @param neighbours [g * chunks, m, channels of the context]: of group 0 what was retrieved for
   *     its chunk 0, chunk 1 ..., all neighbours of a chunk one after the other; then group 1
   * @param mask [g * chunks or 1, 1, m]: what of it is real; null for all
   * @return [g, n, channels out]; 0 for the first c - 1 rows and for rows beyond the last chunk
   */
  public Tensor apply(Scope scope, Tensor x, Tensor neighbours, @Nullable Mask mask) {
    int groups = x.shape().groups();
    int parts = neighbours.shape().groups();
    if (groups == 0 ? parts != 0 : parts % groups != 0) {
      throw Invalid.argument(
          "neighbours", neighbours.shape(), "as many chunks for each group of x " + x.shape());
    }
    int chunks = groups == 0 ? 0 : parts / groups;
    Tensor queries = attention.project(scope, chunked(scope, x, chunks));
    Tensor attended =
        attention.attendProjected(
            scope,
            queries,
            withNull(scope, nullKey, scope.linear(neighbours, attention.key(), Activation.NONE)),
            withNull(
                scope, nullValue, scope.linear(neighbours, attention.value(), Activation.NONE)),
            mask == null ? null : withNull(mask, neighbours.shape()));
    Tensor y = scope.linear(attended, attention.output(), Activation.NONE);
    return spread(scope, y, new Shape(groups, x.shape().rows(), y.shape().channels()), chunks);
  }

  /**
   * The attention of a chunk's rows [1, n, channels] to what was retrieved for it, in parts; the
   * null vector counts once, when it finishes.
   */
  public MergeableAttention inParts(Scope scope, Tensor rows) {
    return MergeableAttention.of(
        scope, attention, attention.project(scope, rows), null, nullKey, nullValue);
  }

  /**
   * Rows c - 1 and up of x, c a group, the last filled up with zeros: [g * chunks, c, channels].
   */
  private Tensor chunked(Scope scope, Tensor x, int chunks) {
    Shape shape = x.shape();
    int rows = answered(shape.rows(), chunks);
    int first = rows == 0 ? 0 : chunk - 1;
    Tensor answering = scope.rows(x, first, first + rows);
    Tensor filled =
        scope.concatRows(List.of(answering, zeros(scope, shape, chunks * chunk - rows)));
    return scope.reshape(filled, new Shape(shape.groups() * chunks, chunk, shape.channels()));
  }

  /** Back to rows of x, zeros around them. */
  private Tensor spread(Scope scope, Tensor y, Shape result, int chunks) {
    int rows = answered(result.rows(), chunks);
    int first = rows == 0 ? 0 : chunk - 1;
    Shape joined = new Shape(result.groups(), chunks * chunk, result.channels());
    return scope.concatRows(
        List.of(
            zeros(scope, result, first),
            scope.rows(scope.reshape(y, joined), 0, rows),
            zeros(scope, result, result.rows() - first - rows)));
  }

  /** So many rows of zeros for each group of a shape. */
  private static Tensor zeros(Scope scope, Shape like, int rows) {
    Shape shape = new Shape(like.groups(), rows, like.channels());
    return scope.upload(shape, new float[Math.toIntExact(shape.size())], 0);
  }

  /** How many rows attend to anything. */
  private int answered(int rows, int chunks) {
    return Math.max(0, Math.min(rows - (chunk - 1), chunks * chunk));
  }

  private static Tensor withNull(Scope scope, Tensor vector, Tensor x) {
    return scope.concatRows(List.of(scope.repeat(vector, x.shape().groups()), x));
  }

  /** The mask with the null vector allowed before what was retrieved. */
  private static Mask withNull(Mask mask, Shape neighbours) {
    if (mask.keys() != neighbours.rows() || mask.queries() != 1) {
      throw Invalid.argument(
          "mask",
          "[" + mask.groups() + ", " + mask.queries() + ", " + mask.keys() + "]",
          "neighbours " + neighbours + ", one row of queries");
    }
    int keys = mask.keys() + 1;
    boolean[] allowed = new boolean[mask.groups() * keys];
    for (int g = 0; g < mask.groups(); g++) {
      allowed[g * keys] = true;
      System.arraycopy(mask.allowed(), g * mask.keys(), allowed, g * keys + 1, mask.keys());
    }
    return new Mask(allowed, mask.groups(), 1, keys);
  }
}
