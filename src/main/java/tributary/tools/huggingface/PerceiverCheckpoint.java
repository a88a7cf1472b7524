package tributary.tools.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.config.Problems;
import tributary.model.ModalitySpec;
import tributary.model.Weight;
import tributary.models.perceiverio.PerceiverIoConfig;
import tributary.models.perceiverio.PerceiverTask;

/**
 * Hugging Face's Perceiver: its config.json to {@link PerceiverIoConfig}, its tensors to ours. As
 * in its code, and unlike its configuration: layer norms have epsilon 1e-5 whatever layer_norm_eps
 * says, d_model is read by the language models alone, and dropout is for training.
 */
public final class PerceiverCheckpoint {
  private PerceiverCheckpoint() {}

  /** The classes of Hugging Face's library. */
  public enum Kind {
    MODEL("PerceiverModel"),
    MASKED_LM("PerceiverForMaskedLM"),
    SEQUENCE_CLASSIFICATION("PerceiverForSequenceClassification"),
    IMAGE_LEARNED("PerceiverForImageClassificationLearned"),
    IMAGE_FOURIER("PerceiverForImageClassificationFourier"),
    IMAGE_CONV("PerceiverForImageClassificationConvProcessing"),
    OPTICAL_FLOW("PerceiverForOpticalFlow"),
    MULTIMODAL("PerceiverForMultimodalAutoencoding");

    private final String architecture;

    Kind(String architecture) {
      this.architecture = architecture;
    }

    /** What config.json calls it. */
    public String architecture() {
      return architecture;
    }
  }

  /** The configuration; problems name Hugging Face's keys. */
  public static PerceiverIoConfig config(Kind kind, JsonNode json, Problems problems) {
    HuggingFaceFields f = new HuggingFaceFields(json, problems);
    PerceiverTask task = task(kind, f);
    int channels = f.whole("d_latents", 1280);
    String shape = f.oneOf("cross_attention_shape_for_attention", PerceiverTask.SHAPES, "kv");
    Integer qk = f.wholeOrNull("qk_channels");
    Integer v = f.wholeOrNull("v_channels");
    int width = shape.equals("q") ? channels : task.inputChannels();
    int crossQk = qk == null ? width : qk;
    int selfQk = qk == null ? channels : qk;
    int selfLayers = f.whole("num_self_attends_per_block", 26);
    int selfV = v == null ? selfQk : v;
    if (selfV != channels) {
      problems.invalid(
          v == null ? "qk_channels" : "v_channels",
          selfV,
          "d_latents " + channels + ": self-attention adds its values to the latents");
    }
    PerceiverIoConfig config =
        new PerceiverIoConfig(
            task,
            f.whole("num_latents", 256),
            channels,
            f.whole("num_cross_attention_heads", 8),
            crossQk,
            v == null ? crossQk : v,
            f.whole("num_self_attention_heads", 8),
            selfQk,
            selfLayers,
            f.whole("num_blocks", 1),
            f.whole("cross_attention_widening_factor", 1),
            f.whole("self_attention_widening_factor", 1),
            f.activation(),
            f.truth("use_query_residual", true),
            "uniform",
            shape,
            modalities(task));
    config.check("", problems);
    return config;
  }

  private static PerceiverTask task(Kind kind, HuggingFaceFields f) {
    int labels = f.labels();
    int vocabulary = f.whole("vocab_size", 262);
    int positions = f.whole("max_position_embeddings", 2048);
    int size = f.whole("image_size", 56);
    int model = f.whole("d_model", 768);
    return switch (kind) {
      case MODEL -> new PerceiverTask.Tokens(model);
      case MASKED_LM -> new PerceiverTask.MaskedLanguage(vocabulary, positions, model);
      case SEQUENCE_CLASSIFICATION ->
          new PerceiverTask.TextLabels(vocabulary, positions, model, labels);
      case IMAGE_LEARNED -> new PerceiverTask.LearnedImage(size, labels);
      case IMAGE_FOURIER -> new PerceiverTask.FourierImage(size, labels);
      case IMAGE_CONV -> new PerceiverTask.ConvImage(size, labels);
      case OPTICAL_FLOW -> {
        List<Integer> train = f.wholes("train_size", List.of(368, 496));
        yield new PerceiverTask.Flow(train.get(0), train.get(1));
      }
      case MULTIMODAL ->
          new PerceiverTask.Autoencoder(
              f.whole("num_frames", 16),
              size,
              f.whole("audio_samples_per_frame", 1920),
              f.whole("samples_per_patch", 16),
              labels,
              f.whole("output_num_channels", 512),
              f.whole("_label_trainable_num_channels", 1024));
    };
  }

  private static Map<String, ModalitySpec> modalities(PerceiverTask task) {
    if (task instanceof PerceiverTask.Tokens t) {
      return Map.of("inputs", new ModalitySpec.Raw(t.channels()));
    }
    if (task instanceof PerceiverTask.MaskedLanguage || task instanceof PerceiverTask.TextLabels) {
      return Map.of("text", new ModalitySpec.Text());
    }
    if (task instanceof PerceiverTask.LearnedImage t) {
      return Map.of("image", pixels(t.size()));
    }
    if (task instanceof PerceiverTask.FourierImage || task instanceof PerceiverTask.ConvImage) {
      return Map.of("image", pixels(PerceiverTask.FourierImage.RESOLUTION));
    }
    return Map.of("inputs", new ModalitySpec.Raw(task.inputChannels()));
  }

  private static ModalitySpec pixels(int size) {
    return new ModalitySpec.Pixels(size, Math.max(size, ModalitySpec.Pixels.CROP));
  }

  /**
   * Tensors by our names; what has no place keeps its own name, to be refused with it. Kernels of
   * convolutions are flattened to [outputs, rest].
   */
  public static Map<String, Weight> weights(Map<String, Weight> theirs) {
    Map<String, Weight> ours = new LinkedHashMap<>();
    theirs.forEach(
        (name, w) -> {
          if (PerceiverNames.ignored(name)) {
            return;
          }
          String to = PerceiverNames.ours(name);
          boolean free = to != null && !ours.containsKey(to);
          ours.put(free ? to : name, flat(w));
        });
    return ours;
  }

  static Weight flat(Weight w) {
    long[] s = w.shape();
    if (s.length < 3) {
      return w;
    }
    long[] two = {s[0], s[0] == 0 ? 0 : w.values().length / s[0]};
    return new Weight(two, w.values());
  }
}
