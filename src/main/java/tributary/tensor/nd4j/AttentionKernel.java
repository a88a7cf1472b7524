package tributary.tensor.nd4j;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.KeyWeights;
import tributary.tensor.Mask;
import tributary.tensor.Shape;

/**
 * Attention of one call with online softmax (Milakov and Gimelshein 2018; Rabe and Staats 2021):
 * some keys at a time, for all heads and queries while the cache holds them. Scores^T = k q^T,
 * [keys, queries]; weights = exp(scale (score - shift)) in place, a query a lane; what was summed
 * before is scaled down where a much larger score turns up; the sums are divided at the end. Where
 * keys have weights of their own, exp is multiplied by them. Heads of keys, values and results are
 * views; only the few queries are transposed.
 */
final class AttentionKernel {
  /** Floats of the keys that are taken at a time, as many of the values: 256 KiB. */
  private static final int BLOCK = 1 << 16;

  /** Keys at a time at most, and in multiples of what. */
  private static final int MOST_KEYS = 256;

  private static final int LEAST_KEYS = 32;

  /** Queries of a block at most. */
  private static final int MOST_QUERIES = 64;

  private final Blas blas;
  private final RowKernels rows;
  private final NativeTensor q; // [g or 1, n, h d]
  private final Keys source;
  private final NativeTensor y; // [g, n, h e]
  private final Attention attention;
  private final @Nullable Mask mask;
  private final @Nullable KeyWeights weights;
  private final int heads;
  private final int keys;
  private final int keysAtATime;
  private final int queries;
  private final int width; // queries of a block, with the padding to whole vectors
  private final int d;
  private final int e;
  private final NativeTensor scores; // [1, keys at a time, width]
  private final NativeTensor transposed; // [blocks, h d, width]
  private final NativeTensor sums; // [blocks h, width, e]
  private final float[] block;
  private final float[] other;
  private final float[] shifts; // [blocks h, width]
  private final double[] totals; // [blocks h, width]
  private final float[] shrink; // [width]
  private int transposedGroup = -1;
  private @Nullable KeyFactors factors; // of the group that is attended to

  /** Where the keys and values come from, some rows of a group at a time. */
  interface Keys {
    /** Makes rows [first, first + count) ready; what was ready before may be overwritten. */
    void take(int group, int first, int count);

    /** The rows made ready, from a channel on. */
    Blas.View keys(int channel);

    Blas.View values(int channel);
  }

  AttentionKernel(
      Workspace workspace,
      RowKernels rows,
      NativeScope scope,
      NativeTensor q,
      Keys source,
      int keys,
      NativeTensor y,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    this.blas = workspace.blas;
    this.rows = rows;
    this.q = q;
    this.source = source;
    this.keys = keys;
    this.y = y;
    this.attention = attention;
    this.mask = mask;
    this.weights = weights;
    heads = attention.heads();
    int channels = q.shape().channels();
    d = channels / heads;
    e = y.shape().channels() / heads;
    queries = q.shape().rows();
    int columns = RowKernels.COLUMNS;
    width = Math.min(MOST_QUERIES, (queries + columns - 1) / columns * columns);
    keysAtATime = Math.min(keys, keysAtATime(Math.max(channels, y.shape().channels())));
    int blocks = (queries + width - 1) / width;
    scores = scope.allocate(Shape.matrix(keysAtATime, width));
    transposed = scope.allocate(new Shape(blocks, channels, width));
    sums = scope.allocate(new Shape(blocks * heads, width, e));
    int most = Math.max(keysAtATime, Math.max(channels, y.shape().channels()));
    block = workspace.block(most * width);
    other = workspace.second(e * width);
    shifts = new float[blocks * heads * width];
    totals = new double[blocks * heads * width];
    shrink = new float[width];
  }

  /** By the width of the keys or values alone. */
  static int keysAtATime(int channels) {
    int fitting = BLOCK / channels / LEAST_KEYS * LEAST_KEYS;
    return Math.max(LEAST_KEYS, Math.min(MOST_KEYS, fitting));
  }

  /** Every query of one group. */
  void attend(int group) {
    transpose(group);
    if (weights != null && (factors == null || weights.groups() > 1)) {
      factors = new KeyFactors(weights, group, attention.scale());
    }
    Arrays.fill(shifts, Float.NEGATIVE_INFINITY);
    Arrays.fill(totals, 0);
    for (int first = 0; first < keys; first += keysAtATime) {
      int count = Math.min(keysAtATime, keys - first);
      source.take(group, first, count);
      for (int from = 0; from < queries; from += width) {
        for (int head = 0; head < heads; head++) {
          attend(group, head, from, first, count);
        }
      }
    }
    for (int from = 0; from < queries; from += width) {
      divide(group, from);
    }
    if (mask != null && attention.fullyMasked() == FullyMasked.UNIFORM) {
      average(group);
    }
  }

  /** q [n, h d] -> [blocks, h d, width], padded with 0. */
  private void transpose(int group) {
    int its = q.shape().groups() == 1 ? 0 : group;
    if (its == transposedGroup) {
      return;
    }
    transposedGroup = its;
    int channels = heads * d;
    for (int from = 0; from < queries; from += width) {
      int count = Math.min(width, queries - from);
      if (count < width) {
        Arrays.fill(block, 0, channels * width, 0);
        transposed.write(transposed.group(from / width), block, 0, channels * width);
      }
      blas.transpose(
          count, channels, q.view(group, 0, 0).below(from), transposed.view(from / width, 0, 0));
    }
  }

  /** A query's shifts [heads], then its totals [heads], of the group that was attended to last. */
  void remainder(int query, float[] out, int at) {
    for (int head = 0; head < heads; head++) {
      int slot = (query / width * heads + head) * width + query % width;
      out[at + head] = shifts[slot];
      out[at + heads + head] = (float) totals[slot];
    }
  }

  private void attend(int group, int head, int from, int first, int count) {
    int slot = from / width * heads + head;
    Blas.View shares = scores.view(0, 0, 0);
    Blas.View looked = transposed.view(from / width, head * d, 0);
    blas.times(count, width, d, source.keys(head * d), looked, shares);
    scores.read(scores.offset(), block, 0, count * width);
    if (mask != null) {
      exclude(mask, group, from, first, count);
    }
    boolean same = exponentials(count, first, slot * width);
    scores.write(scores.offset(), block, 0, count * width);
    if (first > 0 && !same) {
      shrink(slot);
    }
    blas.transposedTimes(
        width, e, count, shares, source.values(head * e), sums.view(slot, 0, 0), first > 0);
  }

  /** The block's scores, of keys from the first on, become shares; see {@link RowKernels}. */
  private boolean exponentials(int count, int first, int at) {
    double scale = attention.scale();
    return factors == null
        ? rows.exponentials(block, count, width, scale, shifts, totals, shrink, at)
        : rows.exponentials(block, count, width, scale, factors, first, shifts, totals, shrink, at);
  }

  private void shrink(int slot) {
    int place = sums.group(slot);
    sums.read(place, other, 0, width * e);
    for (int r = 0; r < width; r++) {
      rows.scale(other, r * e, other, r * e, e, shrink[r]);
    }
    sums.write(place, other, 0, width * e);
  }

  /** Keys that a query may not attend to score -infinity. */
  private void exclude(Mask mask, int group, int query, int first, int count) {
    for (int r = 0; r < Math.min(width, queries - query); r++) {
      int at = row(mask, group, query + r) + first;
      for (int j = 0; j < count; j++) {
        if (!mask.allowed()[at + j]) {
          block[j * width + r] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  private static int row(Mask mask, int group, int query) {
    int g = mask.groups() == 1 ? 0 : group;
    int n = mask.queries() == 1 ? 0 : query;
    return (g * mask.queries() + n) * mask.keys();
  }

  /** Each head's part of each row by the sum of its weights; 0 where there was none. */
  private void divide(int group, int from) {
    int channels = heads * e;
    int count = Math.min(width, queries - from);
    for (int head = 0; head < heads; head++) {
      int slot = from / width * heads + head;
      sums.read(sums.group(slot), other, 0, count * e);
      for (int r = 0; r < count; r++) {
        double total = totals[slot * width + r];
        float factor = total == 0 ? 0 : (float) (1 / total);
        rows.scale(other, r * e, block, r * channels + head * e, e, factor);
      }
    }
    y.write(y.group(group) + from * channels, block, 0, count * channels);
  }

  /** The mean of all values for each query that may attend to no key. */
  private void average(int group) {
    double[] mean = new double[heads * e];
    float[] values = new float[heads * e];
    for (int first = 0; first < keys; first += keysAtATime) {
      int count = Math.min(keysAtATime, keys - first);
      source.take(group, first, count);
      for (int j = 0; j < count; j++) {
        Blas.read(source.values(0).below(j), values);
        for (int c = 0; c < values.length; c++) {
          mean[c] += values[c];
        }
      }
    }
    for (int c = 0; c < values.length; c++) {
      values[c] = (float) (mean[c] / keys);
    }
    for (int n = 0; n < queries; n++) {
      if (shifts[n / width * heads * width + n % width] == Float.NEGATIVE_INFINITY) {
        y.write(y.row(group, 0) + n * heads * e, values, 0, values.length);
      }
    }
  }
}
