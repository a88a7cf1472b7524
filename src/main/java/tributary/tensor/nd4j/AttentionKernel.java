package tributary.tensor.nd4j;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Mask;

/**
 * Attention of one call with online softmax (Milakov and Gimelshein 2018; Rabe and Staats 2021), on
 * the heap: some keys at a time, for all heads and queries while the cache holds them. Scores^T = k
 * q^T, [keys, queries]; weights = exp(scale (score - shift)) in place, a query a lane; what was
 * summed before is scaled down where a much larger score turns up; the sums are divided at the end.
 * Where keys have weights of their own, exp is multiplied by them. Only the few queries are
 * transposed.
 */
final class AttentionKernel {
  /** Floats of the keys that are taken at a time, as many of the values: 256 KiB. */
  private static final int BLOCK = 1 << 16;

  /** Keys at a time at most, and in multiples of what. */
  private static final int MOST_KEYS = 256;

  private static final int LEAST_KEYS = 32;

  /** Queries of a block at most. */
  private static final int MOST_QUERIES = 64;

  private final RowKernels rows;
  private final Queries q; // [n, h d] per group
  private final Keys source;
  private final NativeTensor y; // [g, n, h e]
  private final Attention attention;
  private final @Nullable Mask mask;
  private final @Nullable KeyWeights weights;
  private final @Nullable Lengths lengths; // where each group has keys of its own number
  private final @Nullable Folded folded;
  private final int heads;
  private final int mostKeys;
  private final int keysAtATime;
  private final int queries;
  private final int width; // queries of a block, with the padding to whole vectors
  private final int d;
  private final int e;
  private final int pitch; // e, with the padding to whole vectors
  private final float[] scores; // [keys at a time, width]
  private final float[] sums; // [blocks h, width, pitch]
  private final float[] block;
  private final float[] shifts; // [blocks h, width]
  private final double[] totals; // [blocks h, width]
  private final float[] shrink; // [width]
  private @Nullable KeyFactors factors; // of the group that is attended to

  /** The queries of each group. */
  interface Queries {
    int rows();

    int channels();

    /** A group's queries, transposed, in blocks of {@link #width}: [blocks, channels, width]. */
    float[] of(int group);
  }

  /** Where the keys and values come from, some rows of a group at a time. */
  interface Keys {
    /** Makes rows [first, first + count) ready; what was ready before may be overwritten. */
    void take(int group, int first, int count);

    /** The rows made ready. */
    HeadRows keys();

    HeadRows values();
  }

  AttentionKernel(
      Workspace workspace,
      RowKernels rows,
      Queries q,
      Keys source,
      int keys,
      NativeTensor y,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights,
      @Nullable Lengths lengths) {
    this.lengths = lengths;
    this.rows = rows;
    this.q = q;
    this.source = source;
    this.mostKeys = keys;
    this.y = y;
    this.attention = attention;
    this.mask = mask;
    this.weights = weights;
    this.folded = q instanceof Folded fold ? fold : null;
    heads = attention.heads();
    int channels = q.channels();
    d = channels / heads;
    e = source.values().width;
    pitch = source.values().pitch;
    queries = q.rows();
    width = width(queries);
    keysAtATime = Math.min(keys, keysAtATime(Math.max(channels, heads * e)));
    int blocks = (queries + width - 1) / width;
    scores = workspace.room(Workspace.SCORES, keysAtATime * width);
    sums = workspace.room(Workspace.SUMS, blocks * heads * width * pitch);
    int results = folded == null ? width : y.shape().rows();
    block = workspace.block(y.shape().channels() * results);
    shifts = new float[blocks * heads * width];
    totals = new double[blocks * heads * width];
    shrink = new float[width];
  }

  /** Queries of a block where there are so many, with the padding to whole vectors. */
  static int width(int queries) {
    int columns = RowKernels.COLUMNS;
    return Math.max(columns, Math.min(MOST_QUERIES, (queries + columns - 1) / columns * columns));
  }

  /** By the width of the keys or values alone. */
  static int keysAtATime(int channels) {
    int fitting = BLOCK / channels / LEAST_KEYS * LEAST_KEYS;
    return Math.max(LEAST_KEYS, Math.min(MOST_KEYS, fitting));
  }

  /** Every query of one group. */
  void attend(int group) {
    float[] looked = q.of(group);
    if (weights != null && (factors == null || weights.groups() > 1)) {
      factors = new KeyFactors(weights, group, attention.scale());
    }
    Arrays.fill(shifts, Float.NEGATIVE_INFINITY);
    Arrays.fill(totals, 0);
    int keys = lengths == null ? mostKeys : lengths.length(group);
    for (int first = 0; first < keys; first += keysAtATime) {
      int count = Math.min(keysAtATime, keys - first);
      source.take(group, first, count);
      for (int from = 0; from < queries; from += width) {
        for (int head = 0; head < heads; head++) {
          attend(looked, group, head, from, first, count);
        }
      }
    }
    if (folded != null) {
      finish(folded, group);
      return;
    }
    for (int from = 0; from < queries; from += width) {
      divide(group, from);
    }
    if (mask != null && attention.fullyMasked() == FullyMasked.UNIFORM) {
      average(group);
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

  private void attend(float[] looked, int group, int head, int from, int first, int count) {
    int slot = from / width * heads + head;
    HeadRows k = source.keys();
    rows.multiply(
        count,
        width,
        d,
        k.head(head),
        Strided.ofRows(looked, slot * d * width, width),
        Strided.ofRows(scores, 0, width),
        false);
    if (mask != null) {
      exclude(mask, scores, width, group, from, queries, first, count);
    }
    int key = lengths == null ? first : lengths.start(group) + first;
    boolean same = exponentials(count, key, slot * width);
    int sum = slot * width * pitch;
    if (first > 0 && !same) {
      for (int r = 0; r < width; r++) {
        rows.scale(sums, sum + r * pitch, sums, sum + r * pitch, pitch, shrink[r]);
      }
    }
    HeadRows v = source.values();
    int some = Math.min(width, queries - from);
    rows.multiply(
        some,
        pitch,
        count,
        new Strided(scores, 0, 1, width),
        v.head(head),
        Strided.ofRows(sums, sum, pitch),
        first > 0);
  }

  /** The block's scores, of keys from the first on, become shares; see {@link RowKernels}. */
  private boolean exponentials(int count, int first, int at) {
    double scale = attention.scale();
    return factors == null
        ? rows.exponentials(scores, count, width, scale, shifts, totals, shrink, at)
        : rows.exponentials(
            scores, count, width, scale, factors, first, shifts, totals, shrink, at);
  }

  /**
   * Keys that a query may not attend to score -infinity.
   *
   * @param scores [count, width] of keys from the first on
   * @param query the first of the block, of so many queries
   */
  static void exclude(
      Mask mask,
      float[] scores,
      int width,
      int group,
      int query,
      int queries,
      int first,
      int count) {
    for (int r = 0; r < Math.min(width, queries - query); r++) {
      int at = row(mask, group, query + r) + first;
      for (int j = 0; j < count; j++) {
        if (!mask.allowed()[at + j]) {
          scores[j * width + r] = Float.NEGATIVE_INFINITY;
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
      for (int r = 0; r < count; r++) {
        int place = slot * width + r;
        float factor = factor(totals[place]);
        rows.scale(sums, place * pitch, block, r * channels + head * e, e, factor);
      }
    }
    y.write(y.group(group) + from * channels, block, 0, count * channels);
  }

  /** Of one head: the sums follow each other. */
  private void finish(Folded fold, int group) {
    for (int r = 0; r < queries; r++) {
      rows.scale(sums, r * pitch, sums, r * pitch, pitch, factor(totals[r]));
    }
    fold.finish(rows, sums, block);
    y.write(y.group(group), block, 0, y.shape().rows() * y.shape().channels());
  }

  private static float factor(double total) {
    return total == 0 ? 0 : (float) (1 / total);
  }

  /** The mean of all values for each query that may attend to no key. */
  private void average(int group) {
    double[] mean = new double[heads * e];
    int keys = mostKeys;
    for (int first = 0; first < keys; first += keysAtATime) {
      int count = Math.min(keysAtATime, keys - first);
      source.take(group, first, count);
      HeadRows v = source.values();
      for (int j = 0; j < count; j++) {
        for (int c = 0; c < mean.length; c++) {
          mean[c] += v.values[j * v.stride + c / e * v.pitch + c % e];
        }
      }
    }
    float[] values = new float[mean.length];
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
