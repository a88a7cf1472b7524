package tributary.models.perceiverio;

import tributary.model.Costs;

/** What a Perceiver IO costs. */
final class PerceiverIoCosts {
  private PerceiverIoCosts() {}

  static void add(PerceiverIoConfig c, Costs costs) {
    long inputs = inputs(c.task());
    int width = c.task().inputChannels();
    Costs.Block cross =
        new Costs.Block(
                inputs,
                width,
                c.crossQk(),
                c.crossV(),
                c.latents(),
                c.channels(),
                c.crossWidening())
            .heads(c.crossHeads(), 0);
    costs.add("cross", "cross.", 1, cross, 0, inputs);
    Costs.Block self =
        new Costs.Block(0, width, c.crossQk(), c.crossV(), c.latents(), c.channels(), 0)
            .layers(c.blocks() * c.selfLayers(), c.selfQk(), c.selfWidening())
            .heads(0, c.selfHeads());
    costs.add("self x " + c.blocks(), "self.", 1, self, c.blocks() * c.selfLayers(), inputs);
  }

  /** Of a record of the greatest length that the task has; 1 where it has none. */
  private static long inputs(PerceiverTask task) {
    if (task instanceof PerceiverTask.MaskedLanguage t) {
      return t.positions();
    } else if (task instanceof PerceiverTask.TextLabels t) {
      return t.positions();
    } else if (task instanceof PerceiverTask.LearnedImage t) {
      return (long) t.size() * t.size();
    } else if (task instanceof PerceiverTask.FourierImage t) {
      return (long) t.size() * t.size();
    } else if (task instanceof PerceiverTask.ConvImage t) {
      long side = ((t.size() - 1) / 2 + 1 - 3) / 2 + 1;
      return side * side;
    } else if (task instanceof PerceiverTask.Flow t) {
      return (long) t.height() * t.width();
    } else if (task instanceof PerceiverTask.Autoencoder t) {
      long side = t.size() / PerceiverTask.Autoencoder.IMAGE_PATCH;
      return t.frames() * side * side + (long) t.frames() * t.samples() / t.patch() + 1;
    }
    return 1;
  }
}
