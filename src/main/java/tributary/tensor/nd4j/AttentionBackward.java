package tributary.tensor.nd4j;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Mask;

/**
 * Backward of one call's attention, on the heap, in the layout of {@link AttentionKernel}: blocks
 * [keys, queries], a query a lane. Shares are computed anew (Dao et al. 2022, algorithm 4): S^T = K
 * Q^T; P^T by shifts and totals; dP^T = V dY^T; dS^T = scale P^T (dP^T - D) with D = sum of P dP
 * over keys; dV = P^T dY, dK = dS^T Q, dQ = dS K. Where a group has more keys than are taken at a
 * time, a pass before finds shifts, totals and D. Gradients by queries that groups share are summed
 * in order of groups, a few in float, then in double.
 */
final class AttentionBackward {
  /** Floats of a block of shares, as many of slopes: 256 KiB. */
  private static final int BLOCK = 1 << 16;

  /** Keys at a time at most. */
  private static final int MOST_KEYS = 1024;

  /** Groups whose gradients by shared queries are summed in float. */
  private static final int FEW_GROUPS = 16;

  private final RowKernels rows;
  private final BackwardKernels backward;
  private final Operands at;
  private final Attention attention;
  private final @Nullable Mask mask;
  private final @Nullable KeyWeights weights;
  private final @Nullable Lengths lengths;
  private final int heads;
  private final int queries;
  private final int width; // queries of a block, with the padding to whole vectors
  private final int blocks;
  private final int keysAtATime;
  private final GivenQueries looked; // transposed queries
  private final GivenQueries results; // transposed gradients
  private final HeadRows q; // [n, h d]
  private final HeadRows dy; // [n, h e]
  private final HeadRows k; // [keys at a time, h d]
  private final HeadRows v;
  private final HeadRows dk;
  private final HeadRows dv;
  private final float[] shares; // [keys at a time, width]
  private final float[] slopes; // [keys at a time, width]
  private final float[] sums; // [blocks h, width, pitch]: by queries
  private final float[] shifts; // [blocks h, width]
  private final double[] totals; // [blocks h, width]
  private final double[] again; // [blocks h, width]: totals of the second pass
  private final double[] dots; // [blocks h, width]: D, times the total
  private final float[] shrink; // [width]
  private final float[] inverse; // [width]
  private final float[] means; // [width]
  private final double @Nullable [] shared; // [n, h d]: by queries that groups share
  private @Nullable KeyFactors factors; // of the group at hand
  private int queriesOf = -1; // the group whose queries are on the heap

  /**
   * What a call reads and writes.
   *
   * @param q [g or 1, n, h d]
   * @param k [g, m, h d]
   * @param v [g, m, h e]
   * @param dy [g, n, h e]
   * @param dq as q; dk as k; dv as v
   */
  record Operands(
      NativeTensor q,
      NativeTensor k,
      NativeTensor v,
      NativeTensor dy,
      NativeTensor dq,
      NativeTensor dk,
      NativeTensor dv) {}

  AttentionBackward(
      Workspace workspace,
      RowKernels rows,
      Operands at,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights,
      @Nullable Lengths lengths) {
    this.rows = rows;
    this.backward = rows.backward();
    this.at = at;
    this.attention = attention;
    this.mask = mask;
    this.weights = weights;
    this.lengths = lengths;
    heads = attention.heads();
    queries = at.q().shape().rows();
    width = AttentionKernel.width(queries);
    blocks = (queries + width - 1) / width;
    int keys = at.k().shape().rows();
    keysAtATime = Math.min(keys, Math.min(MOST_KEYS, BLOCK / width));
    int d = at.k().shape().channels();
    int e = at.v().shape().channels();
    looked = new GivenQueries(workspace, at.q());
    results = new GivenQueries(workspace, at.dy(), Workspace.RESULTS);
    q = new HeadRows(workspace, Workspace.QUERY_ROWS, queries, d, heads, true);
    dy = new HeadRows(workspace, Workspace.RESULT_ROWS, queries, e, heads, true);
    k = new HeadRows(workspace, Workspace.KEYS, keysAtATime, d, heads, true);
    v = new HeadRows(workspace, Workspace.VALUES, keysAtATime, e, heads, true);
    dk = new HeadRows(workspace, Workspace.BY_KEYS, keysAtATime, d, heads, true);
    dv = new HeadRows(workspace, Workspace.BY_VALUES, keysAtATime, e, heads, true);
    shares = workspace.room(Workspace.SCORES, keysAtATime * width);
    slopes = workspace.room(Workspace.SLOPES, keysAtATime * width);
    int slots = blocks * heads * width;
    sums = workspace.room(Workspace.SUMS, slots * q.pitch);
    shifts = new float[slots];
    totals = new double[slots];
    again = new double[slots];
    dots = new double[slots];
    shrink = new float[width];
    inverse = new float[width];
    means = new float[width];
    shared = at.q().shape().groups() < groups() ? new double[queries * d] : null;
  }

  private int groups() {
    return at.dy().shape().groups();
  }

  /** All groups in their order. */
  void run() {
    boolean begun = false;
    for (int g = 0; g < groups(); g++) {
      begin(g);
      int keys = lengths == null ? at.k().shape().rows() : lengths.length(g);
      boolean whole = keys <= keysAtATime;
      for (int first = 0; !whole && first < keys; first += keysAtATime) {
        look(g, first, Math.min(keysAtATime, keys - first));
      }
      for (int first = 0; first < keys; first += keysAtATime) {
        give(g, first, Math.min(keysAtATime, keys - first), whole, begun || first > 0);
      }
      begun = shared != null && (g + 1) % FEW_GROUPS != 0;
      if (!begun || g + 1 == groups()) {
        collect(g);
      }
    }
    if (shared != null) {
      float[] values = new float[shared.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) shared[i];
      }
      at.dq().write(at.dq().offset(), values, 0, values.length);
    }
  }

  private void begin(int group) {
    int its = at.q().shape().groups() == 1 ? 0 : group;
    if (its != queriesOf) {
      queriesOf = its;
      q.read(at.q(), at.q().group(its), at.q().shape().channels(), queries);
    }
    dy.read(at.dy(), at.dy().group(group), at.dy().shape().channels(), queries);
    if (weights != null && (factors == null || weights.groups() > 1)) {
      factors = new KeyFactors(weights, group, attention.scale());
    }
    Arrays.fill(shifts, Float.NEGATIVE_INFINITY);
    Arrays.fill(totals, 0);
    Arrays.fill(dots, 0);
  }

  /** Offset of a key's row from the beginning of keys; as many rows of values are before its. */
  private int row(int group, int first) {
    return (lengths == null ? group * at.k().shape().rows() : lengths.start(group)) + first;
  }

  private void take(int group, int first, int count) {
    int d = at.k().shape().channels();
    int e = at.v().shape().channels();
    int row = row(group, first);
    k.read(at.k(), at.k().offset() + row * d, d, count);
    v.read(at.v(), at.v().offset() + row * e, e, count);
  }

  /** The first pass over some keys: shifts, totals and dots. */
  private void look(int group, int first, int count) {
    take(group, first, count);
    for (int block = 0; block < blocks; block++) {
      for (int head = 0; head < heads; head++) {
        weigh(group, block, head, first, count, totals);
        backward.dots(shares, slopes, count, width, shrink, dots, slot(block, head) * width);
      }
    }
  }

  private int slot(int block, int head) {
    return block * heads + head;
  }

  /** Weights of a block of scores; what the loss changes by shares. */
  private void weigh(int group, int block, int head, int first, int count, double[] sum) {
    int slot = slot(block, head);
    product(count, q.width, k.head(head), looked.of(group), slot, shares);
    if (mask != null) {
      AttentionKernel.exclude(mask, shares, width, group, block * width, queries, first, count);
    }
    int key = lengths == null ? first : lengths.start(group) + first;
    double scale = attention.scale();
    if (factors == null) {
      rows.exponentials(shares, count, width, scale, shifts, sum, shrink, slot * width);
    } else {
      rows.exponentials(
          shares, count, width, scale, factors, key, shifts, sum, shrink, slot * width);
    }
    product(count, v.width, v.head(head), results.of(group), slot, slopes);
  }

  /** Rows of a head by a block of transposed queries. */
  private void product(int count, int d, Strided head, float[] looked, int slot, float[] to) {
    Strided columns = Strided.ofRows(looked, slot * d * width, width);
    rows.multiply(count, width, d, head, columns, Strided.ofRows(to, 0, width), false);
  }

  /**
   * What some keys of a group give.
   *
   * @param whole whether they are all of the group's: then there was no first pass
   * @param more whether there are sums by queries already
   */
  private void give(int group, int first, int count, boolean whole, boolean more) {
    take(group, first, count);
    for (int block = 0; block < blocks; block++) {
      int some = Math.min(width, queries - block * width);
      for (int head = 0; head < heads; head++) {
        int slot = slot(block, head);
        weigh(group, block, head, first, count, whole ? totals : again);
        if (whole) {
          backward.dots(shares, slopes, count, width, shrink, dots, slot * width);
        }
        divide(slot * width);
        backward.softmax(shares, slopes, count, width, inverse, means, (float) attention.scale());
        Strided p = Strided.ofRows(shares, 0, width);
        Strided s = Strided.ofRows(slopes, 0, width);
        boolean next = block > 0;
        rows.multiply(count, v.pitch, some, p, of(dy, block, head), dv.head(head), next);
        rows.multiply(count, q.pitch, some, s, of(q, block, head), dk.head(head), next);
        rows.multiply(
            some,
            q.pitch,
            count,
            new Strided(slopes, 0, 1, width),
            k.head(head),
            Strided.ofRows(sums, slot * width * q.pitch, q.pitch),
            more);
      }
    }
    if (mask != null && attention.fullyMasked() == FullyMasked.UNIFORM) {
      shareOut(count);
    }
    int row = row(group, first);
    dk.write(at.dk(), at.dk().offset() + row * at.k().shape().channels(), count);
    dv.write(at.dv(), at.dv().offset() + row * at.v().shape().channels(), count);
  }

  /** A block's rows of a head. */
  private Strided of(HeadRows from, int block, int head) {
    Strided all = from.head(head);
    return Strided.ofRows(all.values(), all.at() + block * width * all.rowStep(), all.rowStep());
  }

  private void divide(int place) {
    for (int r = 0; r < width; r++) {
      double total = totals[place + r];
      inverse[r] = total == 0 ? 0 : (float) (1 / total);
      means[r] = total == 0 ? 0 : (float) (dots[place + r] / total);
    }
  }

  /** To every value the mean over keys of the gradients of queries that could attend to none. */
  private void shareOut(int count) {
    double[] each = new double[heads * v.pitch];
    for (int n = 0; n < queries; n++) {
      if (shifts[n / width * heads * width + n % width] == Float.NEGATIVE_INFINITY) {
        for (int c = 0; c < each.length; c++) {
          each[c] += dy.values[n * dy.stride + c];
        }
      }
    }
    for (int j = 0; j < count; j++) {
      for (int c = 0; c < each.length; c++) {
        dv.values[j * dv.stride + c] += (float) (each[c] / at.k().shape().rows());
      }
    }
  }

  /** Sums by queries, to their rows or to what groups share. */
  private void collect(int group) {
    int channels = at.q().shape().channels();
    for (int n = 0; n < queries; n++) {
      for (int head = 0; head < heads; head++) {
        int from = (slot(n / width, head) * width + n % width) * q.pitch;
        if (shared == null) {
          at.dq().write(at.dq().row(group, 0) + n * channels + head * q.width, sums, from, q.width);
          continue;
        }
        int to = n * channels + head * q.width;
        for (int c = 0; c < q.width; c++) {
          shared[to + c] += sums[from + c];
        }
      }
    }
  }
}
