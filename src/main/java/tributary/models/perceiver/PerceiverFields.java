package tributary.models.perceiver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import tributary.config.Fields;
import tributary.model.ModalityFields;
import tributary.model.ModelConfig;

/** Mapping <-> configuration of Perceiver. */
final class PerceiverFields {
  private PerceiverFields() {}

  public static PerceiverConfig read(Fields f) {
    return new PerceiverConfig(
        f.whole("latents", 1),
        f.whole("channels", 1),
        f.whole("depth", 1),
        f.truth("weight_tie_layers", true),
        f.whole("cross_heads", 1, 1),
        f.whole("self_layers", 0),
        f.whole("self_heads", 1, 1),
        f.whole("cross_widening", 1, 4),
        f.whole("self_widening", 1, 4),
        f.oneOf("activation", ModelConfig.ACTIVATIONS, "gelu"),
        f.whole("num_bands", 1),
        f.whole("embedding_channels", 1, 64),
        f.whole("embedding_dim", 1),
        ModalityFields.all(f));
  }

  static void write(PerceiverConfig c, ObjectNode to) {
    to.put("latents", c.latents()).put("channels", c.channels());
    to.put("depth", c.depth()).put("weight_tie_layers", c.tieLayers());
    to.put("cross_heads", c.crossHeads()).put("self_layers", c.selfLayers());
    to.put("self_heads", c.selfHeads()).put("cross_widening", c.crossWidening());
    to.put("self_widening", c.selfWidening()).put("activation", c.activation());
    to.put("num_bands", c.bands()).put("embedding_channels", c.embeddingChannels());
    to.put("embedding_dim", c.embeddingDim());
    ModalityFields.write(c.modalities(), to);
  }
}
