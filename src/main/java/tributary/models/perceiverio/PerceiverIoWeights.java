package tributary.models.perceiverio;

import java.util.List;
import tributary.model.WeightTable;
import tributary.models.perceiverio.PerceiverTask.Autoencoder;
import tributary.models.perceiverio.PerceiverTask.ConvImage;
import tributary.models.perceiverio.PerceiverTask.Flow;
import tributary.models.perceiverio.PerceiverTask.LearnedImage;
import tributary.models.perceiverio.PerceiverTask.MaskedLanguage;
import tributary.models.perceiverio.PerceiverTask.TextLabels;

/** The weights of Perceiver IO; kernels of convolutions are [outputs, channels * k * k]. */
final class PerceiverIoWeights {
  private PerceiverIoWeights() {}

  static void add(PerceiverIoConfig c, WeightTable table) {
    input(c.task(), table);
    int inputs = c.task().inputChannels();
    table.add("latents", c.latents(), c.channels());
    table.cross("cross", c.channels(), inputs, c.crossQk(), c.crossV(), c.crossWidening());
    for (int s = 0; s < c.selfLayers(); s++) {
      table.selfAttention("self." + s, c.channels(), c.selfQk(), c.selfWidening());
    }
    PerceiverTask.Decoder d = c.decoder();
    if (d == null) {
      return;
    }
    if (c.task() instanceof Autoencoder a) {
      table.add("output.queries", 1, a.labelChannels());
    } else if (d.queries() > 0) {
      table.add("output.queries", d.queries(), d.channels());
    }
    table.cross("output.cross", d.channels(), c.channels(), d.qk(), d.v(), 1);
    if (d.outputs() > 0) {
      table.linear("output.final", d.channels(), d.outputs());
    }
    output(c.task(), d, table);
  }

  private static void input(PerceiverTask task, WeightTable table) {
    if (task instanceof MaskedLanguage t) {
      text(t.vocabulary(), t.positions(), t.channels(), table);
    } else if (task instanceof TextLabels t) {
      text(t.vocabulary(), t.positions(), t.channels(), table);
    } else if (task instanceof LearnedImage t) {
      table.linear("input.convolution", 3, LearnedImage.CHANNELS);
      table.add("input.positions", (long) t.size() * t.size(), LearnedImage.CHANNELS);
      table.linear("input.projection", LearnedImage.CHANNELS, LearnedImage.CHANNELS);
    } else if (task instanceof ConvImage) {
      int kernel = ConvImage.KERNEL * ConvImage.KERNEL;
      table.add("input.convolution.weight", ConvImage.CHANNELS, 3L * kernel);
      table.norm("input.norm", ConvImage.CHANNELS);
      table.add("input.norm.mean", ConvImage.CHANNELS);
      table.add("input.norm.variance", ConvImage.CHANNELS);
    } else if (task instanceof Flow) {
      table.linear("input.patches", Flow.PATCH, Flow.CHANNELS);
    } else if (task instanceof Autoencoder t) {
      for (String m : List.of("audio", "image", "label")) {
        table.add("input.padding." + m, 1, t.inputChannels() - t.tokenChannels(m));
        table.add("input.mask." + m, 1, t.inputChannels());
      }
    }
  }

  private static void text(int vocabulary, int positions, int channels, WeightTable table) {
    table.add("input.embedding", vocabulary, channels);
    table.add("input.positions", positions, channels);
  }

  private static void output(PerceiverTask task, PerceiverTask.Decoder d, WeightTable table) {
    if (task instanceof MaskedLanguage t) {
      table.add("output.bias", t.vocabulary());
    } else if (task instanceof Autoencoder t) {
      for (String m : List.of("audio", "image", "label")) {
        table.add("output.padding." + m, 1, d.channels() - t.queryChannels(m));
      }
      table.linear("output.audio", t.outputs(), t.patch());
      table.linear("output.image", t.outputs(), 3);
      table.linear("output.label", t.outputs(), t.labels());
    }
  }
}
