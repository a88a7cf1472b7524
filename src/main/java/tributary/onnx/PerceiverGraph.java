package tributary.onnx;

import org.jspecify.annotations.Nullable;
import tributary.attention.Perceiver;
import tributary.attention.PerceiverIo;
import tributary.model.Weight;
import tributary.tensor.Attention.FullyMasked;

/** Perceiver (2021) and Perceiver IO as ONNX operations, by the names that their classes read. */
public final class PerceiverGraph {
  private final Layers layers;
  private final Blocks blocks;

  public PerceiverGraph(Layers layers) {
    this.layers = layers;
    this.blocks = new Blocks(layers);
  }

  /** The learned latents, not to be called as the outputs are. */
  private String latents() {
    Weight w = layers.weight("latents");
    long[] shape = {1, w.shape()[0], w.shape()[1]};
    return layers.graph().constant("latents.learned", shape, w.values());
  }

  /**
   * The latents after all passes [batch, K, C].
   *
   * @param inputs [batch, m, c], each with its position features
   * @param mask bool that broadcasts to [batch, K, m]; null for all
   */
  public String encode(String inputs, Perceiver.Options o, @Nullable String mask) {
    String z = latents();
    for (int d = 0; d < o.depth(); d++) {
      String name = "layers." + (o.tied() ? Math.min(d, 1) : d);
      z = blocks.cross(z, inputs, name + ".cross", o.crossHeads(), true, mask, FullyMasked.ZERO);
      z = blocks.selfLayers(z, name + ".self", o.selfLayers(), o.selfHeads());
    }
    return z;
  }

  /** From latents [batch, K, C] to logits [batch, classes]. */
  public String classify(String z) {
    return layers.linear(layers.normalize(layers.meanRows(z), "head_norm"), "head");
  }

  /** Perceiver IO's latents [batch, K, C], arguments as in {@link #encode}. */
  public String encode(String inputs, PerceiverIo.Options o, @Nullable String mask) {
    String z =
        blocks.cross(
            latents(), inputs, "cross", o.crossHeads(), o.queryResidual(), mask, o.fullyMasked());
    for (int b = 0; b < o.blocks(); b++) {
      z = blocks.selfLayers(z, "self", o.selfLayers(), o.selfHeads());
    }
    return z;
  }

  /** Queries [batch or 1, n, c] attend to latents [batch, K, C]; prefix.final where it is. */
  public String decode(
      String queries, String latents, String prefix, int heads, boolean queryResidual) {
    String y =
        blocks.cross(
            queries, latents, prefix + ".cross", heads, queryResidual, null, FullyMasked.ZERO);
    String last = prefix + ".final";
    return layers.has(last + ".weight") ? layers.linear(y, last) : y;
  }
}
