package tributary.models.elastic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Calls;
import tributary.encode.Embedding;
import tributary.encode.LatentBlock;
import tributary.encode.Leaf;
import tributary.encode.PositionCodes;
import tributary.model.LevelSpec;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The steps of the elastic hierarchy (reference: elastic_encode): leaf groups to latents, sibling
 * sets to their parent's latents, roots to the embedding. Latents pass between steps as float[] [K,
 * C] on the heap. JVM-wide, immutable; a caller brings its scope.
 */
final class ElasticLevels {
  private final ElasticConfig config;
  private final Calls calls;
  private final Map<String, Embedding> embeddings = new LinkedHashMap<>();
  private final Map<String, PositionCodes> positions = new LinkedHashMap<>();
  private final Map<String, float[]> codes = new LinkedHashMap<>(); // [C of the last level]
  private final List<LatentBlock> levels = new ArrayList<>();
  private final List<float[]> slots = new ArrayList<>(); // [fan-in, width of the level below]
  private final Fusion fusion;
  private final Linear head;

  ElasticLevels(ElasticConfig config, Weights weights) {
    this.config = config;
    this.calls = Calls.of(config, weights.backend());
    config
        .modalities()
        .forEach(
            (name, spec) -> {
              embeddings.put(name, new Embedding(weights, name, spec));
              positions.put(name, new PositionCodes(weights, config, name));
              codes.put(name, weights.values("modality." + name));
            });
    for (int i = 0; i <= config.levels().size(); i++) {
      String name = i < config.levels().size() ? "levels." + i : "merge";
      levels.add(block(weights, name, config.level(i)));
      slots.add(i == 0 ? new float[0] : weights.values(name + ".slots"));
    }
    fusion = Fusion.of(config, weights);
    head = weights.linear("head");
  }

  private LatentBlock block(Weights weights, String name, LevelSpec level) {
    Activation activation = Calls.activation(config.activation());
    return LatentBlock.of(
        weights, name, 1, level.crossHeads(), level.selfLayers(), level.selfHeads(), activation);
  }

  Backend backend() {
    return calls.backend();
  }

  Calls calls() {
    return calls;
  }

  /** What makes level i: the fixed levels, then the merge level. */
  private LatentBlock level(int i) {
    return levels.get(Math.min(i, config.levels().size()));
  }

  Embedding embedding(String modality) {
    return known(embeddings.get(modality), modality);
  }

  private <T> T known(@Nullable T found, String modality) {
    if (found == null) {
      throw Invalid.argument("modality", modality, "one of " + embeddings.keySet());
    }
    return found;
  }

  /** Position codes of offsets within a group. */
  PositionCodes positions(String modality) {
    return known(positions.get(modality), modality);
  }

  /** Embedded tokens of leaf groups with their position codes, one group after the other. */
  private Tensor embedded(Scope scope, String modality, List<Leaf> leaves) {
    PositionCodes codes = positions(modality);
    return embedding(modality)
        .apply(scope, leaves, codes.none() ? null : positions(scope, codes, leaves));
  }

  /** Position codes of the tokens of one group where all groups are alike, else of each token. */
  private static Tensor positions(Scope scope, PositionCodes codes, List<Leaf> leaves) {
    int length = leaves.get(0).length();
    if (leaves.stream().allMatch(l -> l.visible() == null && l.length() == length)) {
      return codes.firstRows(scope, length);
    }
    return codes.rows(
        scope, leaves.stream().flatMapToInt(l -> Arrays.stream(l.offsets())).toArray());
  }

  /** Level 0: each leaf group, in the order given. */
  List<Subtree> leaves(Scope scope, String modality, List<Leaf> leaves) {
    float[][] out = new float[leaves.size()][];
    LatentBlock block = level(0);
    // Where shapes matter, a group that is wholly visible shares the positions of its length.
    List<List<Integer>> sets =
        calls.sets(
            leaves.size(),
            i -> leaves.get(i).count() == 0 ? 0 : 1,
            i -> leaves.get(i).visible() == null ? leaves.get(i).length() : -1 - i);
    for (List<Integer> set : sets) {
      if (leaves.get(set.get(0)).count() == 0) {
        nothing(scope, block, set, out);
        continue;
      }
      float[][] all =
          calls.run(
              scope,
              set,
              block.size(),
              (s, some) -> {
                List<Leaf> own = some.stream().map(leaves::get).toList();
                Lengths lengths = Lengths.of(own.stream().mapToInt(Leaf::count).toArray());
                return block.apply(s, embedded(s, modality, own), lengths, null);
              });
      scatter(set, out, all);
    }
    return with(out, i -> leaves.get(i).count());
  }

  /** Groups without inputs are all alike. */
  private void nothing(Scope scope, LatentBlock block, List<Integer> set, float[][] out) {
    float[] nothing = calls.run(scope, 1, block.size(), (s, a, b) -> block.applyToNothing(s));
    set.forEach(k -> out[k] = nothing.clone());
  }

  /**
   * Level i >= 1: each parent, from its children.
   *
   * <p>With proportional attention a child's latents count by how full the child is (reference:
   * _level). Children that are alike full, as all but the last of a modality are, need no weights.
   *
   * @param siblings for each parent its 1 to fan-in children, in order, the first in slot 0
   */
  List<Subtree> parents(Scope scope, int i, List<List<Subtree>> siblings) {
    List<Siblings> sets = siblings.stream().map(own -> siblings(i, own)).toList();
    float[][] out = new float[siblings.size()][];
    LatentBlock block = level(i);
    int width = config.level(i - 1).channels();
    for (List<Integer> set :
        calls.sets(sets.size(), k -> sets.get(k).kind(), k -> sets.get(k).shape())) {
      if (sets.get(set.get(0)).size() == 0) {
        nothing(scope, block, set, out);
        continue;
      }
      float[][] all =
          calls.run(
              scope,
              set,
              block.size(),
              (s, some) -> {
                List<Siblings> own = some.stream().map(sets::get).toList();
                int[] rows = own.stream().mapToInt(o -> o.size() / width).toArray();
                return block.apply(s, joined(s, i, own), Lengths.of(rows), counts(own, width));
              });
      scatter(set, out, all);
    }
    return with(out, k -> siblings.get(k).stream().mapToLong(Subtree::tokens).sum());
  }

  private static List<Subtree> with(float[][] latents, IntToLongFunction tokens) {
    return IntStream.range(0, latents.length)
        .mapToObj(i -> new Subtree(latents[i], tokens.applyAsLong(i)))
        .toList();
  }

  /** The children of one parent that are heard. */
  private Siblings siblings(int i, List<Subtree> children) {
    if (!config.proportional()) {
      return new Siblings(children, IntStream.range(0, children.size()).toArray(), null);
    }
    int[] slots =
        IntStream.range(0, children.size()).filter(c -> children.get(c).tokens() > 0).toArray();
    List<Subtree> heard = Arrays.stream(slots).mapToObj(children::get).toList();
    boolean alike = heard.stream().mapToLong(Subtree::tokens).distinct().count() <= 1;
    float[] fills = new float[heard.size()];
    for (int c = 0; c < fills.length; c++) {
      fills[c] = (float) (heard.get(c).tokens() / config.capacity(i - 1));
    }
    return new Siblings(heard, slots, alike ? null : fills);
  }

  /**
   * Children of one parent.
   *
   * @param slots their places among all children
   * @param fills how full each is; null where they are alike
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Siblings(List<Subtree> children, int[] slots, float @Nullable [] fills) {
    int size() {
      return children.stream().mapToInt(c -> c.latents().length).sum();
    }

    /** Without rows, without weights, with weights. */
    int kind() {
      return children.isEmpty() ? 0 : fills == null ? 1 : 2;
    }

    /** Sets of equal shapes go together; so do those with weights. */
    int shape() {
      return 2 * size() + (fills == null ? 0 : 1);
    }
  }

  /** Each child's latents + slots[its place], one after the other: [1, rows of all, width]. */
  private Tensor joined(Scope scope, int i, List<Siblings> sets) {
    int width = config.level(i - 1).channels();
    float[] joined = new float[sets.stream().mapToInt(Siblings::size).reduce(0, Math::addExact)];
    int at = 0;
    for (Siblings own : sets) {
      for (int c = 0; c < own.slots().length; c++) {
        float[] latents = own.children().get(c).latents();
        at = plus(latents, slots(i), own.slots()[c], width, joined, at);
      }
    }
    return scope.upload(Shape.matrix(joined.length / width, width), joined, 0);
  }

  /** How much each row of {@link #joined} counts; null where each counts as one. */
  private static @Nullable KeyWeights counts(List<Siblings> sets, int width) {
    if (sets.get(0).fills() == null) {
      return null;
    }
    float[] counts = new float[sets.stream().mapToInt(Siblings::size).sum() / width];
    int at = 0;
    for (Siblings own : sets) {
      float[] fills = Objects.requireNonNull(own.fills());
      for (int c = 0; c < fills.length; c++) {
        int rows = own.children().get(c).latents().length / width;
        Arrays.fill(counts, at, at + rows, fills[c]);
        at += rows;
      }
    }
    return new KeyWeights(counts, 1, counts.length);
  }

  /** Where the latents of a leaf look, each by what it counts: the share of each of its tokens. */
  double[] leafShares(Scope scope, String modality, Leaf leaf, double[] latents) {
    return level(0).shares(scope, embedded(scope, modality, List.of(leaf)), null, 0, latents);
  }

  /**
   * Where the latents of a node of level i >= 1 look, each by what it counts: the shares of each
   * child's latents; zeros for a child that isn't heard.
   */
  List<double[]> childShares(Scope scope, int i, List<Subtree> children, double[] latents) {
    Siblings own = siblings(i, children);
    Tensor x = joined(scope, i, List.of(own));
    int width = x.shape().channels();
    double[] rows = level(i).shares(scope, x, counts(List.of(own), width), 0, latents);
    List<double[]> shares = new ArrayList<>();
    children.forEach(c -> shares.add(new double[c.latents().length / width]));
    int at = 0;
    for (int slot : own.slots()) {
      double[] child = shares.get(slot);
      System.arraycopy(rows, at, child, 0, child.length);
      at += child.length;
    }
    return shares;
  }

  private float[] slots(int i) {
    return slots.get(Math.min(i, config.levels().size()));
  }

  private static int plus(float[] x, float[] codes, int row, int width, float[] to, int at) {
    for (int i = 0; i < x.length; i++) {
      to[at + i] = x[i] + codes[row * width + i % width];
    }
    return at + x.length;
  }

  private static void scatter(List<Integer> set, float[][] out, float[][] all) {
    for (int k = 0; k < all.length; k++) {
      out[set.get(k)] = all[k];
    }
  }

  /** The fusion latents [K, C] over the roots of the modalities present, by name. */
  float[] fuse(Scope scope, SortedMap<String, float[]> roots) {
    return fuse(scope, List.of(roots)).get(0);
  }

  /** The fusion latents of each record. */
  List<float[]> fuse(Scope scope, List<SortedMap<String, float[]>> records) {
    List<SortedMap<String, float[]>> coded = records.stream().map(this::coded).toList();
    int size = config.fusion().latents() * config.fusion().channels();
    return together(
        scope,
        coded.size(),
        i -> coded.get(i).isEmpty() ? 0 : 1,
        size,
        (s, some) -> fusion.apply(s, some.stream().map(coded::get).toList()));
  }

  /** Calls of many records, or of each alone where the backend's products have one shape. */
  private List<float[]> together(
      Scope scope, int records, IntUnaryOperator kind, int size, Calls.SetCall call) {
    if (!calls.together()) {
      return IntStream.range(0, records)
          .mapToObj(i -> calls.run(scope, 1, size, (s, a, b) -> call.run(s, List.of(i))))
          .toList();
    }
    float[][] out = new float[records][];
    for (List<Integer> set : Calls.byShape(records, kind)) {
      scatter(set, out, calls.run(scope, set, size, call));
    }
    return List.of(out);
  }

  /** Where the fusion latents look: the shares of each root's latents, adding up to 1. */
  SortedMap<String, double[]> rootShares(Scope scope, SortedMap<String, float[]> roots) {
    double[] rows = fusion.shares(scope, coded(roots));
    TreeMap<String, double[]> shares = new TreeMap<>();
    int at = 0;
    for (Map.Entry<String, float[]> root : roots.entrySet()) {
      int latents = root.getValue().length / config.last().channels();
      shares.put(root.getKey(), Arrays.copyOfRange(rows, at, at + latents));
      at += latents;
    }
    return shares;
  }

  /** Roots with their modality's code added. */
  private SortedMap<String, float[]> coded(SortedMap<String, float[]> roots) {
    TreeMap<String, float[]> coded = new TreeMap<>();
    roots.forEach(
        (name, root) -> {
          float[] code = known(codes.get(name), name);
          float[] sum = new float[root.length];
          plus(root, code, 0, code.length, sum, 0);
          coded.put(name, sum);
        });
    return coded;
  }

  /** The embedding: the mean over the fusion latents, projected. */
  float[] embed(Scope scope, float[] fused) {
    return embed(scope, List.of(fused)).get(0);
  }

  /** The embedding of each record. */
  List<float[]> embed(Scope scope, List<float[]> fused) {
    int rows = config.fusion().latents();
    int width = config.fusion().channels();
    return together(
        scope,
        fused.size(),
        i -> 0,
        config.embeddingDim(),
        (s, some) -> {
          float[] latents = new float[some.size() * rows * width];
          for (int k = 0; k < some.size(); k++) {
            System.arraycopy(fused.get(some.get(k)), 0, latents, k * rows * width, rows * width);
          }
          Tensor x = s.upload(new Shape(some.size(), rows, width), latents, 0);
          return s.linear(s.meanRows(x), head, Activation.NONE);
        });
  }
}
