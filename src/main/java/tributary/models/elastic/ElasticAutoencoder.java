package tributary.models.elastic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Autoencoder;
import tributary.encode.Explainer;
import tributary.encode.Leaf;
import tributary.encode.Rows;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;

/**
 * The elastic hierarchy over one whole record held in memory, with tokens hidden from it and
 * reconstructed: masked auto-encoding (reference: elastic_encode, elastic_decode,
 * reconstruction_loss). What learning and parity use; the job uses {@link ElasticEncoder}, which
 * agrees with it bit for bit. JVM-wide, immutable.
 */
public final class ElasticAutoencoder implements Autoencoder, Explainer {
  private final ElasticConfig config;
  private final Weights weights;
  private final ElasticLevels levels;
  private final @Nullable ElasticDecoder decoder;

  public ElasticAutoencoder(Model model, Backend backend) {
    ElasticConfig elastic = model.config(ElasticConfig.class, "elastic");
    this.config = elastic;
    this.weights = new Weights(model.weights(), backend);
    this.levels = new ElasticLevels(elastic, weights);
    this.decoder = elastic.decodes() ? new ElasticDecoder(elastic, levels, weights) : null;
  }

  /**
   * One modality of a record.
   *
   * @param tokens all of them, from the first; at least one
   * @param visible [tokens] which ones the encoder may see; null for all
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Masked(Subsequence tokens, boolean @Nullable [] visible) {}

  /**
   * An encoded record.
   *
   * @param embedding [D]
   * @param fusion fusion latents [K, C]
   * @param trees by modality: levels from the leaves to the root, each the latents [K, C] of its
   *     nodes
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Encoded(
      float[] embedding, float[] fusion, SortedMap<String, List<List<float[]>>> trees) {}

  /** Encodes what is visible. */
  public Encoded encode(Map<String, Masked> record) {
    TreeMap<String, List<List<float[]>>> trees = new TreeMap<>();
    TreeMap<String, float[]> roots = new TreeMap<>();
    try (Scope scope = levels.backend().open(0)) {
      record.forEach(
          (modality, masked) -> {
            List<List<Subtree>> tree = tree(scope, modality, masked);
            trees.put(modality, latents(tree));
            roots.put(modality, tree.get(tree.size() - 1).get(0).latents());
          });
      float[] fusion = levels.fuse(scope, roots);
      return new Encoded(levels.embed(scope, fusion), fusion, trees);
    }
  }

  private static List<List<float[]>> latents(List<List<Subtree>> tree) {
    return tree.stream().map(level -> level.stream().map(Subtree::latents).toList()).toList();
  }

  private List<List<Subtree>> tree(Scope scope, String modality, Masked masked) {
    Rows rows = Rows.of(masked.tokens(), levels.embedding(modality).spec());
    List<Leaf> leaves = leaves(config, modality, rows, masked.visible());
    List<List<Subtree>> tree = new ArrayList<>();
    List<Subtree> nodes = levels.leaves(scope, modality, leaves);
    tree.add(nodes);
    while (tree.size() < config.levels().size() || nodes.size() > 1) {
      List<List<Subtree>> siblings = new ArrayList<>();
      for (int from = 0; from < nodes.size(); from += config.fanIn()) {
        siblings.add(nodes.subList(from, Math.min(nodes.size(), from + config.fanIn())));
      }
      nodes = levels.parents(scope, tree.size(), siblings);
      tree.add(nodes);
    }
    return tree;
  }

  /**
   * The leaf groups of one modality of a record.
   *
   * @param visible [tokens] which tokens are; null for all
   */
  static List<Leaf> leaves(
      ElasticConfig config, String modality, Rows rows, boolean @Nullable [] visible) {
    if (rows.count() < 1) {
      throw Invalid.argument(modality, "no tokens", "at least one");
    }
    List<Leaf> leaves = new ArrayList<>();
    for (int at = 0; at < rows.count(); at += config.groupSize()) {
      int n = Math.min(config.groupSize(), rows.count() - at);
      leaves.add(new Leaf(rows, at, n, offsets(visible, at, n)));
    }
    return leaves;
  }

  private static int @Nullable [] offsets(boolean @Nullable [] visible, int first, int n) {
    if (visible == null) {
      return null;
    }
    int[] offsets = new int[n];
    int seen = 0;
    for (int i = 0; i < n; i++) {
      if (visible[first + i]) {
        offsets[seen++] = i;
      }
    }
    return seen == n ? null : Arrays.copyOf(offsets, seen);
  }

  /**
   * Where the fusion latents look, rolled down to the tokens latent by latent: with F fusion
   * latents and, of each cross-attend, A the mean over heads of its attention weights, the tokens
   * of a leaf get 1/F (1, ..., 1) A_fusion A_root ... A_leaf, each A the columns of the path from
   * the root to that leaf. Self-attention between latents is left out of account.
   *
   * @param record all tokens of the modalities present
   * @return by modality the share of each token; all of them add up to 1 (empty for no modality)
   * @throws IllegalArgumentException for forms of fusion without latents that look at the roots
   */
  @Override
  public SortedMap<String, double[]> shares(Map<String, Subsequence> record) {
    TreeMap<String, double[]> shares = new TreeMap<>();
    if (record.isEmpty()) {
      return shares;
    }
    TreeMap<String, List<List<Subtree>>> trees = new TreeMap<>();
    TreeMap<String, float[]> roots = new TreeMap<>();
    try (Scope scope = levels.backend().open(0)) {
      record.forEach(
          (modality, tokens) -> {
            List<List<Subtree>> tree = tree(scope, modality, new Masked(tokens, null));
            trees.put(modality, tree);
            roots.put(modality, tree.get(tree.size() - 1).get(0).latents());
          });
      SortedMap<String, double[]> ofRoots = levels.rootShares(scope, roots);
      trees.forEach(
          (modality, tree) -> {
            Subsequence tokens = Objects.requireNonNull(record.get(modality));
            double[] root = Objects.requireNonNull(ofRoots.get(modality));
            shares.put(modality, rolledDown(scope, tokens, tree, root));
          });
    }
    return shares;
  }

  @Override
  public String how() {
    return "A token's share: each fusion latent shares out 1/F of the attention (F latents) by the"
        + " weights of its cross-attend, mean over heads; what a latent gets it shares out likewise"
        + " among what it was made of, level by level, down to the tokens.";
  }

  /** From the shares of a root's latents to those of its tokens. */
  private double[] rolledDown(
      Scope scope, Subsequence tokens, List<List<Subtree>> tree, double[] root) {
    List<double[]> nodes = List.of(root);
    for (int level = tree.size() - 1; level > 0; level--) {
      List<Subtree> below = tree.get(level - 1);
      List<double[]> children = new ArrayList<>();
      for (double[] node : nodes) {
        int from = children.size();
        int to = Math.min(below.size(), from + config.fanIn());
        children.addAll(levels.childShares(scope, level, below.subList(from, to), node));
      }
      nodes = children;
    }
    Rows rows = Rows.of(tokens, levels.embedding(tokens.modality()).spec());
    double[] shares = new double[rows.count()];
    for (int leaf = 0; leaf < nodes.size(); leaf++) {
      int first = leaf * config.groupSize();
      int n = Math.min(config.groupSize(), rows.count() - first);
      Leaf own = new Leaf(rows, first, n, null);
      double[] of = levels.leafShares(scope, tokens.modality(), own, nodes.get(leaf));
      System.arraycopy(of, 0, shares, first, n);
    }
    return shares;
  }

  @Override
  public SortedMap<String, float[]> reconstruct(Map<String, Subsequence> record) {
    Map<String, Masked> all = new LinkedHashMap<>();
    record.forEach((name, tokens) -> all.put(name, new Masked(tokens, null)));
    return decode(all, encode(all));
  }

  /** Reconstructs every token of every modality: [tokens, channels] by name. */
  public SortedMap<String, float[]> decode(Map<String, Masked> record, Encoded encoded) {
    ElasticDecoder decoder = this.decoder;
    if (decoder == null) {
      throw new IllegalStateException(
          "Cannot reconstruct tokens: the model has no decoder (decoder_heads of its configuration"
              + " gives it one, for learning)");
    }
    TreeMap<String, float[]> reconstructions = new TreeMap<>();
    try (Scope scope = levels.backend().open(0)) {
      encoded
          .trees()
          .forEach(
              (modality, tree) -> {
                Masked masked = record.get(modality);
                int tokens = masked == null ? 0 : masked.tokens().tokens();
                reconstructions.put(
                    modality, decoder.decode(scope, modality, tokens, tree, encoded.fusion()));
              });
    }
    return reconstructions;
  }

  /**
   * Mean over the modalities with hidden tokens of the mean squared error over those tokens, in
   * double; 0 where nothing is hidden. For modalities whose tokens are values.
   */
  public double loss(Map<String, Masked> record, Map<String, float[]> reconstructions) {
    double total = 0;
    int modalities = 0;
    for (Map.Entry<String, Masked> e : new TreeMap<>(record).entrySet()) {
      boolean[] visible = e.getValue().visible();
      float[] made = reconstructions.get(e.getKey());
      if (visible == null || made == null) {
        continue;
      }
      int channels = levels.embedding(e.getKey()).spec().channels();
      float[] tokens = new float[made.length];
      Rows.of(e.getValue().tokens(), levels.embedding(e.getKey()).spec())
          .values(0, visible.length, tokens, 0);
      double sum = 0;
      long hidden = 0;
      for (int i = 0; i < made.length; i++) {
        if (!visible[i / channels]) {
          double d = (double) made[i] - tokens[i];
          sum += d * d;
          hidden++;
        }
      }
      if (hidden > 0) {
        total += sum / hidden;
        modalities++;
      }
    }
    return modalities == 0 ? 0 : total / modalities;
  }

  @Override
  public void close() {
    weights.close();
  }
}
