package tributary.models.perceiver;

import tributary.model.ModalitySpec;
import tributary.model.WeightTable;

/** The weights of Perceiver (reference: perceiver_2021), with embeddings and modality codes. */
final class PerceiverWeights {
  private PerceiverWeights() {}

  static void add(PerceiverConfig c, WeightTable table) {
    int inputs = c.inputChannels();
    c.modalities()
        .forEach(
            (name, spec) -> {
              if (spec instanceof ModalitySpec.Text) {
                table.add("embed." + name + ".table", spec.channels(), c.embeddingChannels());
              }
              table.add("modality." + name, inputs - c.tokenChannels(spec));
            });
    table.add("latents", c.latents(), c.channels());
    for (int d = 0; d < (c.tieLayers() ? Math.min(2, c.depth()) : c.depth()); d++) {
      String name = "layers." + d;
      table.cross(name + ".cross", c.channels(), inputs, c.crossWidening());
      for (int s = 0; s < c.selfLayers(); s++) {
        table.selfAttention(name + ".self." + s, c.channels(), c.selfWidening());
      }
    }
    table.norm("head_norm", c.channels());
    table.linear("head", c.channels(), c.embeddingDim());
  }
}
