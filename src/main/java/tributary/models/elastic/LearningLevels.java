package tributary.models.elastic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.encode.Calls;
import tributary.encode.Embedding;
import tributary.encode.LatentBlock;
import tributary.encode.Leaf;
import tributary.encode.Learner.Masked;
import tributary.encode.PositionCodes;
import tributary.encode.Rows;
import tributary.model.LevelSpec;
import tributary.tensor.Activation;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The levels of the hierarchy for learning: all trees' groups of one level go through one call,
 * whatever their lengths. Immutable but for the weights, used by the learner's thread.
 */
final class LearningLevels {
  private final ElasticConfig config;
  private final List<String> names; // sorted
  private final Map<String, Embedding> embeddings = new LinkedHashMap<>();
  private final Map<String, PositionCodes> positions;
  private final List<LatentBlock> levels = new ArrayList<>();
  private final List<Tensor> slots = new ArrayList<>(); // [1, fan-in, C below]; level 0 has none

  /**
   * @param names of the modalities, sorted
   */
  LearningLevels(
      ElasticConfig config,
      Weights weights,
      List<String> names,
      Map<String, PositionCodes> positions) {
    this.config = config;
    this.names = names;
    this.positions = positions;
    for (String name : names) {
      embeddings.put(
          name,
          new Embedding(weights, name, Objects.requireNonNull(config.modalities().get(name))));
    }
    for (int i = 0; i <= config.levels().size(); i++) {
      String name = i < config.levels().size() ? "levels." + i : "merge";
      levels.add(block(weights, name, config.level(i)));
      if (i > 0) {
        slots.add(weights.table(name + ".slots"));
      }
    }
  }

  private LatentBlock block(Weights weights, String name, LevelSpec level) {
    Activation activation = Calls.activation(config.activation());
    return LatentBlock.of(
        weights, name, 1, level.crossHeads(), level.selfLayers(), level.selfHeads(), activation);
  }

  /** The tokens of one modality of a view. */
  Rows rows(int name, Masked masked) {
    return Rows.of(masked.tokens(), embedding(name).spec());
  }

  /**
   * All nodes, by level.
   *
   * @param leaves of each tree
   */
  List<LevelNodes> nodes(Scope tape, List<ModalityTree> trees, List<List<Leaf>> leaves) {
    List<LevelNodes> nodes = new ArrayList<>();
    nodes.add(leaves(tape, trees, leaves));
    while (trees.stream().anyMatch(t -> goesOn(t, nodes.size()))) {
      nodes.add(parents(tape, nodes.size(), trees, nodes.get(nodes.size() - 1)));
    }
    return nodes;
  }

  private Embedding embedding(int name) {
    return Objects.requireNonNull(embeddings.get(names.get(name)));
  }

  private boolean goesOn(ModalityTree tree, int levels) {
    return tree.count().size() == levels
        && (levels < config.levels().size() || tree.count().get(levels - 1) > 1);
  }

  /** Level 0: what is visible of each leaf group. */
  private LevelNodes leaves(Scope tape, List<ModalityTree> trees, List<List<Leaf>> leaves) {
    List<Tensor> embedded = new ArrayList<>();
    for (int name = 0; name < names.size(); name++) {
      List<Leaf> own = new ArrayList<>();
      for (int t = 0; t < trees.size(); t++) {
        if (trees.get(t).name() == name) {
          leaves.get(t).stream().filter(l -> l.count() > 0).forEach(own::add);
        }
      }
      if (!own.isEmpty()) {
        int[] offsets = own.stream().flatMapToInt(l -> IntStream.of(l.offsets())).toArray();
        PositionCodes codes = Objects.requireNonNull(positions.get(names.get(name)));
        Tensor at = codes.none() ? null : codes.codes(tape, offsets);
        embedded.add(embedding(name).apply(tape, own, at));
      }
    }
    List<Integer> counts = new ArrayList<>();
    int first = 0;
    for (int t = 0; t < trees.size(); t++) {
      trees.get(t).first().add(first);
      trees.get(t).count().add(leaves.get(t).size());
      leaves.get(t).forEach(l -> counts.add(l.count()));
      first += leaves.get(t).size();
    }
    int[] lengths = ModalityTree.ints(counts);
    Tensor x = embedded.isEmpty() ? null : tape.concatRows(embedded);
    return level(tape, 0, x, lengths, null, IntStream.of(lengths).asLongStream().toArray());
  }

  /**
   * A level from its inputs.
   *
   * @param x [1, rows of all nodes, width]; null where no node has any
   * @param lengths inputs of each node; 0 for those without
   */
  private LevelNodes level(
      Scope tape,
      int i,
      @Nullable Tensor x,
      int[] lengths,
      @Nullable KeyWeights counts,
      long[] tokens) {
    LatentBlock block = levels.get(Math.min(i, config.levels().size()));
    LevelSpec spec = config.level(i);
    int floats = spec.latents() * spec.channels();
    int[] some = IntStream.of(lengths).filter(n -> n > 0).toArray();
    List<Tensor> tables = new ArrayList<>();
    if (x != null && some.length > 0) {
      Tensor z = block.apply(tape, x, Lengths.of(some), counts);
      tables.add(tape.reshape(z, Shape.matrix(some.length, floats)));
    }
    if (some.length < lengths.length) {
      tables.add(tape.reshape(block.applyToNothing(tape), Shape.matrix(1, floats)));
    }
    Tensor table = tables.size() == 1 ? tables.get(0) : tape.concatRows(tables);
    if (some.length < lengths.length) {
      int[] rows = new int[lengths.length];
      int next = 0;
      for (int k = 0; k < rows.length; k++) {
        rows[k] = lengths[k] > 0 ? next++ : some.length;
      }
      table = tape.lookup(table, rows);
    }
    return new LevelNodes(table, tokens, spec);
  }

  /** Level i >= 1: of each tree that goes on, its nodes' parents. */
  private LevelNodes parents(Scope tape, int i, List<ModalityTree> trees, LevelNodes below) {
    int fanIn = config.fanIn();
    List<Integer> heard = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    List<Long> tokens = new ArrayList<>();
    int rows = below.level().latents();
    for (ModalityTree tree : trees) {
      if (!goesOn(tree, i)) {
        continue;
      }
      int first = tree.first().get(i - 1);
      int count = tree.count().get(i - 1);
      tree.first().add(lengths.size());
      tree.count().add((count + fanIn - 1) / fanIn);
      for (int from = 0; from < count; from += fanIn) {
        int seen = 0;
        long sum = 0;
        for (int c = from; c < Math.min(count, from + fanIn); c++) {
          long own = below.tokens()[first + c];
          sum += own;
          if (own > 0 || !config.proportional()) {
            heard.add(first + c);
            places.add(c - from);
            seen += rows;
          }
        }
        lengths.add(seen);
        tokens.add(sum);
      }
    }
    Tensor x = null;
    KeyWeights counts = null;
    if (!heard.isEmpty()) {
      x = joined(tape, i, below, ModalityTree.ints(heard), ModalityTree.ints(places));
      counts = counts(i, below, ModalityTree.ints(heard));
    }
    return level(
        tape,
        i,
        x,
        ModalityTree.ints(lengths),
        counts,
        tokens.stream().mapToLong(n -> n).toArray());
  }

  /** Each child's latents + slots[its place], one after the other: [1, rows of all, C]. */
  private Tensor joined(Scope tape, int i, LevelNodes below, int[] children, int[] places) {
    int rows = below.level().latents();
    int width = below.level().channels();
    Tensor own = tape.lookup(below.latents(), children);
    Tensor slot = tape.lookup(slots.get(Math.min(i, config.levels().size()) - 1), places);
    Tensor sum =
        tape.add(
            tape.reshape(own, new Shape(children.length, rows, width)),
            tape.reshape(slot, new Shape(children.length, 1, width)));
    return tape.reshape(sum, Shape.matrix(children.length * rows, width));
  }

  /** How much each child's rows count; null where all count alike. */
  private @Nullable KeyWeights counts(int i, LevelNodes below, int[] children) {
    if (!config.proportional()
        || IntStream.of(children).mapToLong(c -> below.tokens()[c]).distinct().count() <= 1) {
      return null;
    }
    int rows = below.level().latents();
    float[] counts = new float[children.length * rows];
    for (int k = 0; k < counts.length; k++) {
      counts[k] = (float) (below.tokens()[children[k / rows]] / config.capacity(i - 1));
    }
    return new KeyWeights(counts, 1, counts.length);
  }
}
