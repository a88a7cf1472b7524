package tributary.models.elastic;

import tributary.model.Costs;
import tributary.model.LevelSpec;

/** What the levels of the elastic hierarchy cost. */
final class ElasticCosts {
  private ElasticCosts() {}

  /** The merge level's cost a token is that of all its runs over a long record: a geometric sum. */
  static void add(ElasticConfig c, Costs costs) {
    long inputs = c.groupSize();
    int width = c.embeddingChannels();
    double tokens = c.groupSize();
    for (int i = 0; i < c.levels().size(); i++) {
      LevelSpec l = c.levels().get(i);
      level(costs, "levels." + i, inputs, width, l, c, tokens);
      inputs = (long) c.fanIn() * l.latents();
      width = l.channels();
      tokens *= c.fanIn();
    }
    level(costs, "merge", inputs, width, c.merge(), c, tokens * (c.fanIn() - 1) / c.fanIn());
    level(
        costs,
        "fusion",
        (long) c.modalities().size() * c.merge().latents(),
        width,
        c.fusion(),
        c,
        0);
  }

  private static void level(
      Costs costs,
      String name,
      long inputs,
      int width,
      LevelSpec l,
      ElasticConfig c,
      double tokens) {
    Costs.Block block =
        new Costs.Block(inputs, width, width, width, l.latents(), l.channels(), c.crossWidening())
            .layers(l.selfLayers(), l.channels(), c.selfWidening())
            .heads(l.crossHeads(), l.selfHeads());
    costs.add(
        name,
        name + ".",
        1,
        block,
        l.selfLayers(),
        tokens == 0 ? Double.POSITIVE_INFINITY : tokens);
  }
}
