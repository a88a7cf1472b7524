package tributary.onnx;

import org.jspecify.annotations.Nullable;
import tributary.model.Weight;
import tributary.tensor.Attention.FullyMasked;

/**
 * The blocks of the encoders as ONNX operations, by the names of their weights (reference:
 * cross_block, self_block). Tensors are [batch, rows, channels] unless said otherwise.
 */
public final class Blocks {
  private final Layers layers;

  public Blocks(Layers layers) {
    this.layers = layers;
  }

  /** Multi-head attention with its projections; a query that may attend to nothing yields zero. */
  String attention(String queries, String inputs, String prefix, int heads, @Nullable String mask) {
    return attention(queries, inputs, inputs, prefix, heads, mask, FullyMasked.ZERO);
  }

  /** Values come from elsewhere than the keys; with a rule for fully masked queries. */
  String attention(
      String queries,
      String keys,
      String values,
      String prefix,
      int heads,
      @Nullable String mask,
      FullyMasked fullyMasked) {
    return attention(queries, keys, values, prefix, heads, 3, mask, null, fullyMasked);
  }

  private String attention(
      String queries,
      String keys,
      String values,
      String prefix,
      int heads,
      int rank,
      @Nullable String mask,
      @Nullable String logCounts,
      FullyMasked fullyMasked) {
    String attended =
        MultiHead.of(layers, prefix, heads, rank, fullyMasked)
            .attend(
                layers.linear(queries, Forms.below(prefix, "query")),
                layers.linear(keys, Forms.below(prefix, "key")),
                layers.linear(values, Forms.below(prefix, "value")),
                mask,
                logCounts);
    return layers.linear(attended, Forms.below(prefix, "output"));
  }

  /** z + output(activation(hidden(norm(z)))). */
  public String mlp(String z, String prefix) {
    String y = layers.normalize(z, prefix + ".mlp_norm");
    return layers.add(feedForward(y, prefix + ".mlp"), z);
  }

  /** output(activation(hidden(x))). */
  String feedForward(String x, String prefix) {
    String hidden = layers.activate(layers.linear(x, prefix + ".hidden"));
    return layers.linear(hidden, Forms.below(prefix, "output"));
  }

  /** Queries attend to the inputs, with pre-norms, residual where asked for, and MLP. */
  String cross(
      String queries,
      String inputs,
      String prefix,
      int heads,
      boolean queryResidual,
      @Nullable String mask,
      FullyMasked fullyMasked) {
    return cross(queries, inputs, prefix, heads, 3, queryResidual, mask, null, fullyMasked);
  }

  private String cross(
      String queries,
      String inputs,
      String prefix,
      int heads,
      int rank,
      boolean queryResidual,
      @Nullable String mask,
      @Nullable String logCounts,
      FullyMasked fullyMasked) {
    String x = layers.normalize(inputs, prefix + ".input_norm");
    String q = layers.normalize(queries, prefix + ".query_norm");
    String y = attention(q, x, x, prefix + ".attention", heads, rank, mask, logCounts, fullyMasked);
    return mlp(queryResidual ? layers.add(y, queries) : y, prefix);
  }

  /** Rows attend to each other, pre-norm, with residual and MLP; `count` layers prefix.0 and on. */
  public String selfLayers(String z, String prefix, int count, int heads) {
    for (int s = 0; s < count; s++) {
      String self = prefix + "." + s;
      String y = layers.normalize(z, self + ".norm");
      z = mlp(layers.add(attention(y, y, self + ".attention", heads, null), z), self);
    }
    return z;
  }

  /**
   * A level: latents attend to the inputs, then to each other (reference: _block).
   *
   * @param prefix of .latents, .cross and .self.0 and on
   * @param groups 0 for inputs [batch, rows, channels]; else inputs are [batch, groups, rows,
   *     channels] and every group has latents of its own
   */
  public String level(
      String inputs, String prefix, int groups, int crossHeads, int selfLayers, int selfHeads) {
    return level(inputs, prefix, groups, crossHeads, selfLayers, selfHeads, null);
  }

  /**
   * A level whose inputs count unequally.
   *
   * @param logCounts logarithm of how much each input counts, float [batch, 1, rows], for groups 0;
   *     null: each as one
   */
  public String level(
      String inputs,
      String prefix,
      int groups,
      int crossHeads,
      int selfLayers,
      int selfHeads,
      @Nullable String logCounts) {
    Weight w = layers.weight(prefix + ".latents");
    long channels = w.shape()[1];
    int rank = groups == 0 ? 3 : 4;
    long rows = w.shape()[0] / Math.max(1, groups);
    String latents =
        groups == 0
            ? layers.constant(prefix + ".latents", 1, rows, channels)
            : layers.constant(prefix + ".latents", 1, groups, rows, channels);
    String cross = prefix + ".cross";
    String z =
        cross(latents, inputs, cross, crossHeads, rank, true, null, logCounts, FullyMasked.ZERO);
    if (selfLayers == 0) {
      return z;
    }
    // Groups have the same weights from here on: more batch, one axis less.
    z = groups == 0 ? z : layers.reshape(z, -1, rows, channels);
    z = selfLayers(z, prefix + ".self", selfLayers, selfHeads);
    return groups == 0 ? z : layers.reshape(z, -1, groups, rows, channels);
  }
}
