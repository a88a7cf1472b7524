package tributary.encode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.config.HipConfig;
import tributary.form.CrossBlock;
import tributary.form.Weights;
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
 */
public final class HipAutoencoder implements AutoCloseable {
  private final HipConfig config;
  private final Weights weights;
  private final HipLevels levels;
  private final CrossBlock reconstruction;
  private final float[] queries; // [G0, size, E]
  private final List<Linear> unembed = new ArrayList<>();

  public HipAutoencoder(Model model, Backend backend) {
    if (!(model.config() instanceof HipConfig hip)) {
      throw new IllegalArgumentException("Invalid encoder: " + model.config().encoder() + " (hip)");
    }
    this.config = hip;
    this.weights = new Weights(model.weights(), backend);
    this.levels = new HipLevels(hip, weights, hip.levels());
    Activation activation = Calls.activation(hip.activation());
    this.reconstruction = CrossBlock.of(weights, "reconstruction", 1, activation, false);
    this.queries = levels.groupedPositions();
    levels.names().forEach(n -> unembed.add(weights.linear("unembed." + n)));
  }

  /**
   * What comes out for one record.
   *
   * @param levels the latents of every level, [G, K, C] each
   * @param reconstructions [length, channels] by modality
   */
  public record Output(List<float[]> levels, Map<String, float[]> reconstructions) {}

  /** Runs all levels; a modality without an entry is absent. */
  public Output run(Map<String, Subsequence> record) {
    record.keySet().forEach(levels::embedding);
    try (Scope scope = levels.backend().open(0)) {
      List<float[]> parts = new ArrayList<>();
      for (String name : levels.names()) {
        Subsequence s = record.get(name);
        Rows rows = s == null ? null : Rows.of(s, levels.embedding(name).spec());
        parts.add(levels.first(scope, name, rows));
      }
      List<float[]> outputs = new ArrayList<>();
      outputs.add(levels.join(parts));
      for (int i = 1; i < config.levels(); i++) {
        int from = config.skipFrom(i);
        float[] skip = from < 0 ? null : outputs.get(from);
        outputs.add(levels.level(scope, i, outputs.get(i - 1), 0, config.numGroups().get(i), skip));
      }
      return new Output(outputs, reconstruct(scope, outputs.get(config.levels() - 1)));
    }
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
          levels.calls().run(
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
