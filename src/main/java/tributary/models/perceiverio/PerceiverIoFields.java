package tributary.models.perceiverio;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import tributary.config.Fields;
import tributary.model.ModalityFields;
import tributary.model.ModelConfig;
import tributary.models.perceiverio.PerceiverTask.Autoencoder;
import tributary.models.perceiverio.PerceiverTask.ConvImage;
import tributary.models.perceiverio.PerceiverTask.Flow;
import tributary.models.perceiverio.PerceiverTask.FourierImage;
import tributary.models.perceiverio.PerceiverTask.LearnedImage;
import tributary.models.perceiverio.PerceiverTask.MaskedLanguage;
import tributary.models.perceiverio.PerceiverTask.TextLabels;
import tributary.models.perceiverio.PerceiverTask.Tokens;

/** Mapping <-> configuration of Perceiver IO. */
final class PerceiverIoFields {
  private static final List<String> TASKS =
      List.of(
          "tokens",
          "masked_lm",
          "text_labels",
          "image_learned",
          "image_fourier",
          "image_conv",
          "optical_flow",
          "autoencoder");
  private static final List<String> EMPTY = List.of("uniform", "zero");

  private PerceiverIoFields() {}

  public static PerceiverIoConfig read(Fields f) {
    Fields t = f.mapping("task");
    PerceiverTask task = task(t);
    t.refuseUnknown();
    int channels = f.whole("channels", 1);
    int inputs = task.inputChannels();
    int crossQk = f.whole("cross_qk", 1, inputs);
    return new PerceiverIoConfig(
        task,
        f.whole("latents", 1),
        channels,
        f.whole("cross_heads", 1, 1),
        crossQk,
        f.whole("cross_v", 1, crossQk),
        f.whole("self_heads", 1, 1),
        f.whole("self_qk", 1, channels),
        f.whole("self_layers", 0),
        f.whole("blocks", 1, 1),
        f.whole("cross_widening", 1, 1),
        f.whole("self_widening", 1, 1),
        f.oneOf("activation", ModelConfig.ACTIVATIONS, "gelu"),
        f.truth("query_residual", true),
        f.oneOf("empty_attention", EMPTY, "uniform"),
        f.oneOf("attention_shape", PerceiverTask.SHAPES, "kv"),
        ModalityFields.all(f));
  }

  private static PerceiverTask task(Fields t) {
    return switch (t.oneOf("kind", TASKS, null)) {
      case "masked_lm" ->
          new MaskedLanguage(
              t.whole("vocabulary", 1, 262),
              t.whole("positions", 1, 2048),
              t.whole("channels", 1, 768));
      case "text_labels" ->
          new TextLabels(
              t.whole("vocabulary", 1, 262),
              t.whole("positions", 1, 2048),
              t.whole("channels", 1, 768),
              t.whole("labels", 1));
      case "image_learned" -> new LearnedImage(t.whole("size", 1, 224), t.whole("labels", 1));
      case "image_fourier" -> new FourierImage(t.whole("size", 1, 224), t.whole("labels", 1));
      case "image_conv" -> new ConvImage(t.whole("size", 5, 224), t.whole("labels", 1));
      case "optical_flow" -> new Flow(t.whole("height", 1, 368), t.whole("width", 1, 496));
      case "autoencoder" ->
          new Autoencoder(
              t.whole("frames", 1, 16),
              t.whole("size", 1, 224),
              t.whole("samples", 1, 1920),
              t.whole("patch", 1, 16),
              t.whole("labels", 1, 700),
              t.whole("outputs", 1, 512),
              t.whole("label_channels", 1, 1024));
      default -> new Tokens(t.whole("channels", 1));
    };
  }

  static void write(PerceiverIoConfig c, ObjectNode to) {
    write(c.task(), to.putObject("task"));
    to.put("latents", c.latents()).put("channels", c.channels());
    to.put("cross_heads", c.crossHeads()).put("cross_qk", c.crossQk()).put("cross_v", c.crossV());
    to.put("self_heads", c.selfHeads()).put("self_qk", c.selfQk());
    to.put("self_layers", c.selfLayers()).put("blocks", c.blocks());
    to.put("cross_widening", c.crossWidening()).put("self_widening", c.selfWidening());
    to.put("activation", c.activation()).put("query_residual", c.queryResidual());
    to.put("empty_attention", c.emptyAttention()).put("attention_shape", c.attentionShape());
    ModalityFields.write(c.modalities(), to);
  }

  private static void write(PerceiverTask task, ObjectNode to) {
    to.put("kind", task.name());
    if (task instanceof Tokens t) {
      to.put("channels", t.channels());
    } else if (task instanceof MaskedLanguage t) {
      to.put("vocabulary", t.vocabulary()).put("positions", t.positions());
      to.put("channels", t.channels());
    } else if (task instanceof TextLabels t) {
      to.put("vocabulary", t.vocabulary()).put("positions", t.positions());
      to.put("channels", t.channels()).put("labels", t.labels());
    } else if (task instanceof LearnedImage t) {
      to.put("size", t.size()).put("labels", t.labels());
    } else if (task instanceof FourierImage t) {
      to.put("size", t.size()).put("labels", t.labels());
    } else if (task instanceof ConvImage t) {
      to.put("size", t.size()).put("labels", t.labels());
    } else if (task instanceof Flow t) {
      to.put("height", t.height()).put("width", t.width());
    } else if (task instanceof Autoencoder t) {
      to.put("frames", t.frames()).put("size", t.size()).put("samples", t.samples());
      to.put("patch", t.patch()).put("labels", t.labels()).put("outputs", t.outputs());
      to.put("label_channels", t.labelChannels());
    }
  }
}
