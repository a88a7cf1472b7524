package tributary.models.hip;

import tributary.model.WeightTable;

/**
 * The weights of Hierarchical Perceiver (reference: hip). With labels, the blocks are called
 * perceiver_block_{i} as published, and the labels have a head of their own: Haiku's
 * reconstruction_head is {@code label_reconstruction} here and its reconstruction_head_1 is {@code
 * reconstruction}; embedder_1 and position_encoder_1 hold what is called embed, unembed and
 * position here, by the label's name.
 */
final class HipWeights {
  private HipWeights() {}

  static void add(HipConfig c, WeightTable table) {
    int e = c.numEmbeddingChannels();
    c.modalities()
        .forEach(
            (name, spec) -> {
              int codes = c.codeChannels(name);
              table.embed(name, spec, codes);
              c.positions(name).ifPresent(places -> places.weights(name, table));
              if (c.decoder()) {
                table.linear("unembed." + name, codes, spec.channels());
              }
            });
    for (int i = 0; i < (c.decoder() ? c.levels() : c.processor() + 1); i++) {
      String name = c.block(i);
      int channels = c.numZChannels().get(i);
      table.add(name + ".latents", (long) c.numGroups().get(i) * c.zIndexDim().get(i), channels);
      int from = c.skipFrom(i);
      if (from >= 0 && c.numZChannels().get(from) != channels) {
        table.linear(name + ".skip", c.numZChannels().get(from), channels);
      }
      table.cross(
          name + ".cross", channels, c.inputChannels(i), c.crossAttendWideningFactor().get(i));
      for (int s = 0; s < c.numSelfAttendsPerBlock().get(i); s++) {
        table.selfAttention(name + ".self." + s, channels, c.selfAttendWideningFactor().get(i));
      }
    }
    if (!c.decoder()) {
      return;
    }
    if (!c.labelModalities().isEmpty()) {
      int p = c.processor();
      table.cross("label_reconstruction", c.inputChannels(p), c.numZChannels().get(p), 1);
    }
    table.cross("reconstruction", e, c.numZChannels().get(c.levels() - 1), 1);
  }
}
