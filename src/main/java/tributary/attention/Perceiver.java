package tributary.attention;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * Perceiver (Jaegle et al. 2021; reference: perceiver_2021): learned latents attend to all inputs
 * depth times, each time followed by self-attention among the latents; a classifier over the mean
 * of the latents. JVM-wide, immutable.
 *
 * @param latents [1, K, C]
 * @param layers one a cross-attend, in order; tied layers stand here several times
 * @param headNorm over the mean of the latents
 * @param head [classes, C]
 */
public record Perceiver(Tensor latents, List<Layer> layers, LayerNorm headNorm, Linear head) {
  /** One cross-attend and the self-attention layers after it. */
  public record Layer(CrossBlock cross, List<SelfBlock> selfLayers) {}

  /**
   * What weights alone do not say.
   *
   * @param depth cross-attends, at least 1
   * @param tied whether the cross-attends after the first share one set of weights, with their
   *     self-attention layers: layers.1
   */
  public record Options(
      int depth,
      boolean tied,
      int crossHeads,
      int selfLayers,
      int selfHeads,
      Activation activation) {
    public Options {
      if (depth < 1) {
        throw Invalid.argument("depth", depth, "at least 1");
      }
      if (selfLayers < 0) {
        throw Invalid.argument("self_layers", selfLayers, "at least 0");
      }
    }
  }

  public Perceiver {
    layers = List.copyOf(layers);
    int channels = latents.shape().channels();
    if (head.inputs() != channels) {
      throw Invalid.argument(
          "head", head.inputs() + " inputs", "as wide as the latents: " + channels);
    }
  }

  /** Reads latents, layers.N.cross, layers.N.self.M, head_norm and head. */
  public static Perceiver of(Weights weights, Options o) {
    List<Layer> layers = new ArrayList<>();
    for (int d = 0; d < o.depth(); d++) {
      if (o.tied() && d > 1) {
        layers.add(layers.get(1));
        continue;
      }
      String name = "layers." + d;
      List<SelfBlock> own = new ArrayList<>();
      for (int s = 0; s < o.selfLayers(); s++) {
        own.add(SelfBlock.of(weights, name + ".self." + s, o.selfHeads(), o.activation()));
      }
      CrossBlock cross =
          CrossBlock.of(weights, name + ".cross", o.crossHeads(), o.activation(), true);
      layers.add(new Layer(cross, List.copyOf(own)));
    }
    return new Perceiver(
        weights.table("latents"), layers, weights.norm("head_norm"), weights.linear("head"));
  }

  /** Width of the inputs. */
  public int inputChannels() {
    return layers.get(0).cross().attention().key().inputs();
  }

  /**
   * The latents after all layers.
   *
   * @param inputs [g, m, c], each with its position features
   * @param mask which inputs may be attended to, null for all; a fully masked group attends to
   *     nothing, which contributes 0
   * @return [g, K, C]
   */
  public Tensor encode(Scope scope, Tensor inputs, @Nullable Mask mask) {
    if (inputs.shape().channels() != inputChannels()) {
      throw Invalid.argument("inputs", inputs.shape(), "channels: " + inputChannels());
    }
    Tensor z = latents;
    for (Layer layer : layers) {
      z = layer.cross().apply(scope, z, inputs, mask);
      for (SelfBlock block : layer.selfLayers()) {
        z = block.apply(scope, z);
      }
    }
    return z;
  }

  /** From latents [g, K, C] to logits [g, 1, classes]. */
  public Tensor classify(Scope scope, Tensor z) {
    return scope.linear(scope.normalize(scope.meanRows(z), headNorm), head, Activation.NONE);
  }
}
