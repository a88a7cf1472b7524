package tributary.models.elastic;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Encoder;
import tributary.encode.Leaf;
import tributary.encode.Rows;
import tributary.merge.Node;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;

/**
 * The elastic hierarchy for the job: a subsequence is a whole subtree of leaf groups and leaves one
 * node, the nodes of a record are joined as they stream by. JVM-wide, immutable, used by many
 * threads at once.
 *
 * <p>A record that fits one subsequence may have its root below the subsequence's level: that node
 * says so by its level.
 */
public final class ElasticEncoder implements Encoder {
  private static final int MOST_LEAVES = 64;
  private static final int MOST_TOKENS = 1 << 17;

  /** Leaf groups, or records, whose latents are held at once: a window over those of one call. */
  private static final int WINDOW = 512;

  private final ElasticConfig config;
  private final Weights weights;
  private final ElasticLevels levels;
  private final int height;

  public ElasticEncoder(Model model, Backend backend) {
    ElasticConfig elastic = model.config(ElasticConfig.class, "elastic");
    this.config = elastic;
    this.weights = new Weights(model.weights(), backend);
    this.levels = new ElasticLevels(elastic, weights);
    this.height = height(elastic);
  }

  /** Level of a whole subsequence's node: as high as 64 leaf groups and 128 Ki tokens allow. */
  private static int height(ElasticConfig c) {
    int k = 0;
    long leaves = c.fanIn();
    while (leaves <= MOST_LEAVES && leaves * c.groupSize() <= MOST_TOKENS) {
      k++;
      leaves *= c.fanIn();
    }
    return k;
  }

  @Override
  public long subsequenceTokens() {
    long tokens = config.groupSize();
    for (int i = 0; i < height; i++) {
      tokens *= config.fanIn();
    }
    return tokens;
  }

  @Override
  public int embeddingDim() {
    return config.embeddingDim();
  }

  @Override
  public List<Node> encode(List<Subsequence> subsequences) {
    List<Node> nodes = new ArrayList<>(subsequences.size());
    try (Scope scope = levels.backend().open(0)) {
      int from = 0;
      while (from < subsequences.size()) {
        int to = from;
        int leaves = 0;
        while (to < subsequences.size() && (to == from || leaves < WINDOW)) {
          leaves += leaves(subsequences.get(to).tokens());
          to++;
        }
        nodes.addAll(window(scope, subsequences.subList(from, to)));
        from = to;
      }
    }
    return nodes;
  }

  private int leaves(int tokens) {
    return (tokens + config.groupSize() - 1) / config.groupSize();
  }

  private List<Node> window(Scope scope, List<Subsequence> subsequences) {
    List<List<Subtree>> latents = leafLatents(scope, subsequences);
    int[] level = new int[subsequences.size()];
    for (int i = 1; i <= height; i++) {
      raise(scope, i, subsequences, latents, level);
    }
    List<Node> nodes = new ArrayList<>(subsequences.size());
    for (int k = 0; k < level.length; k++) {
      Subsequence s = subsequences.get(k);
      nodes.add(
          new Node(s.modality(), level[k], s.index(), s.tokens(), latents.get(k).get(0).latents()));
    }
    return nodes;
  }

  /** Level 0 of every subsequence, the leaves of one modality computed together. */
  private List<List<Subtree>> leafLatents(Scope scope, List<Subsequence> subsequences) {
    Map<String, List<Leaf>> leaves = new LinkedHashMap<>();
    for (Subsequence s : subsequences) {
      Rows rows = Rows.of(s, levels.embedding(s.modality()).spec());
      if (rows.count() < 1 || rows.count() > subsequenceTokens()) {
        throw Invalid.argument(
            "subsequence",
            rows.count() + " tokens",
            "1 to " + subsequenceTokens() + ", the tokens of a whole one");
      }
      List<Leaf> all = leaves.computeIfAbsent(s.modality(), m -> new ArrayList<>());
      for (int at = 0; at < rows.count(); at += config.groupSize()) {
        all.add(new Leaf(rows, at, Math.min(config.groupSize(), rows.count() - at), null));
      }
    }
    Map<String, Iterator<Subtree>> computed = new LinkedHashMap<>();
    leaves.forEach((m, all) -> computed.put(m, levels.leaves(scope, m, all).iterator()));
    List<List<Subtree>> latents = new ArrayList<>();
    for (Subsequence s : subsequences) {
      List<Subtree> own = new ArrayList<>();
      Iterator<Subtree> next = computed.getOrDefault(s.modality(), List.<Subtree>of().iterator());
      for (int n = leaves(s.tokens()); n > 0; n--) {
        own.add(next.next());
      }
      latents.add(own);
    }
    return latents;
  }

  /** Joins the nodes of level i - 1 of every subsequence to those of level i. */
  private void raise(
      Scope scope,
      int i,
      List<Subsequence> subsequences,
      List<List<Subtree>> latents,
      int[] level) {
    List<List<Subtree>> siblings = new ArrayList<>();
    for (int k = 0; k < level.length; k++) {
      if (!isRoot(i, subsequences.get(k).index(), latents.get(k).size())) {
        siblings.addAll(siblings(latents.get(k)));
        level[k] = i;
      }
    }
    Iterator<Subtree> parents = levels.parents(scope, i, siblings).iterator();
    for (int k = 0; k < level.length; k++) {
      if (level[k] == i) {
        int n = (latents.get(k).size() + config.fanIn() - 1) / config.fanIn();
        List<Subtree> raised = new ArrayList<>();
        while (raised.size() < n) {
          raised.add(parents.next());
        }
        latents.set(k, raised);
      }
    }
  }

  /** Beyond the fixed levels a tree ends where one node is left: here, the record's only one. */
  private boolean isRoot(int i, long index, int nodes) {
    return i >= config.levels().size() && index == 0 && nodes == 1;
  }

  private List<List<Subtree>> siblings(List<Subtree> nodes) {
    List<List<Subtree>> sets = new ArrayList<>();
    for (int from = 0; from < nodes.size(); from += config.fanIn()) {
      sets.add(nodes.subList(from, Math.min(nodes.size(), from + config.fanIn())));
    }
    return sets;
  }

  @Override
  public float[] finish(Map<String, Iterator<Node>> nodes) {
    return finish(List.of(nodes)).get(0);
  }

  @Override
  public List<float[]> finish(List<Map<String, Iterator<Node>>> records) {
    List<float[]> embeddings = new ArrayList<>();
    try (Scope scope = levels.backend().open(0)) {
      for (int from = 0; from < records.size(); from += WINDOW) {
        int to = Math.min(records.size(), from + WINDOW);
        List<SortedMap<String, float[]>> roots = new ArrayList<>();
        records.subList(from, to).forEach(nodes -> roots.add(roots(scope, nodes)));
        embeddings.addAll(levels.embed(scope, levels.fuse(scope, roots)));
      }
    }
    return embeddings;
  }

  private SortedMap<String, float[]> roots(Scope scope, Map<String, Iterator<Node>> nodes) {
    SortedMap<String, float[]> roots = new TreeMap<>();
    nodes.forEach(
        (modality, stream) -> {
          levels.embedding(modality);
          if (stream.hasNext()) {
            roots.put(modality, new ElasticMerge(config, levels, modality).root(scope, stream));
          }
        });
    return roots;
  }

  @Override
  public void close() {
    weights.close();
  }
}
