package tributary.models.elastic;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import tributary.attention.CrossAttention;
import tributary.attention.TransformerDecoderLayer;
import tributary.attention.Weights;
import tributary.encode.AttentionShares;
import tributary.model.LevelSpec;
import tributary.tensor.Activation;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Learned latents, the target, are decoded by `self_layers` pre-norm layers of the transformer with
 * the roots as the memory; no mask. An absent modality is not in the memory; to an empty memory
 * attention contributes 0.
 *
 * @param latents [1, K, F]
 * @param width C of the roots
 */
record DecoderFusion(Tensor latents, List<TransformerDecoderLayer> layers, int width)
    implements Fusion {
  static Fusion of(ElasticConfig config, Weights weights, Activation activation) {
    LevelSpec level = config.fusion();
    Tensor latents = weights.table("fusion.latents");
    List<TransformerDecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < level.selfLayers(); i++) {
      String name = "fusion.layers." + i;
      layers.add(
          new TransformerDecoderLayer(
              CrossAttention.of(weights, name + ".self", level.selfHeads()),
              CrossAttention.of(weights, name + ".cross", level.crossHeads()),
              weights.norm(name + ".self_norm"),
              weights.norm(name + ".cross_norm"),
              weights.norm(name + ".mlp_norm"),
              weights.linear(name + ".mlp.hidden"),
              weights.linear(name + ".mlp.output"),
              activation,
              true));
    }
    return new DecoderFusion(latents, List.copyOf(layers), config.last().channels());
  }

  @Override
  public Tensor fuse(Scope scope, SortedMap<String, Tensor> roots) {
    Tensor memory =
        roots.isEmpty()
            ? scope.upload(Shape.matrix(0, width), new float[0], 0)
            : Fusion.joined(scope, roots);
    Tensor x = latents;
    for (TransformerDecoderLayer layer : layers) {
      x = layer.apply(scope, x, memory, null, null);
    }
    return x;
  }

  /** The mean over the layers. */
  @Override
  public double[] shares(Scope scope, SortedMap<String, float[]> roots) {
    Tensor memory = Fusion.joined(scope, roots, width);
    Tensor x = latents;
    double[] mean = new double[memory.shape().rows()];
    for (TransformerDecoderLayer layer : layers) {
      Tensor keys = scope.linear(memory, layer.cross().key(), Activation.NONE);
      double[] own =
          AttentionShares.of(scope, layer.queries(scope, x, null), keys, layer.cross().heads());
      for (int i = 0; i < mean.length; i++) {
        mean[i] += own[i] / layers.size();
      }
      x = layer.apply(scope, x, memory, null, null);
    }
    return mean;
  }
}
