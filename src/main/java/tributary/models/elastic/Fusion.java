package tributary.models.elastic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import tributary.attention.SelfBlock;
import tributary.attention.Weights;
import tributary.encode.AttentionShares;
import tributary.encode.Calls;
import tributary.encode.LatentBlock;
import tributary.model.LevelSpec;
import tributary.tensor.Activation;
import tributary.tensor.Lengths;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * How the roots of the modalities become the fusion latents: the reader of `fusion.form`. JVM-wide,
 * immutable.
 */
interface Fusion {
  /**
   * Fuses one record.
   *
   * @param roots of the modalities present, by name: latents [K, C] with the modality's code added
   * @return [1, fusion.latents, fusion.channels]
   */
  Tensor apply(Scope scope, SortedMap<String, float[]> roots);

  /**
   * Fuses records that have roots, or records that have none.
   *
   * @return [records, fusion.latents, fusion.channels]
   */
  default Tensor apply(Scope scope, List<SortedMap<String, float[]>> records) {
    List<Tensor> fused = records.stream().map(roots -> apply(scope, roots)).toList();
    Shape one = fused.get(0).shape();
    return scope.reshape(
        scope.concatRows(fused), new Shape(fused.size(), one.rows(), one.channels()));
  }

  /**
   * Where the fusion latents look: each root's share, in the order of the names, adding up to 1.
   *
   * @throws IllegalArgumentException where the form's latents don't attend to the roots side by
   *     side
   */
  default double[] shares(Scope scope, SortedMap<String, float[]> roots) {
    throw new IllegalArgumentException(
        "Cannot explain fusion: only the forms cross-attention, persistent-memory and"
            + " transformer-decoder have latents that look at every root");
  }

  /**
   * The form that the configuration names, with its weights below `fusion`.
   *
   * @param codes of all modalities [C], what stands for an absent one where roots must align
   */
  static Fusion of(ElasticConfig config, Weights weights, Map<String, float[]> codes) {
    Activation activation = Calls.activation(config.activation());
    return switch (config.fusionForm().form()) {
      case FusionForm.SELFDOC, FusionForm.FILM, FusionForm.CROSSVIT ->
          RootFusion.of(config, weights, codes);
      case FusionForm.RETRO -> new RetroFusion(config, weights);
      case FusionForm.TRANSFORMER_DECODER -> DecoderFusion.of(config, weights, activation);
      case FusionForm.PERSISTENT_MEMORY -> new MemoryFusion(config, weights, activation);
      default -> crossAttention(config, weights, activation);
    };
  }

  /** Learned latents attend to the roots, then to each other. */
  private static Fusion crossAttention(
      ElasticConfig config, Weights weights, Activation activation) {
    LevelSpec level = config.fusion();
    LatentBlock block =
        LatentBlock.of(
            weights,
            "fusion",
            1,
            level.crossHeads(),
            level.selfLayers(),
            level.selfHeads(),
            activation);
    return new Latents(block, config.last().channels());
  }

  /** Learned latents that attend to all roots' rows, one after the other. */
  record Latents(LatentBlock block, int width) implements Fusion {
    @Override
    public Tensor apply(Scope scope, SortedMap<String, float[]> roots) {
      return roots.isEmpty()
          ? block.applyToNothing(scope)
          : block.apply(scope, joined(scope, roots, width), 0);
    }

    @Override
    public Tensor apply(Scope scope, List<SortedMap<String, float[]>> records) {
      if (records.size() == 1 || records.get(0).isEmpty()) {
        return Fusion.super.apply(scope, records);
      }
      List<float[]> roots = records.stream().flatMap(r -> r.values().stream()).toList();
      int[] rows =
          records.stream()
              .mapToInt(r -> r.values().stream().mapToInt(x -> x.length).sum() / width)
              .toArray();
      return block.apply(scope, joined(scope, roots, width), Lengths.of(rows), null);
    }

    @Override
    public double[] shares(Scope scope, SortedMap<String, float[]> roots) {
      return AttentionShares.sums(block.shares(scope, joined(scope, roots, width)), roots.size());
    }
  }

  /** The roots one after the other, by name: [1, rows, C]. */
  static Tensor joined(Scope scope, SortedMap<String, float[]> roots, int width) {
    return joined(scope, List.copyOf(roots.values()), width);
  }

  private static Tensor joined(Scope scope, List<float[]> roots, int width) {
    int size = roots.stream().mapToInt(r -> r.length).sum();
    float[] joined = new float[size];
    int at = 0;
    for (float[] root : roots) {
      System.arraycopy(root, 0, joined, at, root.length);
      at += root.length;
    }
    return scope.upload(Shape.matrix(size / width, width), joined, 0);
  }

  /** The self-attention layers fusion.self.0 and on. */
  static List<SelfBlock> layers(ElasticConfig config, Weights weights) {
    List<SelfBlock> layers = new ArrayList<>();
    for (int i = 0; i < config.fusion().selfLayers(); i++) {
      layers.add(
          SelfBlock.of(
              weights,
              "fusion.self." + i,
              config.fusion().selfHeads(),
              Calls.activation(config.activation())));
    }
    return layers;
  }
}
