package tributary.model;

import tributary.config.HipConfig;

/** The weights of Hierarchical Perceiver (reference: hip). */
final class HipWeights {
  private HipWeights() {}

  static void add(HipConfig c, WeightTable table) {
    int e = c.numEmbeddingChannels();
    c.modalities()
        .forEach(
            (name, spec) -> {
              table.embed(name, spec, e);
              table.add("position." + name + ".table", c.length(name), e);
              if (c.positionProjection()) {
                table.add("position." + name + ".projection.weight", e, e);
              }
              table.linear("unembed." + name, e, spec.channels());
            });
    for (int i = 0; i < c.levels(); i++) {
      String name = "levels." + i;
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
    table.cross("reconstruction", e, c.numZChannels().get(c.levels() - 1), 1);
  }
}
