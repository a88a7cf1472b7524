package tributary.models.elastic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.encode.AttentionShares;
import tributary.encode.Calls;
import tributary.encode.Embedding;
import tributary.encode.LatentBlock;
import tributary.encode.Leaf;
import tributary.model.LevelSpec;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The steps of the elastic hierarchy (reference: elastic_encode): leaf groups to latents, sibling
 * sets to their parent's latents, roots to the embedding. Latents pass between steps as float[] [K,
 * C] on the heap. JVM-wide, immutable; a caller brings its scope.
 */
public final class ElasticLevels {
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
      throw new IllegalArgumentException(
          "Invalid modality: " + modality + " (one of " + embeddings.keySet() + ")");
    }
    return found;
  }

  /** Position codes of the first n offsets: [1, n, E]. */
  Tensor positions(Scope scope, String modality, int[] offsets) {
    Tensor table = known(positions.get(modality), modality);
    return offsets.length == config.groupSize() ? table : scope.lookup(table, offsets);
  }

  /** Level 0: each leaf group's latents [K, C], in the order given. */
  List<float[]> leaves(Scope scope, String modality, List<Leaf> leaves) {
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
    return Arrays.asList(out);
  }

  /**
   * Level i >= 1: the latents of each parent, from its children's.
   *
   * @param siblings for each parent its 1 to fan-in children's latents, in order
   */
  List<float[]> parents(Scope scope, int i, List<List<float[]>> siblings) {
    float[][] out = new float[siblings.size()][];
    LatentBlock block = level(i);
    int width = config.level(i - 1).channels();
    for (List<Integer> set : Calls.byShape(siblings.size(), k -> size(siblings.get(k)))) {
      int rows = size(siblings.get(set.get(0))) / width;
      scatter(
          set,
          out,
          calls.run(
              scope,
              set,
              block.size(),
              (s, some) -> {
                float[] joined = new float[some.size() * rows * width];
                for (int k = 0; k < some.size(); k++) {
                  join(siblings.get(some.get(k)), slots(i), width, joined, k * rows * width);
                }
                Shape shape = new Shape(some.size(), rows, width);
                return block.apply(s, s.upload(shape, joined, 0), 0);
              }));
    }
    return Arrays.asList(out);
  }

  /** Where level 0 looks: the share of each token of a leaf, adding up to 1. */
  double[] leafShares(Scope scope, String modality, Leaf leaf) {
    Tensor at = positions(scope, modality, leaf.offsets());
    return level(0).shares(scope, embedding(modality).apply(scope, List.of(leaf), at));
  }

  /** Where a node of level i >= 1 looks: the share of each of its children, adding up to 1. */
  double[] childShares(Scope scope, int i, List<float[]> children) {
    int width = config.level(i - 1).channels();
    float[] joined = new float[size(children)];
    join(children, slots(i), width, joined, 0);
    Shape shape = Shape.matrix(joined.length / width, width);
    return AttentionShares.sums(
        level(i).shares(scope, scope.upload(shape, joined, 0)), children.size());
  }

  private float[] slots(int i) {
    return slots.get(Math.min(i, config.levels().size()));
  }

  private static int size(List<float[]> parts) {
    int n = 0;
    for (float[] p : parts) {
      n += p.length;
    }
    return n;
  }

  /** Child c's latents + slots[c], one after the other. */
  private static void join(List<float[]> children, float[] slots, int width, float[] to, int at) {
    for (int c = 0; c < children.size(); c++) {
      at = plus(children.get(c), slots, c, width, to, at);
    }
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
