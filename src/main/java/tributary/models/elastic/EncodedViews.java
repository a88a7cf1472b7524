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
import tributary.base.Invalid;
import tributary.encode.Learner;
import tributary.encode.Learner.Fused;
import tributary.encode.Learner.Wanted;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Views that have been encoded, every node of every tree, and what is above the roots: fusion,
 * embedding, decoder. Lives as long as its scope, used by the learner's thread.
 */
final class EncodedViews implements Learner.Encoded {
  /**
   * What is above the roots.
   *
   * @param names of the modalities, sorted
   * @param codes [1, 1, C] of each
   */
  record Above(
      ElasticConfig config,
      List<String> names,
      List<Tensor> codes,
      Fusion fusion,
      Linear head,
      @Nullable DecoderPass decoder) {}

  private final Above above;
  private final Scope tape;
  private final List<ModalityTree> trees;
  private final List<LevelNodes> nodes;
  private final Tensor roots; // [1, rows of all roots, C], codes added
  private final int[] firstRow; // of each tree's root
  private final int[] rowCount;
  private final Map<Fused, Tensor> latents = new LinkedHashMap<>(); // [1, F, C] once fused

  EncodedViews(Above above, Scope tape, List<ModalityTree> trees, List<LevelNodes> nodes) {
    this.above = above;
    this.tape = tape;
    this.trees = trees;
    this.nodes = nodes;
    firstRow = new int[trees.size()];
    rowCount = new int[trees.size()];
    List<Tensor> tables = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    List<Integer> names = new ArrayList<>();
    int width = above.config().last().channels();
    int start = 0;
    int[] starts = new int[nodes.size()];
    for (int i = above.config().levels().size() - 1; i < nodes.size(); i++) {
      LevelNodes level = nodes.get(i);
      int all = level.tokens().length * level.level().latents();
      tables.add(tape.reshape(level.latents(), Shape.matrix(all, width)));
      starts[i] = start;
      start += all;
    }
    for (int t = 0; t < trees.size(); t++) {
      ModalityTree tree = trees.get(t);
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
            tape.lookup(table, ModalityTree.ints(rows)),
            tape.lookup(tape.concatRows(above.codes()), ModalityTree.ints(names)));
  }

  private int tree(int view, String modality) {
    for (int t = 0; t < trees.size(); t++) {
      if (trees.get(t).view() == view && above.names().get(trees.get(t).name()).equals(modality)) {
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
    return above.fusion().fuse(tape, tape.lookup(roots, ModalityTree.ints(rows)), records);
  }

  @Override
  public Tensor embeddings(List<Fused> fused) {
    Tensor z = fused(fused);
    for (int k = 0; k < fused.size(); k++) {
      latents.put(fused.get(k), tape.groups(z, k, k + 1));
    }
    return tape.linear(tape.meanRows(z), above.head(), Activation.NONE);
  }

  @Override
  public Tensor reconstruct(String modality, List<Wanted> wanted) {
    DecoderPass pass = above.decoder();
    if (pass == null) {
      throw new IllegalStateException(
          "Cannot reconstruct tokens: the model has no decoder (decoder_heads of its"
              + " configuration gives it one, for learning)");
    }
    List<Fused> missing =
        wanted.stream().map(Wanted::from).distinct().filter(f -> !latents.containsKey(f)).toList();
    if (!missing.isEmpty()) {
      Tensor z = fused(missing);
      for (int k = 0; k < missing.size(); k++) {
        latents.put(missing.get(k), tape.groups(z, k, k + 1));
      }
    }
    List<Tensor> latentsAbove =
        wanted.stream().map(w -> Objects.requireNonNull(latents.get(w.from()))).toList();
    List<ModalityTree> own =
        wanted.stream().map(w -> trees.get(tree(w.from().view(), modality))).toList();
    return pass.tokens(tape, modality, own, nodes, latentsAbove, wanted);
  }
}
