package tributary.attention;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * The encoder of Perceiver IO (Jaegle et al. 2021; Hugging Face's PerceiverEncoder): learned
 * latents attend to the inputs once, then a block of self-attention layers is run `blocks` times
 * with the same weights. The latents' projected queries are computed once, or, where weights are
 * learnt, in each call. JVM-wide, immutable.
 *
 * @param latents [1, K, C]
 * @param projected [1, K, qk]; null while weights are learnt
 */
public record PerceiverIo(
    Tensor latents,
    @Nullable Tensor projected,
    CrossBlock cross,
    List<SelfBlock> layers,
    int blocks) {
  /**
   * What weights alone do not say.
   *
   * @param blocks at least 1
   * @param queryResidual whether the cross-attend adds the latents
   * @param fullyMasked what latents find where nothing may be attended to: the mean of all values
   *     (Hugging Face) or zero (DeepMind)
   */
  public record Options(
      int crossHeads,
      int selfHeads,
      int selfLayers,
      int blocks,
      Activation activation,
      boolean queryResidual,
      FullyMasked fullyMasked) {
    public Options {
      if (blocks < 1) {
        throw Invalid.argument("blocks", blocks, "at least 1");
      }
      if (selfLayers < 0) {
        throw Invalid.argument("self_layers", selfLayers, "at least 0");
      }
    }
  }

  public PerceiverIo {
    layers = List.copyOf(layers);
  }

  /** Reads latents, cross and self.N. */
  public static PerceiverIo of(Weights weights, Options o) {
    Tensor latents = weights.table("latents");
    CrossBlock cross =
        CrossBlock.of(weights, "cross", o.crossHeads(), o.activation(), o.queryResidual())
            .fullyMasked(o.fullyMasked());
    List<SelfBlock> layers = new ArrayList<>();
    for (int s = 0; s < o.selfLayers(); s++) {
      layers.add(SelfBlock.of(weights, "self." + s, o.selfHeads(), o.activation()));
    }
    if (weights.learning()) {
      return new PerceiverIo(latents, null, cross, layers, o.blocks());
    }
    try (Scope scope = weights.backend().open(0)) {
      Tensor q = cross.project(scope, latents);
      float[] values = scope.values(q);
      Tensor projected = weights.constant("latents.projected", q.shape(), values);
      return new PerceiverIo(latents, projected, cross, layers, o.blocks());
    }
  }

  /** Width of the inputs. */
  public int inputChannels() {
    return cross.attention().key().inputs();
  }

  /** What the latents look for: [1, K, qk]. */
  public Tensor queries(Scope scope) {
    return projected == null ? cross.project(scope, latents) : projected;
  }

  /**
   * Encodes.
   *
   * @param inputs [g, m, c]
   * @param mask [g or 1, 1, m] which inputs may be attended to, null for all
   * @return [g, K, C]
   */
  public Tensor encode(Scope scope, Tensor inputs, @Nullable Mask mask) {
    if (inputs.shape().channels() != inputChannels()) {
      throw Invalid.argument("inputs", inputs.shape(), "channels: " + inputChannels());
    }
    Tensor z = cross.apply(scope, latents, queries(scope), inputs, mask);
    for (int b = 0; b < blocks; b++) {
      for (SelfBlock layer : layers) {
        z = layer.apply(scope, z);
      }
    }
    return z;
  }
}
