package tributary.models.elastic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.attention.CrossBlock;
import tributary.attention.Weights;
import tributary.encode.Learner.Wanted;
import tributary.encode.PositionCodes;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The decoder for learning (reference: elastic_decode): of each tree only the nodes above tokens
 * that are wanted, all trees' nodes of a level in one call. JVM-wide, immutable.
 */
final class DecoderPass {
  private final ElasticConfig config;
  private final DecoderBlocks blocks;
  private final Map<String, PositionCodes> positions;

  DecoderPass(ElasticConfig config, Weights weights, Map<String, PositionCodes> positions) {
    this.config = config;
    this.positions = positions;
    this.blocks = DecoderBlocks.of(config, weights);
  }

  /**
   * Some nodes of one level that have been decoded.
   *
   * @param latents a node per row: [1, nodes, K * C]
   * @param row by tree, then by node of the tree
   */
  private record Decoded(Tensor latents, List<SortedMap<Integer, Integer>> row) {}

  /**
   * Tokens of one modality.
   *
   * @param trees of each that is wanted
   * @param nodes of all trees, by level
   * @param above fusion latents [1, F, C] of each
   * @return [1, all wanted tokens, channels]
   */
  Tensor tokens(
      Scope tape,
      String modality,
      List<ModalityTree> trees,
      List<LevelNodes> nodes,
      List<Tensor> above,
      List<Wanted> wanted) {
    int highest = trees.stream().mapToInt(ModalityTree::height).max().orElseThrow();
    Decoded parents = null;
    for (int level = highest; level >= 0; level--) {
      parents = level(tape, level, trees, nodes.get(level), above, wanted, parents);
    }
    return leaves(tape, modality, Objects.requireNonNull(parents), wanted);
  }

  /** Which nodes of a level are above tokens that are wanted, ascending. */
  private int[] nodes(Wanted wanted, int level) {
    long size = config.groupSize();
    for (int i = 0; i < level; i++) {
      size = Math.min(Integer.MAX_VALUE, size * config.fanIn());
    }
    int tokens = (int) size;
    return Arrays.stream(wanted.tokens()).map(t -> t / tokens).distinct().toArray();
  }

  private Decoded level(
      Scope tape,
      int level,
      List<ModalityTree> trees,
      LevelNodes nodes,
      List<Tensor> above,
      List<Wanted> wanted,
      @Nullable Decoded parents) {
    List<SortedMap<Integer, Integer>> rows = new ArrayList<>();
    List<Integer> roots = new ArrayList<>();
    List<Tensor> overRoots = new ArrayList<>();
    List<Integer> others = new ArrayList<>();
    List<Integer> overOthers = new ArrayList<>();
    for (int t = 0; t < trees.size(); t++) {
      rows.add(new TreeMap<>());
      int height = trees.get(t).height();
      if (level > height) {
        continue;
      }
      int first = trees.get(t).first().get(level);
      for (int node : nodes(wanted.get(t), level)) {
        if (level == height) {
          rows.get(t).put(node, roots.size());
          roots.add(first + node);
          overRoots.add(above.get(t));
        } else {
          rows.get(t).put(node, -1 - others.size());
          others.add(first + node);
          overOthers.add(Objects.requireNonNull(parents).row().get(t).get(node / config.fanIn()));
        }
      }
    }
    List<Tensor> tables = new ArrayList<>();
    int latents = nodes.level().latents();
    int channels = nodes.level().channels();
    if (!roots.isEmpty()) {
      Tensor q = own(tape, nodes, roots);
      Shape fusion = overRoots.get(0).shape();
      Tensor x =
          tape.reshape(
              tape.concatRows(overRoots),
              new Shape(roots.size(), fusion.rows(), fusion.channels()));
      tables.add(
          tape.reshape(
              blocks.root().apply(tape, q, x), Shape.matrix(roots.size(), latents * channels)));
    }
    if (!others.isEmpty()) {
      Tensor q = own(tape, nodes, others);
      int width = config.level(level + 1).channels();
      Tensor x =
          tape.lookup(Objects.requireNonNull(parents).latents(), ModalityTree.ints(overOthers));
      int parentRows = x.shape().channels() / width;
      CrossBlock block = blocks.down(level);
      Tensor z = block.apply(tape, q, tape.reshape(x, new Shape(others.size(), parentRows, width)));
      tables.add(tape.reshape(z, Shape.matrix(others.size(), latents * channels)));
    }
    rows.forEach(r -> r.replaceAll((node, row) -> row < 0 ? roots.size() - 1 - row : row));
    return new Decoded(tables.size() == 1 ? tables.get(0) : tape.concatRows(tables), rows);
  }

  private static Tensor own(Scope tape, LevelNodes nodes, List<Integer> some) {
    Shape shape = new Shape(some.size(), nodes.level().latents(), nodes.level().channels());
    return tape.reshape(tape.lookup(nodes.latents(), ModalityTree.ints(some)), shape);
  }

  /** A leaf and the offsets in it that are wanted. */
  private record Part(int row, List<Integer> offsets, List<Integer> places) {}

  /**
   * The wanted tokens' positions attend to their leaf's latents: leaves with about as many
   * together, filled up to as many.
   */
  private Tensor leaves(Scope tape, String modality, Decoded leaves, List<Wanted> wanted) {
    SortedMap<Integer, List<Part>> bySize = new TreeMap<>(); // by power of two
    int total = 0;
    for (int t = 0; t < wanted.size(); t++) {
      SortedMap<Integer, Part> parts = new TreeMap<>();
      for (int token : wanted.get(t).tokens()) {
        int leaf = token / config.groupSize();
        int row = Objects.requireNonNull(leaves.row().get(t).get(leaf));
        Part part =
            parts.computeIfAbsent(leaf, l -> new Part(row, new ArrayList<>(), new ArrayList<>()));
        part.offsets().add(token % config.groupSize());
        part.places().add(total++);
      }
      for (Part part : parts.values()) {
        int size = 32 - Integer.numberOfLeadingZeros(part.offsets().size() - 1);
        bySize.computeIfAbsent(size, s -> new ArrayList<>()).add(part);
      }
    }
    List<Tensor> made = new ArrayList<>();
    int[] order = new int[total];
    int start = 0;
    PositionCodes codes = Objects.requireNonNull(positions.get(modality));
    int latents = config.levels().get(0).latents();
    int channels = config.levels().get(0).channels();
    for (List<Part> parts : bySize.values()) {
      int most = parts.stream().mapToInt(p -> p.offsets().size()).max().orElseThrow();
      int[] offsets = new int[parts.size() * most];
      int[] rows = new int[parts.size()];
      for (int p = 0; p < parts.size(); p++) {
        Part part = parts.get(p);
        rows[p] = part.row();
        for (int k = 0; k < part.offsets().size(); k++) {
          offsets[p * most + k] = part.offsets().get(k);
          order[part.places().get(k)] = start + p * most + k;
        }
      }
      Tensor q = codes.codes(tape, offsets);
      Tensor x = tape.lookup(leaves.latents(), rows);
      Tensor y =
          blocks
              .tokens()
              .apply(
                  tape,
                  tape.reshape(q, new Shape(parts.size(), most, config.embeddingChannels())),
                  tape.reshape(x, new Shape(parts.size(), latents, channels)));
      made.add(tape.reshape(y, Shape.matrix(offsets.length, config.embeddingChannels())));
      start += offsets.length;
    }
    Tensor all = made.size() == 1 ? made.get(0) : tape.concatRows(made);
    Linear layer = blocks.unembed(modality);
    return tape.linear(tape.lookup(all, order), layer, Activation.NONE);
  }
}
