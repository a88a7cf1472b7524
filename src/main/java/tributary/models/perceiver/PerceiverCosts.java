package tributary.models.perceiver;

import tributary.model.Costs;

/** What a Perceiver costs. */
final class PerceiverCosts {
  private PerceiverCosts() {}

  /** Of a record of 1,024 tokens. */
  static void add(PerceiverConfig c, Costs costs) {
    long tokens = 1024;
    for (int d = 0; d < c.depth(); d++) {
      int width = c.inputChannels();
      Costs.Block block =
          new Costs.Block(tokens, width, width, width, c.latents(), c.channels(), c.crossWidening())
              .layers(c.selfLayers(), c.channels(), c.selfWidening())
              .heads(c.crossHeads(), c.selfHeads());
      String weights = "layers." + (c.tieLayers() ? Math.min(d, 1) : d) + ".";
      costs.add("pass " + d, weights, 1, block, c.selfLayers(), tokens);
    }
  }
}
