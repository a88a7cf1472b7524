package tributary.models.elastic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
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
   * @param roots of the modalities present, by name: latents [1, K, C] with the modality's code
   *     added
   * @return [1, fusion.latents, fusion.channels]
   */
  Tensor fuse(Scope scope, SortedMap<String, Tensor> roots);

  /**
   * Fuses records together.
   *
   * @param rows the roots' latents [1, all rows, C], record after record, by name in each
   * @param records of each record how many rows its modalities have; not empty
   * @return [records, fusion.latents, fusion.channels]
   */
  default Tensor fuse(Scope scope, Tensor rows, List<SortedMap<String, Integer>> records) {
    List<Tensor> fused = new ArrayList<>();
    int at = 0;
    for (SortedMap<String, Integer> record : records) {
      SortedMap<String, Tensor> roots = new TreeMap<>();
      for (Map.Entry<String, Integer> e : record.entrySet()) {
        roots.put(e.getKey(), scope.rows(rows, at, at + e.getValue()));
        at += e.getValue();
      }
      fused.add(fuse(scope, roots));
    }
    return together(scope, fused);
  }

  /** Fuses one record whose roots [K, C] are on the heap. */
  default Tensor apply(Scope scope, SortedMap<String, float[]> roots) {
    SortedMap<String, Tensor> uploaded = new TreeMap<>();
    roots.forEach(
        (name, root) ->
            uploaded.put(
                name, scope.upload(Shape.matrix(root.length / width(), width()), root, 0)));
    return fuse(scope, uploaded);
  }

  /** C of the roots. */
  int width();

  /**
   * Fuses records that have roots, or records that have none.
   *
   * @return [records, fusion.latents, fusion.channels]
   */
  default Tensor apply(Scope scope, List<SortedMap<String, float[]>> records) {
    return together(scope, records.stream().map(roots -> apply(scope, roots)).toList());
  }

  private static Tensor together(Scope scope, List<Tensor> fused) {
    Shape one = fused.get(0).shape();
    return scope.reshape(
        scope.concatRows(fused), new Shape(fused.size(), one.rows(), one.channels()));
  }

  /**
   * Where the fusion latents look, all alike: the share of each row of the roots, one root after
   * the other in the order of the names, adding up to 1.
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
   * <p>Where roots must align, the code of an absent modality stands in for its root.
   */
  static Fusion of(ElasticConfig config, Weights weights) {
    Activation activation = Calls.activation(config.activation());
    return switch (config.fusionForm().form()) {
      case FusionForm.SELFDOC, FusionForm.FILM, FusionForm.CROSSVIT ->
          RootFusion.of(config, weights);
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
    public Tensor fuse(Scope scope, SortedMap<String, Tensor> roots) {
      return roots.isEmpty()
          ? block.applyToNothing(scope)
          : block.apply(scope, joined(scope, roots), 0);
    }

    @Override
    public Tensor fuse(Scope scope, Tensor rows, List<SortedMap<String, Integer>> records) {
      int[] lengths =
          records.stream()
              .mapToInt(r -> r.values().stream().mapToInt(Integer::intValue).sum())
              .toArray();
      return block.apply(scope, rows, Lengths.of(lengths), null);
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
      double[] latents = AttentionShares.even(block.rows());
      return block.shares(scope, joined(scope, roots, width), null, 0, latents);
    }
  }

  /** The roots one after the other, by name: [1, rows, C]. */
  static Tensor joined(Scope scope, SortedMap<String, Tensor> roots) {
    return scope.concatRows(List.copyOf(roots.values()));
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
