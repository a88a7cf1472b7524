package tributary.model;

import tributary.config.ElasticConfig;
import tributary.config.LevelSpec;

/** The weights of the elastic hierarchy (reference: elastic_encode, elastic_decode). */
final class ElasticWeights {
  private ElasticWeights() {}

  static void add(ElasticConfig c, WeightTable table) {
    int width = c.embeddingChannels();
    c.modalities()
        .forEach(
            (name, spec) -> {
              table.embed(name, spec, c.embeddingChannels());
              table.add("position." + name + ".table", c.groupSize(), c.embeddingChannels());
              table.linear("unembed." + name, c.embeddingChannels(), spec.channels());
              table.add("modality." + name, c.last().channels());
            });
    for (int i = 0; i < c.levels().size(); i++) {
      block(c, "levels." + i, c.levels().get(i), width, i > 0, table);
      width = c.levels().get(i).channels();
    }
    block(c, "merge", c.merge(), width, true, table);
    block(c, "fusion", c.fusion(), width, false, table);
    table.linear("head", c.fusion().channels(), c.embeddingDim());
    for (int i = 0; i < c.levels().size(); i++) {
      int parent = i + 1 < c.levels().size() ? c.levels().get(i + 1).channels() : width;
      decoder(c, Integer.toString(i), c.levels().get(i).channels(), parent, table);
    }
    decoder(c, "merge", width, width, table);
    decoder(c, "root", width, c.fusion().channels(), table);
    decoder(c, "tokens", c.embeddingChannels(), c.levels().get(0).channels(), table);
  }

  private static void block(
      ElasticConfig c, String name, LevelSpec level, int inputs, boolean slots, WeightTable table) {
    table.add(name + ".latents", level.latents(), level.channels());
    if (slots) {
      table.add(name + ".slots", c.fanIn(), inputs);
    }
    table.cross(name + ".cross", level.channels(), inputs, c.crossWidening());
    for (int s = 0; s < level.selfLayers(); s++) {
      table.selfAttention(name + ".self." + s, level.channels(), c.selfWidening());
    }
  }

  private static void decoder(
      ElasticConfig c, String name, int queries, int inputs, WeightTable table) {
    table.cross("decode." + name, queries, inputs, c.crossWidening());
  }
}
