package tributary.tensor.nd4j;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Mask;
import tributary.tensor.Shape;

/**
 * Attention of one call, a block of queries and a head at a time: scores^T = k (scale q)^T, [keys,
 * queries], into a buffer that fits the cache; weights = exp(score - largest) in place, a query a
 * lane; result = weights v, divided by the sum of the weights at the end. Heads of keys, values and
 * results are views; only the few queries are transposed.
 */
final class AttentionKernel {
  /**
   * Floats of a block's scores: 256 KiB, a quarter of a second-level cache, twice with the heap's.
   */
  private static final int SCORES = 1 << 16;

  /** Queries of a block at most. */
  private static final int MOST_QUERIES = 64;

  private final Blas blas;
  private final RowKernels rows;
  private final NativeTensor q; // [g or 1, n, h d]
  private final NativeTensor k; // [g, m, h d]
  private final NativeTensor v; // [g, m, h e]
  private final NativeTensor y; // [g, n, h e]
  private final Attention attention;
  private final @Nullable Mask mask;
  private final int heads;
  private final int keys;
  private final int width; // queries of a block, with the padding to whole vectors
  private final NativeTensor scores; // [1, m, width]
  private final NativeTensor transposed; // [h, d, width]
  private final float[] block;
  private final float[] other;
  private final float[] sums; // [h, width]

  AttentionKernel(
      Workspace workspace,
      RowKernels rows,
      NativeScope scope,
      NativeTensor q,
      NativeTensor k,
      NativeTensor v,
      NativeTensor y,
      Attention attention,
      @Nullable Mask mask) {
    this.blas = workspace.blas;
    this.rows = rows;
    this.q = q;
    this.k = k;
    this.v = v;
    this.y = y;
    this.attention = attention;
    this.mask = mask;
    this.heads = attention.heads();
    this.keys = k.shape().rows();
    this.width = width(q.shape().rows(), keys);
    this.scores = scope.allocate(Shape.matrix(keys, width));
    int channels = k.shape().channels();
    this.transposed = scope.allocate(new Shape(heads, channels / heads, width));
    int most = Math.max(channels, y.shape().channels());
    this.block = workspace.block(Math.max(keys, most) * width);
    this.other = workspace.second(channels * width);
    this.sums = new float[heads * width];
  }

  /** By the shape of a group alone. */
  private static int width(int queries, int keys) {
    int columns = RowKernels.COLUMNS;
    int fitting = Math.min(MOST_QUERIES, Math.max(1, SCORES / columns / keys) * columns);
    return Math.min(fitting, (queries + columns - 1) / columns * columns);
  }

  /** Every query of one group. */
  void attend(int group) {
    int queries = q.shape().rows();
    for (int from = 0; from < queries; from += width) {
      int count = Math.min(width, queries - from);
      transpose(group, from, count);
      for (int head = 0; head < heads; head++) {
        attend(group, head, from, count);
      }
      divide(group, from, count);
    }
  }

  /** q [count, h d] -> scale q [h, d, width], padded with 0. */
  private void transpose(int group, int from, int count) {
    int channels = q.shape().channels();
    float scale = (float) attention.scale();
    q.read(q.row(group, 0) + from * channels, block, 0, count * channels);
    for (int c = 0; c < channels; c++) {
      int to = c * width;
      for (int r = 0; r < count; r++) {
        other[to + r] = block[r * channels + c] * scale;
      }
      Arrays.fill(other, to + count, to + width, 0);
    }
    transposed.write(transposed.offset(), other, 0, channels * width);
  }

  private void attend(int group, int head, int from, int count) {
    int d = k.shape().channels() / heads;
    int e = v.shape().channels() / heads;
    Blas.View weights = scores.view(0, 0, 0);
    blas.times(keys, width, d, k.view(group, 0, head * d), transposed.view(head, 0, 0), weights);
    scores.read(scores.offset(), block, 0, keys * width);
    if (mask != null) {
      exclude(mask, group, from, count);
    }
    boolean uniform = attention.fullyMasked() == FullyMasked.UNIFORM;
    rows.exponentials(block, keys, width, uniform, sums, head * width);
    scores.write(scores.offset(), block, 0, keys * width);
    blas.transposedTimes(
        count, e, keys, weights, v.view(group, 0, head * e), y.view(group, from, head * e));
  }

  /** Keys that a query may not attend to score -infinity. */
  private void exclude(Mask mask, int group, int query, int count) {
    boolean[] allowed = mask.allowed();
    for (int r = 0; r < count; r++) {
      int g = mask.groups() == 1 ? 0 : group;
      int n = mask.queries() == 1 ? 0 : query + r;
      int at = (g * mask.queries() + n) * keys;
      for (int j = 0; j < keys; j++) {
        if (!allowed[at + j]) {
          block[j * width + r] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  /** Each head's part of each row by the sum of its weights; 0 where there was none. */
  private void divide(int group, int from, int count) {
    int channels = y.shape().channels();
    int e = channels / heads;
    int place = y.row(group, 0) + from * channels;
    y.read(place, block, 0, count * channels);
    for (int r = 0; r < count; r++) {
      for (int head = 0; head < heads; head++) {
        float sum = sums[head * width + r];
        float factor = sum == 0 ? 0 : 1 / sum;
        int end = r * channels + (head + 1) * e;
        for (int c = r * channels + head * e; c < end; c++) {
          block[c] *= factor;
        }
      }
    }
    y.write(place, block, 0, count * channels);
  }
}
