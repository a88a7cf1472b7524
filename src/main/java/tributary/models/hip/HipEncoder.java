package tributary.models.hip;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Encoder;
import tributary.encode.Rows;
import tributary.merge.Node;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;

/**
 * Hierarchical Perceiver for the job: a modality is one subsequence, whose node holds the latents
 * of its level-0 groups, or for a label, which joins at the processor, its codes; the embedding is
 * the mean over the processor's latents. A shorter sequence is filled up with zero tokens, an
 * absent modality is all zero tokens, as published; a longer one is refused. JVM-wide, immutable,
 * used by many threads at once.
 */
public final class HipEncoder implements Encoder {
  private final HipConfig config;
  private final Weights weights;
  private final HipLevels levels;
  private final Map<String, float[]> absent = new ConcurrentHashMap<>();

  public HipEncoder(Model model, Backend backend) {
    HipConfig hip = model.config(HipConfig.class, "hip");
    this.config = hip;
    this.weights = new Weights(model.weights(), backend);
    this.levels = new HipLevels(hip, weights, hip.processor() + 1);
  }

  /** A modality can't be cut. */
  @Override
  public long subsequenceTokens() {
    return Long.MAX_VALUE;
  }

  @Override
  public int embeddingDim() {
    return config.embeddingDim();
  }

  @Override
  public List<Node> encode(List<Subsequence> subsequences) {
    List<Node> nodes = new ArrayList<>();
    try (Scope scope = levels.backend().open(0)) {
      for (Subsequence s : subsequences) {
        if (s.index() != 0) {
          throw Invalid.argument(
              "subsequence", "index " + s.index(), "0: hip takes a modality whole");
        }
        Rows rows = Rows.of(s, levels.embedding(s.modality()).spec());
        nodes.add(
            new Node(s.modality(), 0, 0, s.tokens(), levels.first(scope, s.modality(), rows)));
      }
    }
    return nodes;
  }

  @Override
  public float[] finish(Map<String, Iterator<Node>> nodes) {
    nodes.keySet().forEach(levels::embedding);
    try (Scope scope = levels.backend().open(0)) {
      List<float[]> parts = new ArrayList<>();
      levels.names().forEach(n -> parts.add(first(scope, n, nodes.get(n))));
      List<float[]> labels = new ArrayList<>();
      levels.labels().forEach(n -> labels.add(first(scope, n, nodes.get(n))));
      float[] z = levels.join(parts);
      for (int i = 1; i <= config.processor(); i++) {
        z = levels.next(scope, i, z, labels, null);
      }
      Shape shape = Shape.matrix(config.zIndexDim().get(config.processor()), embeddingDim());
      float[] latents = z;
      return levels
          .calls()
          .run(scope, 1, embeddingDim(), (s, from, to) -> s.meanRows(s.upload(shape, latents, 0)));
    }
  }

  /** What a modality sends on; what an absent one sends is computed once. */
  private float[] first(Scope scope, String name, @Nullable Iterator<Node> nodes) {
    return nodes != null && nodes.hasNext()
        ? nodes.next().latents()
        : absent.computeIfAbsent(name, n -> levels.first(scope, n, null));
  }

  @Override
  public void close() {
    weights.close();
  }
}
