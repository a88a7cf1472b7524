package tributary.models.elastic;

import java.util.List;
import tributary.model.LevelSpec;
import tributary.model.WeightTable;

/**
 * The weights of the elastic hierarchy (reference: elastic_encode, elastic_decode). What
 * reconstructs tokens, `unembed` and `decode`, is only in a model for learning.
 */
final class ElasticWeights {
  private ElasticWeights() {}

  static void add(ElasticConfig c, WeightTable table) {
    int width = c.embeddingChannels();
    c.modalities()
        .forEach(
            (name, spec) -> {
              table.embed(name, spec, c.embeddingChannels());
              c.positions(name).ifPresent(codes -> codes.weights(name, table));
              if (c.decodes()) {
                table.linear("unembed." + name, c.embeddingChannels(), spec.channels());
              }
              table.add("modality." + name, c.last().channels());
            });
    for (int i = 0; i < c.levels().size(); i++) {
      block(c, "levels." + i, c.levels().get(i), width, i > 0, table);
      width = c.levels().get(i).channels();
    }
    block(c, "merge", c.merge(), width, true, table);
    fusion(c, width, table);
    table.linear("head", c.fusion().channels(), c.embeddingDim());
    if (c.decodes()) {
      decoder(c, width, table);
    }
  }

  private static void decoder(ElasticConfig c, int width, WeightTable table) {
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

  /** What the form of the fusion asks for, names as its class reads them. */
  private static void fusion(ElasticConfig c, int width, WeightTable table) {
    LevelSpec level = c.fusion();
    int channels = level.channels();
    FusionForm form = c.fusionForm();
    if (!form.ofRoots()) {
      table.add("fusion.latents", level.latents(), channels);
    }
    switch (form.form()) {
      case FusionForm.SELFDOC -> {
        for (String side : List.of("a", "b")) {
          for (String step : List.of("odd", "cross")) {
            String name = "fusion.selfdoc." + side + "." + step;
            table.attention(name, width, width);
            table.norm(name + "_norm", width);
          }
        }
      }
      case FusionForm.FILM -> table.linear("fusion.film.generator", width, 2L * width);
      case FusionForm.CROSSVIT -> {
        for (String side : List.of("small", "large")) {
          String name = "fusion.crossvit." + side;
          table.norm(name + ".project_norm", width);
          table.linear(name + ".project", width, width);
          table.norm(name + ".norm", width);
          table.attention(name + ".attention", width, width);
          table.norm(name + ".back_norm", width);
          table.linear(name + ".back", width, width);
        }
      }
      case FusionForm.RETRO -> {
        table.cross("fusion.cross", channels, width, c.crossWidening());
        int d = width / level.crossHeads();
        table.add("fusion.cross.attention.null.key", level.crossHeads(), d);
        table.add("fusion.cross.attention.null.value", level.crossHeads(), d);
      }
      case FusionForm.TRANSFORMER_DECODER -> {
        for (int i = 0; i < level.selfLayers(); i++) {
          String name = "fusion.layers." + i;
          table.norm(name + ".self_norm", channels);
          table.attention(name + ".self", channels, channels);
          table.norm(name + ".cross_norm", channels);
          table.attention(name + ".cross", channels, width);
          table.mlp(name, channels, c.selfWidening());
        }
      }
      default -> table.cross("fusion.cross", channels, width, c.crossWidening());
    }
    for (int i = 0; i < level.selfLayers(); i++) {
      String name = "fusion.self." + i;
      if (form.form().equals(FusionForm.PERSISTENT_MEMORY)) {
        int d = channels / level.selfHeads();
        table.norm(name + ".norm", channels);
        table.attention(name + ".attention", channels, channels);
        table.add(name + ".attention.memory.key", level.selfHeads(), form.memory(), d);
        table.add(name + ".attention.memory.value", level.selfHeads(), form.memory(), d);
      } else if (!form.form().equals(FusionForm.TRANSFORMER_DECODER)) {
        table.selfAttention(name, channels, c.selfWidening());
      }
    }
  }

  private static void decoder(
      ElasticConfig c, String name, int queries, int inputs, WeightTable table) {
    table.cross("decode." + name, queries, inputs, c.crossWidening());
  }
}
