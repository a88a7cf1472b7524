package tributary.models.elastic;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import tributary.attention.PersistentMemoryAttention;
import tributary.attention.Weights;
import tributary.encode.AttentionShares;
import tributary.encode.LatentBlock;
import tributary.tensor.Activation;
import tributary.tensor.LayerNorm;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * Persistent memory: learned latents attend to the roots as in the default form, then to each other
 * in layers x = norm(x + attention(x)) whose softmax they share with `memory` learned vectors of
 * each head, in place of feed-forward layers. An absent modality isn't attended to.
 */
final class MemoryFusion implements Fusion {
  private final LatentBlock block;
  private final List<PersistentMemoryAttention> layers = new ArrayList<>();
  private final List<LayerNorm> norms = new ArrayList<>();
  private final int width;

  MemoryFusion(ElasticConfig config, Weights weights, Activation activation) {
    int heads = config.fusion().selfHeads();
    this.block =
        LatentBlock.of(weights, "fusion", 1, config.fusion().crossHeads(), 0, heads, activation);
    this.width = config.last().channels();
    for (int i = 0; i < config.fusion().selfLayers(); i++) {
      String name = "fusion.self." + i;
      layers.add(PersistentMemoryAttention.of(weights, name + ".attention", heads));
      norms.add(weights.norm(name + ".norm"));
    }
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public Tensor fuse(Scope scope, SortedMap<String, Tensor> roots) {
    Tensor x =
        roots.isEmpty()
            ? block.applyToNothing(scope)
            : block.apply(scope, Fusion.joined(scope, roots), 0);
    for (int i = 0; i < layers.size(); i++) {
      x = scope.normalize(layers.get(i).applyPlus(scope, x, null, x), norms.get(i));
    }
    return x;
  }

  @Override
  public double[] shares(Scope scope, SortedMap<String, float[]> roots) {
    Tensor joined = Fusion.joined(scope, roots, width);
    return block.shares(scope, joined, null, 0, AttentionShares.even(block.rows()));
  }
}
