package tributary.models.hip;

import tributary.model.Costs;

/** What the levels of Hierarchical Perceiver cost, up to the processor. */
final class HipCosts {
  private HipCosts() {}

  static void add(HipConfig c, Costs costs) {
    long tokens = c.lengths().values().stream().mapToLong(n -> n).sum();
    long labels = c.labelModalities().stream().mapToLong(c::length).sum();
    long inputs = 0;
    for (int i = 0; i <= c.processor(); i++) {
      int groups = c.numGroups().get(i);
      int k = c.zIndexDim().get(i);
      if (i == 0) {
        inputs = (tokens - labels + groups - 1) / groups;
      } else {
        inputs = (long) c.numGroups().get(i - 1) * c.zIndexDim().get(i - 1) / groups;
        inputs += i == c.processor() ? labels : 0;
      }
      int width = c.inputChannels(i);
      int layers = c.numSelfAttendsPerBlock().get(i);
      Costs.Block block =
          new Costs.Block(
                  inputs,
                  width,
                  width,
                  width,
                  k,
                  c.numZChannels().get(i),
                  c.crossAttendWideningFactor().get(i))
              .layers(layers, c.numZChannels().get(i), c.selfAttendWideningFactor().get(i))
              .heads(c.numCrossAttendHeads().get(i), c.numSelfAttendHeads().get(i));
      costs.add(c.block(i), c.block(i) + ".", groups, block, layers, tokens);
    }
  }
}
