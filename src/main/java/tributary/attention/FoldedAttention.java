package tributary.attention;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Cross-attention of few queries to many wide inputs x without projecting these: scores are q_h
 * W_k,h x^T, so the key layer is folded into the queries; the sum of attended inputs goes through
 * the value layer once, instead of every input. The same function as {@link CrossAttention}, in
 * another order of rounding: a bias of the keys adds the same to all scores of a query and drops
 * out, weights that add up to 1 leave the bias of the values as it is. JVM-wide, immutable.
 *
 * <p>Each head is a set of queries of its own: [1, heads * n, inputs' channels], one head.
 */
public final class FoldedAttention {
  private final CrossAttention attention;
  private final List<Linear> keys = new ArrayList<>(); // a head: [inputs' channels, d]
  private final List<Linear> values = new ArrayList<>(); // a head: [e, inputs' channels]

  private FoldedAttention(Weights weights, String prefix, CrossAttention attention) {
    this.attention = attention;
    int heads = attention.heads();
    int width = attention.key().inputs();
    float[] key = weights.values(prefix + ".key.weight");
    float[] value = weights.values(prefix + ".value.weight");
    String bias = prefix + ".value.bias";
    int d = attention.key().outputs() / heads;
    int e = attention.value().outputs() / heads;
    for (int h = 0; h < heads; h++) {
      float[] transposed = new float[width * d];
      for (int c = 0; c < width; c++) {
        for (int i = 0; i < d; i++) {
          transposed[c * d + i] = key[(h * d + i) * width + c];
        }
      }
      String name = prefix + ".folded." + h;
      Tensor k = weights.constant(name + ".key", Shape.matrix(width, d), transposed);
      float[] own = Arrays.copyOfRange(value, h * e * width, (h + 1) * e * width);
      Tensor v = weights.constant(name + ".value", Shape.matrix(e, width), own);
      keys.add(new Linear(k, null));
      values.add(
          new Linear(
              v,
              weights.has(bias)
                  ? weights.constant(
                      name + ".bias",
                      Shape.vector(e),
                      Arrays.copyOfRange(weights.values(bias), h * e, (h + 1) * e))
                  : null));
    }
  }

  /** Folds the layers prefix.key and prefix.value, of which the attention was made. */
  public static FoldedAttention of(Weights weights, String prefix, CrossAttention attention) {
    return new FoldedAttention(weights, prefix, attention);
  }

  /** Whether folding takes fewer operations for each input that n queries attend to. */
  public static boolean saves(CrossAttention attention, int queries) {
    return foldedOperations(attention, queries) < operations(attention, queries);
  }

  /** Multiplications with additions for each input: its key and value, its scores, its share. */
  static long operations(CrossAttention attention, int queries) {
    long keys = attention.key().outputs();
    long values = attention.value().outputs();
    return (attention.key().inputs() + (long) queries) * (keys + values);
  }

  /** Operations for each input where it is key and value itself, for every head. */
  static long foldedOperations(CrossAttention attention, int queries) {
    return 2L * queries * attention.heads() * attention.key().inputs();
  }

  /** The fold of projected queries [1, n, heads * d]: [1, heads * n, inputs' channels]. */
  public Tensor queries(Scope scope, Tensor projected) {
    int heads = attention.heads();
    int n = projected.shape().rows();
    int d = projected.shape().channels() / heads;
    float[] all = scope.values(projected);
    List<Tensor> folded = new ArrayList<>();
    for (int h = 0; h < heads; h++) {
      float[] own = new float[n * d];
      for (int i = 0; i < n; i++) {
        System.arraycopy(all, (i * heads + h) * d, own, i * d, d);
      }
      folded.add(
          scope.linear(scope.upload(Shape.matrix(n, d), own, 0), keys.get(h), Activation.NONE));
    }
    return scope.concatRows(folded);
  }

  /** One head, and the scale of the heads that were folded. */
  public Attention softmax() {
    double width = attention.query().outputs() / (double) attention.heads();
    return new Attention(1, 1 / Math.sqrt(width), attention.fullyMasked());
  }

  /**
   * The attended inputs [1, heads * n, inputs' channels] through the value layer: [1, n, heads *
   * e], what {@link CrossAttention#attend} gives. Not for queries without any input.
   */
  public Tensor values(Scope scope, Tensor attended) {
    int heads = attention.heads();
    int n = attended.shape().rows() / heads;
    int width = attended.shape().channels();
    int e = attention.value().outputs() / heads;
    float[] all = new float[n * heads * e];
    Tensor byHead = scope.reshape(attended, new Shape(heads, n, width));
    for (int h = 0; h < heads; h++) {
      Tensor own = scope.linear(scope.groups(byHead, h, h + 1), values.get(h), Activation.NONE);
      float[] rows = scope.values(own);
      for (int i = 0; i < n; i++) {
        System.arraycopy(rows, i * e, all, (i * heads + h) * e, e);
      }
    }
    return scope.upload(Shape.matrix(n, heads * e), all, 0);
  }
}
