package tributary.encode;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.attention.CrossBlock;
import tributary.attention.SelfBlock;
import tributary.attention.Weights;
import tributary.tensor.Activation;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * One level: learned latents attend to a group's inputs, then to each other (reference: _block).
 * The latents' projected queries are computed once, when the block is made, or, where weights are
 * learnt, in each call. JVM-wide, immutable.
 */
public final class LatentBlock {
  private final Tensor latents; // [1, K, C], or one set per group: [G, K, C]
  private final @Nullable Tensor projected; // [1 or G, K, heads * d]; null while it is learnt
  private final CrossBlock cross;
  private final List<SelfBlock> layers;

  private LatentBlock(
      Tensor latents, @Nullable Tensor projected, CrossBlock cross, List<SelfBlock> layers) {
    this.latents = latents;
    this.projected = projected;
    this.cross = cross;
    this.layers = layers;
  }

  /**
   * Reads prefix.latents, prefix.cross and prefix.self.0 and on.
   *
   * @param groups 1 where all groups share the latents, else their number
   */
  public static LatentBlock of(
      Weights weights,
      String prefix,
      int groups,
      int crossHeads,
      int selfLayers,
      int selfHeads,
      Activation activation) {
    Tensor latents = weights.table(prefix + ".latents", groups);
    CrossBlock cross = CrossBlock.of(weights, prefix + ".cross", crossHeads, activation, true);
    List<SelfBlock> layers = new ArrayList<>();
    for (int s = 0; s < selfLayers; s++) {
      layers.add(SelfBlock.of(weights, prefix + ".self." + s, selfHeads, activation));
    }
    Tensor projected = null;
    if (!weights.learning()) {
      try (Scope scope = weights.backend().open(0)) {
        Tensor q = cross.project(scope, latents);
        float[] values = scope.values(q);
        projected = weights.constant(prefix + ".projected", q.shape(), values);
      }
    }
    return new LatentBlock(latents, projected, cross, List.copyOf(layers));
  }

  /** Rows of a group's result. */
  public int rows() {
    return latents.shape().rows();
  }

  int channels() {
    return latents.shape().channels();
  }

  /** Values of a group's result. */
  public int size() {
    return rows() * channels();
  }

  /**
   * Encodes groups.
   *
   * @param inputs [g, m, w], m >= 1
   * @param first number of the first of these groups, where each has latents of its own
   * @return [g, K, C]
   */
  public Tensor apply(Scope scope, Tensor inputs, int first) {
    return apply(scope, inputs, null, first);
  }

  /**
   * Encodes groups whose inputs count unequally.
   *
   * @param inputs [g, m, w], m >= 1
   * @param counts how much each input counts, [g, m]; null: each as one
   * @param first number of the first of these groups, where each has latents of its own
   * @return [g, K, C]
   */
  public Tensor apply(Scope scope, Tensor inputs, @Nullable KeyWeights counts, int first) {
    int groups = inputs.shape().groups();
    Tensor own = of(scope, latents, first, groups);
    Tensor queries = of(scope, queries(scope), first, groups);
    return layers(scope, cross.apply(scope, own, queries, inputs, null, counts));
  }

  /**
   * Encodes groups of unequal length, where all groups share the latents.
   *
   * @param inputs [1, total, w], one group after the other
   * @param counts how much each input counts, [1, total]; null: each as one
   * @return [groups, K, C]
   */
  public Tensor apply(Scope scope, Tensor inputs, Lengths lengths, @Nullable KeyWeights counts) {
    int groups = lengths.groups();
    if (!lengths.equal()) {
      return layers(
          scope, cross.applyToEach(scope, latents, queries(scope), inputs, lengths, counts));
    }
    Shape shape = new Shape(groups, lengths.length(0), inputs.shape().channels());
    return apply(scope, scope.reshape(inputs, shape), counts == null ? null : counts.of(groups), 0);
  }

  /** Encodes groups with something added to their latents: skip [g, K, C]. */
  public Tensor applySkipping(Scope scope, Tensor inputs, Tensor skip, int first) {
    Tensor own = of(scope, latents, first, inputs.shape().groups());
    return layers(scope, cross.apply(scope, scope.add(skip, own), inputs));
  }

  /**
   * Encodes the groups of several records at once.
   *
   * @param inputs [records * groups, m, w], m >= 1, the groups of one record after the other
   * @param first number of a record's first of these groups, where each has latents of its own
   * @param groups of a record
   * @param skip added to the latents, [records * groups, K, C]; null for nothing
   * @return [records * groups, K, C]
   */
  public Tensor applyToRecords(
      Scope scope, Tensor inputs, int first, int groups, @Nullable Tensor skip) {
    int records = inputs.shape().groups() / groups;
    Tensor own = repeated(scope, of(scope, latents, first, groups), records);
    if (skip != null) {
      return layers(scope, cross.apply(scope, scope.add(skip, own), inputs));
    }
    Tensor queries = repeated(scope, of(scope, queries(scope), first, groups), records);
    return layers(scope, cross.apply(scope, own, queries, inputs));
  }

  /** Groups [g, n, c] as often as there are records: [records * g, n, c]; one serves all. */
  private static Tensor repeated(Scope scope, Tensor x, int records) {
    Shape shape = x.shape();
    if (records == 1 || shape.groups() == 1) {
      return x;
    }
    Shape joined = Shape.matrix(shape.groups() * shape.rows(), shape.channels());
    return scope.reshape(
        scope.repeat(scope.reshape(x, joined), records),
        new Shape(records * shape.groups(), shape.rows(), shape.channels()));
  }

  /** A group without inputs: [1, K, C]. */
  public Tensor applyToNothing(Scope scope) {
    return layers(scope, cross.applyToNothing(scope, latents));
  }

  /**
   * Where the latents look in the cross-attend: to each input row the mean over heads of its
   * attention weights, softmax(q k^T / sqrt(d)) in double, each latent by what it counts itself.
   *
   * @param inputs [1, m, w], m >= 1
   * @param counts how much each input counts, [1, m]; null: each as one
   * @param group its number, where each group has latents of its own
   * @param latents what each of the group's latents counts, [K]
   * @return [m], adding up to what the latents add up to
   */
  public double[] shares(
      Scope scope, Tensor inputs, @Nullable KeyWeights counts, int group, double[] latents) {
    return AttentionShares.of(
        scope, cross, of(scope, queries(scope), group, 1), inputs, counts, latents);
  }

  /** The latents' projected queries: [1 or G, K, heads * d]. */
  private Tensor queries(Scope scope) {
    return projected == null ? cross.project(scope, latents) : projected;
  }

  private Tensor layers(Scope scope, Tensor z) {
    for (SelfBlock layer : layers) {
      z = layer.apply(scope, z);
    }
    return z;
  }

  private static Tensor of(Scope scope, Tensor x, int first, int groups) {
    Shape shape = x.shape();
    return shape.groups() == 1 ? x : scope.groups(x, first, first + groups);
  }
}
