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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.AttentionShares;
import tributary.encode.Calls;
import tributary.encode.Embedding;
import tributary.encode.LatentBlock;
import tributary.encode.Leaf;
import tributary.model.LevelSpec;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.KeyWeights;
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
  private final Map<String, Tensor> positions = new LinkedHashMap<>(); // [1, group size, E]
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
              positions.put(name, weights.table("position." + name + ".table"));
              codes.put(name, weights.values("modality." + name));
            });
    for (int i = 0; i <= config.levels().size(); i++) {
      String name = i < config.levels().size() ? "levels." + i : "merge";
      levels.add(block(weights, name, config.level(i)));
      slots.add(i == 0 ? new float[0] : weights.values(name + ".slots"));
    }
    fusion = Fusion.of(config, weights, codes);
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

  /** Position codes of the first n offsets: [1, n, E]. */
  Tensor positions(Scope scope, String modality, int[] offsets) {
    Tensor table = known(positions.get(modality), modality);
    return offsets.length == config.groupSize() ? table : scope.lookup(table, offsets);
  }

  /** Level 0: each leaf group, in the order given. */
  List<Subtree> leaves(Scope scope, String modality, List<Leaf> leaves) {
    Embedding embedding = embedding(modality);
    float[][] out = new float[leaves.size()][];
    LatentBlock block = level(0);
    // Groups that are wholly visible and equally long share their positions; a masked one is alone.
    for (List<Integer> set :
        Calls.byShape(
            leaves.size(),
            i -> leaves.get(i).visible() == null ? leaves.get(i).length() : -1 - i)) {
      Leaf first = leaves.get(set.get(0));
      scatter(
          set,
          out,
          calls.run(
              scope,
              set,
              block.size(),
              (s, some) -> {
                if (first.count() == 0) {
                  return block.applyToNothing(s);
                }
                List<Leaf> own = some.stream().map(leaves::get).toList();
                Tensor at = positions(s, modality, first.offsets());
                return block.apply(s, embedding.apply(s, own, at), 0);
              }));
    }
    return with(out, i -> leaves.get(i).count());
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
    for (List<Integer> set : Calls.byShape(sets.size(), k -> sets.get(k).shape())) {
      Siblings first = sets.get(set.get(0));
      int rows = first.size() / width;
      if (rows == 0) {
        float[] nothing = calls.run(scope, 1, block.size(), (s, a, b) -> block.applyToNothing(s));
        set.forEach(k -> out[k] = nothing.clone());
        continue;
      }
      scatter(
          set,
          out,
          calls.run(
              scope,
              set,
              block.size(),
              (s, some) -> {
                List<Siblings> own = some.stream().map(sets::get).toList();
                return block.apply(s, joined(s, i, own), counts(own, rows), 0);
              }));
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

    /** Sets of equal shapes go together; so do those with weights. */
    int shape() {
      return 2 * size() + (fills == null ? 0 : 1);
    }
  }

  /** Each child's latents + slots[its place], one after the other: [sets, rows, width]. */
  private Tensor joined(Scope scope, int i, List<Siblings> sets) {
    int width = config.level(i - 1).channels();
    int size = sets.get(0).size();
    float[] joined = new float[Math.multiplyExact(sets.size(), size)];
    int at = 0;
    for (Siblings own : sets) {
      for (int c = 0; c < own.slots().length; c++) {
        float[] latents = own.children().get(c).latents();
        at = plus(latents, slots(i), own.slots()[c], width, joined, at);
      }
    }
    return scope.upload(new Shape(sets.size(), size / width, width), joined, 0);
  }

  /** How much each row of {@link #joined} counts; null where each counts as one. */
  private static @Nullable KeyWeights counts(List<Siblings> sets, int rows) {
    if (sets.get(0).fills() == null) {
      return null;
    }
    float[] counts = new float[sets.size() * rows];
    for (int k = 0; k < sets.size(); k++) {
      float[] fills = Objects.requireNonNull(sets.get(k).fills());
      for (int row = 0; row < rows; row++) {
        counts[k * rows + row] = fills[row / (rows / fills.length)];
      }
    }
    return new KeyWeights(counts, sets.size(), rows);
  }

  /** Where level 0 looks: the share of each token of a leaf, adding up to 1. */
  double[] leafShares(Scope scope, String modality, Leaf leaf) {
    Tensor at = positions(scope, modality, leaf.offsets());
    return level(0).shares(scope, embedding(modality).apply(scope, List.of(leaf), at));
  }

  /** Where a node of level i >= 1 looks: the share of each of its children, adding up to 1. */
  double[] childShares(Scope scope, int i, List<Subtree> children) {
    Siblings own = siblings(i, children);
    Tensor x = joined(scope, i, List.of(own));
    KeyWeights counts = counts(List.of(own), x.shape().rows());
    double[] heard = AttentionShares.sums(level(i).shares(scope, x, counts), own.slots().length);
    double[] shares = new double[children.size()];
    for (int c = 0; c < heard.length; c++) {
      shares[own.slots()[c]] = heard[c];
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

  private static void scatter(List<Integer> set, float[][] out, float[] all) {
    int size = all.length / set.size();
    for (int k = 0; k < set.size(); k++) {
      out[set.get(k)] = Arrays.copyOfRange(all, k * size, (k + 1) * size);
    }
  }

  /** The fusion latents [K, C] over the roots of the modalities present, by name. */
  float[] fuse(Scope scope, SortedMap<String, float[]> roots) {
    SortedMap<String, float[]> coded = coded(roots);
    return calls.run(
        scope,
        1,
        config.fusion().latents() * config.fusion().channels(),
        (s, from, to) -> fusion.apply(s, coded));
  }

  /** Where the fusion latents look: each modality's share, by name, adding up to 1. */
  double[] rootShares(Scope scope, SortedMap<String, float[]> roots) {
    return fusion.shares(scope, coded(roots));
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
    Shape shape = Shape.matrix(config.fusion().latents(), config.fusion().channels());
    return calls.run(
        scope,
        1,
        config.embeddingDim(),
        (s, from, to) -> s.linear(s.meanRows(s.upload(shape, fused, 0)), head, Activation.NONE));
  }
}
