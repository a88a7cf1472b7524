package tributary.models.hip;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tributary.attention.CrossBlock;
import tributary.attention.Weights;
import tributary.config.Problems.Refused;
import tributary.encode.Autoencoder;
import tributary.encode.Calls;
import tributary.encode.Rows;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Hierarchical Perceiver whole: every level's output and the reconstruction of every modality
 * (reference: hip). What learning and parity use. JVM-wide, immutable.
 *
 * <p>With labels it is HiPClassBottleneck (hierarchical_perceiver, perceiver.py): labels join the
 * processor's inputs and are decoded from its latents. A label without tokens is masked, all zero
 * tokens like any absent modality, and decoded all the same: that is how a class is predicted. The
 * published code leaves out a label that a whole data set lacks; for that, leave it out of the
 * configuration.
 */
public final class HipAutoencoder implements Autoencoder {
  private final HipConfig config;
  private final Weights weights;
  private final HipLevels levels;
  private final CrossBlock reconstruction;
  private final float[] queries; // [G0, size, E]
  private final List<Linear> unembed = new ArrayList<>();
  private final @Nullable CrossBlock labelReconstruction;
  private final List<Linear> labelUnembed = new ArrayList<>();

  public HipAutoencoder(Model model, Backend backend) {
    HipConfig hip = model.config(HipConfig.class, "hip");
    if (!hip.decoder()) {
      throw new Refused(
          List.of(
              "Cannot reconstruct records: the model has no decoder (decoder: true in its"
                  + " configuration gives it one, for learning)"));
    }
    this.config = hip;
    this.weights = new Weights(model.weights(), backend);
    this.levels = new HipLevels(hip, weights, hip.levels());
    Activation activation = Calls.activation(hip.activation());
    this.reconstruction = CrossBlock.of(weights, "reconstruction", 1, activation, false);
    this.queries = levels.groupedPositions();
    levels.names().forEach(n -> unembed.add(weights.linear("unembed." + n)));
    levels.labels().forEach(n -> labelUnembed.add(weights.linear("unembed." + n)));
    this.labelReconstruction =
        levels.labels().isEmpty()
            ? null
            : CrossBlock.of(weights, "label_reconstruction", 1, activation, false);
  }

  /**
   * What comes out for one record.
   *
   * @param levels the latents of every level, [G, K, C] each
   * @param reconstructions [length, channels] by modality
   */
  public record Output(List<float[]> levels, Map<String, float[]> reconstructions) {}

  @Override
  public Map<String, float[]> reconstruct(Map<String, Subsequence> record) {
    return run(record).reconstructions();
  }

  /** Runs all levels; a modality without an entry is absent. */
  public Output run(Map<String, Subsequence> record) {
    record.keySet().forEach(levels::embedding);
    try (Scope scope = levels.backend().open(0)) {
      List<float[]> parts = new ArrayList<>();
      levels.names().forEach(n -> parts.add(first(scope, n, record.get(n))));
      List<float[]> labels = new ArrayList<>();
      levels.labels().forEach(n -> labels.add(first(scope, n, record.get(n))));
      List<float[]> outputs = new ArrayList<>();
      outputs.add(levels.join(parts));
      for (int i = 1; i < config.levels(); i++) {
        int from = config.skipFrom(i);
        float[] skip = from < 0 ? null : outputs.get(from);
        outputs.add(levels.next(scope, i, outputs.get(i - 1), labels, skip));
      }
      Map<String, float[]> made = reconstruct(scope, outputs.get(config.levels() - 1));
      made.putAll(labels(scope, outputs.get(config.processor())));
      return new Output(outputs, made);
    }
  }

  private float[] first(Scope scope, String name, @Nullable Subsequence s) {
    Rows rows = s == null ? null : Rows.of(s, levels.embedding(name).spec());
    return levels.first(scope, name, rows);
  }

  /** The labels' position codes attend to the processor's latents, by one head for all labels. */
  private Map<String, float[]> labels(Scope scope, float[] z) {
    Map<String, float[]> made = new LinkedHashMap<>();
    int p = config.processor();
    Shape latents = new Shape(1, config.zIndexDim().get(p), config.numZChannels().get(p));
    for (int i = 0; i < levels.labels().size(); i++) {
      String name = levels.labels().get(i);
      Linear layer = labelUnembed.get(i);
      CrossBlock head = Objects.requireNonNull(labelReconstruction);
      made.put(
          name,
          levels
              .calls()
              .run(
                  scope,
                  1,
                  config.length(name) * layer.outputs(),
                  (s, from, to) -> {
                    Tensor q = levels.positions(name).all(s);
                    Tensor x = s.upload(latents, z, 0);
                    return s.linear(head.apply(s, q, x), layer, Activation.NONE);
                  }));
    }
    return made;
  }

  /** The grouped position codes attend to the last level's latents of the same group. */
  private Map<String, float[]> reconstruct(Scope scope, float[] z) {
    HipLayout layout = levels.layout();
    int last = config.levels() - 1;
    int width = config.numZChannels().get(last);
    int rows = config.zIndexDim().get(last);
    int e = config.numEmbeddingChannels();
    Map<String, float[]> made = new LinkedHashMap<>();
    for (int i = 0; i < unembed.size(); i++) {
      Linear layer = unembed.get(i);
      int start = layout.start()[i];
      int size = layout.size();
      float[] grouped =
          levels
              .calls()
              .run(
                  scope,
                  layout.groups()[i],
                  size * layer.outputs(),
                  (s, from, to) -> {
                    int g = to - from;
                    Tensor q = s.upload(new Shape(g, size, e), queries, (start + from) * size * e);
                    int at = (start + from) * rows * width;
                    Tensor x = s.upload(new Shape(g, rows, width), z, at);
                    return s.linear(reconstruction.apply(s, q, x), layer, Activation.NONE);
                  });
      made.put(levels.names().get(i), layout.ungroup(i, grouped, layer.outputs()));
    }
    return made;
  }

  @Override
  public void close() {
    weights.close();
  }
}
