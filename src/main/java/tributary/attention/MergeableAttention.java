package tributary.attention;

import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.merge.AttentionState;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.LayerNorm;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Attention of fixed queries to keys that come in parts, in any order and grouping: a part leaves a
 * {@link State}, states merge, and the merged state finishes as the whole would have (Rabe and
 * Staats 2021). Projections, scores and sums are plain Java in double, each key on its own, so that
 * the results of all groupings are equal bits after the last rounding to float.
 *
 * <p>Made on the driver from a form of any backend; holds its weights on the heap, is immutable and
 * goes to executors by Java's serialization.
 */
public final class MergeableAttention implements Serializable {
  private static final long serialVersionUID = 1;

  private final int heads;
  private final int queries; // n
  private final double[] projected; // [n, heads * d], scaled
  private final HeapLinear key; // [heads * d, channels of the keys]
  private final HeapLinear value; // [heads * e, channels of the values]
  private final HeapLinear output; // [channels out, heads * e]
  private final @Nullable HeapNorm norm;
  private final FullyMasked fullyMasked;
  private final float[] fixedKeys; // [N, heads * d]
  private final float[] fixedValues; // [N, heads * e]

  /**
   * @param projected what the queries look for [1, n, heads * d]
   * @param norm what keys and values go through first, or null
   * @param fixedKeys projected keys [1, N, heads * d] that are always there and count once: a null
   *     key, persistent memory; or null
   * @param fixedValues theirs [1, N, heads * e]
   */
  static MergeableAttention of(
      Scope scope,
      CrossAttention attention,
      Tensor projected,
      @Nullable LayerNorm norm,
      @Nullable Tensor fixedKeys,
      @Nullable Tensor fixedValues) {
    Shape shape = projected.shape();
    if (shape.groups() != 1) {
      throw Invalid.argument("queries", shape, "one group, attended to in parts");
    }
    return new MergeableAttention(scope, attention, projected, norm, fixedKeys, fixedValues);
  }

  /**
   * Attention without projections: softmax(q k^T / sqrt(d)) v for each of the heads, which channels
   * are split among. For embeddings that are comparable as they are.
   *
   * @param queries [n, channels], also the channels of keys and values
   */
  public static MergeableAttention plain(float[][] queries, int heads) {
    return new MergeableAttention(queries, heads);
  }

  private MergeableAttention(float[][] queries, int heads) {
    if (queries.length == 0 || queries[0].length == 0) {
      throw Invalid.argument(
          "queries", (queries.length == 0 ? "[]" : "[[]]"), "at least one number");
    }
    int channels = queries[0].length;
    for (int i = 0; i < queries.length; i++) {
      if (queries[i].length != channels) {
        throw Invalid.argument(
            "queries",
            "row " + i + " has " + queries[i].length + " numbers",
            "as row 0: " + channels);
      }
    }
    if (heads < 1 || channels % heads != 0) {
      throw Invalid.argument("heads", heads, "divides the channels of the queries, " + channels);
    }
    this.heads = heads;
    this.queries = queries.length;
    double scale = 1 / Math.sqrt(channels / (double) heads);
    this.projected = new double[this.queries * channels];
    Arrays.setAll(projected, i -> scale * queries[i / channels][i % channels]);
    this.key = new HeapLinear(channels, channels, null, null);
    this.value = key;
    this.output = key;
    this.norm = null;
    this.fullyMasked = FullyMasked.ZERO;
    this.fixedKeys = new float[0];
    this.fixedValues = new float[0];
  }

  private MergeableAttention(
      Scope scope,
      CrossAttention attention,
      Tensor projected,
      @Nullable LayerNorm norm,
      @Nullable Tensor fixedKeys,
      @Nullable Tensor fixedValues) {
    this.heads = attention.heads();
    this.queries = projected.shape().rows();
    double scale = 1 / Math.sqrt(attention.query().outputs() / (double) heads);
    float[] q = scope.values(projected);
    this.projected = new double[q.length];
    Arrays.setAll(this.projected, i -> scale * q[i]);
    this.key = HeapLinear.of(scope, attention.key());
    this.value = HeapLinear.of(scope, attention.value());
    this.output = HeapLinear.of(scope, attention.output());
    this.norm = norm == null ? null : HeapNorm.of(scope, norm);
    this.fullyMasked = attention.fullyMasked();
    this.fixedKeys = fixedKeys == null ? new float[0] : scope.values(fixedKeys);
    this.fixedValues = fixedValues == null ? new float[0] : scope.values(fixedValues);
  }

  /** Number of queries n. */
  public int queries() {
    return queries;
  }

  /** Channels of a key. */
  public int keyChannels() {
    return key.inputs();
  }

  /** Channels of a value. */
  public int valueChannels() {
    return value.inputs();
  }

  /** Channels of a result's row. */
  public int outputs() {
    return output.outputs();
  }

  /** The state of no keys, the identity of {@link State#merge}. */
  public State empty() {
    return new State(queries, heads, value.outputs(), fullyMasked == FullyMasked.UNIFORM);
  }

  /** Takes rows that are keys and values in one, all of which may be attended to. */
  public void accept(State state, float[] rows) {
    accept(state, rows, rows, null);
  }

  /**
   * Takes a part of the keys into a state.
   *
   * @param keys [m, channels of a key]
   * @param values [m, channels of a value], row by row those of the keys
   * @param mask of these m keys, one group; null for all
   */
  public void accept(State state, float[] keys, float[] values, @Nullable Mask mask) {
    int m = keys.length / key.inputs();
    if (m * key.inputs() != keys.length) {
      throw Invalid.argument("keys", keys.length + " numbers", "rows of " + key.inputs());
    }
    if (values.length != m * value.inputs()) {
      throw Invalid.argument(
          "values",
          values.length + " numbers",
          m + " rows of " + value.inputs() + ", as there are keys");
    }
    if (mask != null && !fits(mask, m)) {
      throw Invalid.argument(
          "mask",
          "[" + mask.groups() + ", " + mask.queries() + ", " + mask.keys() + "]",
          queries + " queries or 1, " + m + " keys");
    }
    for (int row = 0; row < m; row++) {
      float[] k = key.apply(normalized(keys, row, key.inputs()));
      float[] v = value.apply(normalized(values, row, value.inputs()));
      take(state, k, 0, v, 0, mask, row);
    }
  }

  private boolean fits(Mask mask, int m) {
    return mask.groups() == 1
        && (mask.queries() == queries || mask.queries() == 1)
        && mask.keys() == m;
  }

  /** One projected key: k [heads * d] and v [heads * e] from their places on. */
  private void take(
      State state, float[] k, int keyAt, float[] v, int valueAt, @Nullable Mask mask, int row) {
    int d = key.outputs() / heads;
    int e = value.outputs() / heads;
    for (int n = 0; n < queries; n++) {
      if (mask != null && !mask.allowed(0, n, row)) {
        continue;
      }
      for (int h = 0; h < heads; h++) {
        double score = 0;
        for (int i = 0; i < d; i++) {
          score += projected[(n * heads + h) * d + i] * k[keyAt + h * d + i];
        }
        state.attended[n * heads + h].accept(score, v, valueAt + h * e);
      }
    }
    if (state.all != null) {
      state.all.accept(0, v, valueAt);
    }
  }

  private float[] normalized(float[] rows, int row, int channels) {
    float[] x = Arrays.copyOfRange(rows, row * channels, (row + 1) * channels);
    return norm == null ? x : norm.apply(x);
  }

  /**
   * The result of all keys that the state has seen, with the output projection: [n, channels out].
   * A query that saw none yields the projection of zero, or of the mean of all values, as the form
   * says. The state may take more keys afterwards.
   */
  public float[] finish(State state) {
    State whole = empty();
    whole.merge(state);
    int d = key.outputs();
    for (int i = 0; i < fixedKeys.length / d; i++) {
      take(whole, fixedKeys, i * d, fixedValues, i * value.outputs(), null, 0);
    }
    float[] y = new float[queries * outputs()];
    for (int n = 0; n < queries; n++) {
      float[] row = output.apply(whole.row(n));
      System.arraycopy(row, 0, y, n * row.length, row.length);
    }
    return y;
  }

  /** What a merged state finishes as, as a tensor [1, n, channels out]. */
  public Tensor finish(Scope scope, State state) {
    return scope.upload(Shape.matrix(queries, outputs()), finish(state), 0);
  }

  /**
   * What some of the keys leave behind: an {@link AttentionState} for each query and head. Lives in
   * a task; one thread.
   */
  public static final class State implements Serializable {
    private static final long serialVersionUID = 1;

    private final int heads;
    private final int width; // heads * e
    private final AttentionState[] attended; // [n, heads], of e channels
    private final @Nullable AttentionState all; // of heads * e channels; every key alike

    private State(int queries, int heads, int width, boolean uniform) {
      this.heads = heads;
      this.width = width;
      this.attended = new AttentionState[queries * heads];
      Arrays.setAll(attended, i -> new AttentionState(width / heads));
      this.all = uniform ? new AttentionState(width) : null;
    }

    /** Merges another state of the same attention into this one. */
    public void merge(State other) {
      if (other.attended.length != attended.length
          || other.width != width
          || (other.all == null) != (all == null)) {
        throw new IllegalArgumentException(
            "Cannot merge states: " + other.describe() + " into " + describe());
      }
      for (int i = 0; i < attended.length; i++) {
        attended[i].merge(other.attended[i]);
      }
      if (all != null && other.all != null) {
        all.merge(other.all);
      }
    }

    /** Whether no query has seen a key. */
    public boolean empty() {
      for (AttentionState state : attended) {
        if (!state.empty()) {
          return false;
        }
      }
      return true;
    }

    /** One query's attended values [heads * e]. */
    private float[] row(int query) {
      float[] row = new float[width];
      int e = width / heads;
      boolean mean = all != null && attended[query * heads].empty();
      for (int h = 0; h < heads && !mean; h++) {
        System.arraycopy(attended[query * heads + h].finish(), 0, row, h * e, e);
      }
      return mean && all != null ? all.finish() : row;
    }

    private String describe() {
      return "[queries * heads "
          + attended.length
          + ", channels "
          + width / heads
          + (all == null ? "]" : ", uniform]");
    }
  }
}
