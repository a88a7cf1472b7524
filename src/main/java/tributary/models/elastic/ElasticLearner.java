package tributary.models.elastic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Calls;
import tributary.encode.Embedding;
import tributary.encode.LatentBlock;
import tributary.encode.Leaf;
import tributary.encode.Learner;
import tributary.encode.PositionCodes;
import tributary.encode.Rows;
import tributary.model.LevelSpec;
import tributary.model.Model;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The elastic hierarchy for learning (reference: elastic_encode): the groups of one level of all
 * views and modalities go through one call, whatever their lengths. Latents stay in the backend's
 * memory between levels, as tables of nodes.
 */
public final class ElasticLearner implements Learner {
  private final ElasticConfig config;
  private final Weights weights;
  private final Map<String, Embedding> embeddings = new LinkedHashMap<>();
  private final Map<String, PositionCodes> positions = new LinkedHashMap<>();
  private final List<String> names; // sorted
  private final List<Tensor> codes = new ArrayList<>(); // [1, 1, C], in the order of the names
  private final List<LatentBlock> levels = new ArrayList<>();
  private final List<Tensor> slots = new ArrayList<>(); // [1, fan-in, C below]; level 0 has none
  private final Fusion fusion;
  private final Linear head;
  private final @Nullable DecoderPass decoder;

  public ElasticLearner(Model model, Backend backend) {
    this.config = model.config(ElasticConfig.class, "elastic");
    this.weights = Weights.learning(model.weights(), backend);
    this.names = config.modalities().keySet().stream().sorted().toList();
    for (String name : names) {
      embeddings.put(
          name,
          new Embedding(weights, name, Objects.requireNonNull(config.modalities().get(name))));
      positions.put(name, new PositionCodes(weights, config, name));
      codes.add(weights.table("modality." + name));
    }
    for (int i = 0; i <= config.levels().size(); i++) {
      String name = i < config.levels().size() ? "levels." + i : "merge";
      levels.add(block(name, config.level(i)));
      if (i > 0) {
        slots.add(weights.table(name + ".slots"));
      }
    }
    fusion = Fusion.of(config, weights);
    head = weights.linear("head");
    decoder = config.decodes() ? new DecoderPass(config, weights, positions) : null;
  }

  private LatentBlock block(String name, LevelSpec level) {
    Activation activation = Calls.activation(config.activation());
    return LatentBlock.of(
        weights, name, 1, level.crossHeads(), level.selfLayers(), level.selfHeads(), activation);
  }

  @Override
  public Weights weights() {
    return weights;
  }

  @Override
  public int embeddingDim() {
    return config.embeddingDim();
  }

  @Override
  public int groupTokens() {
    return config.groupSize();
  }

  @Override
  public int fanIn() {
    return config.fanIn();
  }

  @Override
  public boolean reconstructs() {
    return decoder != null;
  }

  @Override
  public void close() {
    weights.close();
  }

  /**
   * The nodes of one level, of all trees.
   *
   * @param latents a node per row: [1, nodes, K * C]
   * @param tokens visible ones below each node
   */
  record Nodes(Tensor latents, long[] tokens, LevelSpec level) {}

  /**
   * One modality of a view.
   *
   * @param name its number among the sorted names
   * @param first number of its first node, by level
   * @param count of its nodes, by level; the last is 1
   */
  record Tree(int view, int name, Rows rows, List<Integer> first, List<Integer> count) {
    int height() {
      return count.size() - 1;
    }
  }

  @Override
  public Encoded encode(Scope tape, List<View> views) {
    List<Tree> trees = new ArrayList<>();
    List<List<Leaf>> leaves = new ArrayList<>(); // by tree
    for (int name = 0; name < names.size(); name++) {
      for (int v = 0; v < views.size(); v++) {
        Masked masked = views.get(v).modalities().get(names.get(name));
        if (masked != null) {
          Rows rows = Rows.of(masked.tokens(), embedding(name).spec());
          trees.add(new Tree(v, name, rows, new ArrayList<>(), new ArrayList<>()));
          leaves.add(ElasticAutoencoder.leaves(config, names.get(name), rows, masked.visible()));
        }
      }
    }
    if (trees.isEmpty()) {
      throw Invalid.argument("views", views.size() + " without a modality", "at least one");
    }
    List<Nodes> nodes = new ArrayList<>();
    nodes.add(leaves(tape, trees, leaves));
    while (trees.stream().anyMatch(t -> goesOn(t, nodes.size()))) {
      nodes.add(parents(tape, nodes.size(), trees, nodes.get(nodes.size() - 1)));
    }
    return new ElasticEncoded(tape, trees, nodes);
  }

  private Embedding embedding(int name) {
    return Objects.requireNonNull(embeddings.get(names.get(name)));
  }

  private boolean goesOn(Tree tree, int levels) {
    return tree.count().size() == levels
        && (levels < config.levels().size() || tree.count().get(levels - 1) > 1);
  }

  /** Level 0: what is visible of each leaf group. */
  private Nodes leaves(Scope tape, List<Tree> trees, List<List<Leaf>> leaves) {
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
    int[] lengths = ints(counts);
    Tensor x = embedded.isEmpty() ? null : tape.concatRows(embedded);
    return level(tape, 0, x, lengths, null, IntStream.of(lengths).asLongStream().toArray());
  }

  /**
   * A level from its inputs.
   *
   * @param x [1, rows of all nodes, width]; null where no node has any
   * @param lengths inputs of each node; 0 for those without
   */
  private Nodes level(
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
    return new Nodes(table, tokens, spec);
  }

  /** Level i >= 1: of each tree that goes on, its nodes' parents. */
  private Nodes parents(Scope tape, int i, List<Tree> trees, Nodes below) {
    int fanIn = config.fanIn();
    List<Integer> heard = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    List<Long> tokens = new ArrayList<>();
    int rows = below.level().latents();
    for (Tree tree : trees) {
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
      x = joined(tape, i, below, ints(heard), ints(places));
      counts = counts(i, below, ints(heard));
    }
    return level(tape, i, x, ints(lengths), counts, tokens.stream().mapToLong(n -> n).toArray());
  }

  static int[] ints(List<Integer> all) {
    return all.stream().mapToInt(n -> n).toArray();
  }

  /** Each child's latents + slots[its place], one after the other: [1, rows of all, C]. */
  private Tensor joined(Scope tape, int i, Nodes below, int[] children, int[] places) {
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
  private @Nullable KeyWeights counts(int i, Nodes below, int[] children) {
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

  /** Encoded views: every node of every tree. */
  private final class ElasticEncoded implements Encoded {
    private final Scope tape;
    private final List<Tree> trees;
    private final List<Nodes> nodes;
    private final Tensor roots; // [1, rows of all roots, C], codes added
    private final int[] firstRow; // of each tree's root
    private final int[] rowCount;
    private final Map<Fused, Tensor> latents = new LinkedHashMap<>(); // [1, F, C] once fused

    ElasticEncoded(Scope tape, List<Tree> trees, List<Nodes> nodes) {
      this.tape = tape;
      this.trees = trees;
      this.nodes = nodes;
      firstRow = new int[trees.size()];
      rowCount = new int[trees.size()];
      List<Tensor> tables = new ArrayList<>();
      List<Integer> rows = new ArrayList<>();
      List<Integer> names = new ArrayList<>();
      int width = config.last().channels();
      int start = 0;
      int[] starts = new int[nodes.size()];
      for (int i = config.levels().size() - 1; i < nodes.size(); i++) {
        Nodes level = nodes.get(i);
        int all = level.tokens().length * level.level().latents();
        tables.add(tape.reshape(level.latents(), Shape.matrix(all, width)));
        starts[i] = start;
        start += all;
      }
      for (int t = 0; t < trees.size(); t++) {
        Tree tree = trees.get(t);
        int latents = nodes.get(tree.height()).level().latents();
        firstRow[t] = rows.size();
        rowCount[t] = latents;
        for (int r = 0; r < latents; r++) {
          rows.add(starts[tree.height()] + tree.first().get(tree.height()) * latents + r);
          names.add(tree.name());
        }
      }
      Tensor table = tables.size() == 1 ? tables.get(0) : tape.concatRows(tables);
      roots =
          tape.add(
              tape.lookup(table, ints(rows)), tape.lookup(tape.concatRows(codes), ints(names)));
    }

    private int tree(int view, String modality) {
      for (int t = 0; t < trees.size(); t++) {
        if (trees.get(t).view() == view && names.get(trees.get(t).name()).equals(modality)) {
          return t;
        }
      }
      throw Invalid.argument("modality", modality + " of view " + view, "present there");
    }

    /** The fusion latents [n, F, C]. */
    private Tensor fused(List<Fused> all) {
      List<Integer> rows = new ArrayList<>();
      List<SortedMap<String, Integer>> records = new ArrayList<>();
      for (Fused one : all) {
        SortedMap<String, Integer> record = new TreeMap<>();
        for (String modality : one.modalities()) {
          int t = tree(one.view(), modality);
          record.put(modality, rowCount[t]);
          IntStream.range(0, rowCount[t]).forEach(r -> rows.add(firstRow[t] + r));
        }
        records.add(record);
      }
      return fusion.fuse(tape, tape.lookup(roots, ints(rows)), records);
    }

    @Override
    public Tensor embeddings(List<Fused> fused) {
      Tensor z = fused(fused);
      for (int k = 0; k < fused.size(); k++) {
        latents.put(fused.get(k), tape.groups(z, k, k + 1));
      }
      return tape.linear(tape.meanRows(z), head, Activation.NONE);
    }

    @Override
    public Tensor reconstruct(String modality, List<Wanted> wanted) {
      DecoderPass pass = decoder;
      if (pass == null) {
        throw new IllegalStateException(
            "Cannot reconstruct tokens: the model has no decoder (decoder_heads of its"
                + " configuration gives it one, for learning)");
      }
      List<Fused> missing =
          wanted.stream()
              .map(Wanted::from)
              .distinct()
              .filter(f -> !latents.containsKey(f))
              .toList();
      if (!missing.isEmpty()) {
        Tensor z = fused(missing);
        for (int k = 0; k < missing.size(); k++) {
          latents.put(missing.get(k), tape.groups(z, k, k + 1));
        }
      }
      List<Tensor> above =
          wanted.stream().map(w -> Objects.requireNonNull(latents.get(w.from()))).toList();
      List<Tree> own =
          wanted.stream().map(w -> trees.get(tree(w.from().view(), modality))).toList();
      return pass.tokens(tape, modality, own, nodes, above, wanted);
    }
  }
}
