package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Mask;
import tributary.tensor.Shape;

/**
 * Attention of one call, a block of queries and a head at a time: scores = scale q k^T into a
 * buffer that fits the cache, weights = exp(score - largest) in place, result = weights v, divided
 * by the sum of the weights at the end. Heads are views; nothing is transposed.
 */
final class AttentionKernel {
  /** Floats of a block's scores: 256 KiB, a quarter of a second-level cache. */
  private static final int SCORES = 1 << 16;

  /** Queries of a block at least: a product of fewer rows wastes the packing of the keys. */
  private static final int LEAST_QUERIES = 16;

  private final Workspace workspace;
  private final RowKernels rows;
  private final NativeTensor q; // [g or 1, n, h d]
  private final NativeTensor k; // [g, m, h d]
  private final NativeTensor v; // [g, m, h e]
  private final NativeTensor y; // [g, n, h e]
  private final Attention attention;
  private final @Nullable Mask mask;
  private final int keys;
  private final int blockQueries;
  private final NativeTensor scores; // [1, blockQueries, m]
  private final float[] block;
  private final float[] sums; // [h, blockQueries]

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
    this.workspace = workspace;
    this.rows = rows;
    this.q = q;
    this.k = k;
    this.v = v;
    this.y = y;
    this.attention = attention;
    this.mask = mask;
    this.keys = k.shape().rows();
    int queries = q.shape().rows();
    this.blockQueries = Math.max(1, Math.min(queries, Math.max(LEAST_QUERIES, SCORES / keys)));
    this.scores = scope.allocate(Shape.matrix(blockQueries, keys));
    int blockRows = Math.max(1, NativeScope.BLOCK / keys);
    int width = y.shape().channels();
    this.block = workspace.block(Math.max(blockRows * keys, blockQueries * width));
    this.sums = new float[attention.heads() * blockQueries];
  }

  /** Every query of one group. */
  void attend(int group) {
    int queries = q.shape().rows();
    for (int from = 0; from < queries; from += blockQueries) {
      int count = Math.min(blockQueries, queries - from);
      for (int head = 0; head < attention.heads(); head++) {
        attend(group, head, from, count);
      }
      divide(group, from, count);
    }
  }

  private void attend(int group, int head, int from, int count) {
    int d = k.shape().channels() / attention.heads();
    int e = v.shape().channels() / attention.heads();
    workspace.blas.timesTransposed(
        count,
        keys,
        d,
        (float) attention.scale(),
        q.view(group, from, head * d),
        k.view(group, 0, head * d),
        0,
        scores.view(0, 0, 0));
    weigh(group, head, from, count);
    workspace.blas.times(
        count,
        e,
        keys,
        scores.view(0, 0, 0),
        v.view(group, 0, head * e),
        y.view(group, from, head * e));
  }

  /** scores -> exp(score - largest), their sums aside. */
  private void weigh(int group, int head, int from, int count) {
    int most = Math.max(1, NativeScope.BLOCK / keys);
    boolean uniform = attention.fullyMasked() == FullyMasked.UNIFORM;
    for (int row = 0; row < count; row += most) {
      int some = Math.min(most, count - row);
      int place = scores.row(0, row);
      scores.read(place, block, 0, some * keys);
      if (mask != null) {
        exclude(mask, group, from + row, some);
      }
      rows.exponentials(block, some, keys, uniform, sums, head * blockQueries + row);
      scores.write(place, block, 0, some * keys);
    }
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
          block[r * keys + j] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  /** Each head's part of each row by the sum of its weights; 0 where there was none. */
  private void divide(int group, int from, int count) {
    int width = y.shape().channels();
    int e = width / attention.heads();
    int place = y.row(group, 0) + from * width;
    y.read(place, block, 0, count * width);
    for (int r = 0; r < count; r++) {
      for (int head = 0; head < attention.heads(); head++) {
        float sum = sums[head * blockQueries + r];
        float factor = sum == 0 ? 0 : 1 / sum;
        int end = r * width + (head + 1) * e;
        for (int c = r * width + head * e; c < end; c++) {
          block[c] *= factor;
        }
      }
    }
    y.write(place, block, 0, count * width);
  }
}
