package tributary.models.perceiverio;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a Perceiver IO reads and decodes: the published checkpoints by kind (Hugging Face's classes;
 * Jaegle et al. 2021). Widths that are fixed in the published code are constants here.
 */
public sealed interface PerceiverTask {
  /** The name in configurations. */
  String name();

  /** Width of what the latents attend to. */
  int inputChannels();

  /**
   * How it is decoded; null where there is no decoder.
   *
   * @param shape `kv` where attention is as wide as the latents, `q` where as the queries
   */
  @Nullable Decoder decoder(int latentChannels, String shape);

  /** The widths of attention that the published code chooses from. */
  List<String> SHAPES = List.of("kv", "q");

  /**
   * The decoder's cross-attend.
   *
   * @param queries learned queries, 0 where they are made from positions or inputs
   * @param channels width of a query
   * @param qk width of projected queries and keys
   * @param v width of projected values
   * @param outputs width after the final projection, 0 for none
   */
  record Decoder(
      int queries, int channels, int heads, int qk, int v, boolean queryResidual, int outputs) {
    /** One learned query as wide as the latents, 1 head, with query residual. */
    static Decoder ofLabels(int latentChannels, int labels) {
      return new Decoder(1, latentChannels, 1, latentChannels, latentChannels, true, labels);
    }
  }

  /** Width of Fourier features of d axes and K bands: d (2 K + 1). */
  private static int fourier(int axes, int bands) {
    return axes * (2 * bands + 1);
  }

  /** Inputs as they are, `channels` wide; latents come out (PerceiverModel). */
  record Tokens(int channels) implements PerceiverTask {
    @Override
    public String name() {
      return "tokens";
    }

    @Override
    public int inputChannels() {
      return channels;
    }

    @Override
    public @Nullable Decoder decoder(int latentChannels, String shape) {
      return null;
    }
  }

  /**
   * Byte ids to byte logits (PerceiverForMaskedLM): embedding + learned position; the decoder has 8
   * heads, 256 channels of queries and keys, no query residual and no final projection; its output
   * is multiplied with the embedding table.
   *
   * @param positions rows of the position table: the longest sequence
   */
  record MaskedLanguage(int vocabulary, int positions, int channels) implements PerceiverTask {
    @Override
    public String name() {
      return "masked_lm";
    }

    @Override
    public int inputChannels() {
      return channels;
    }

    @Override
    public Decoder decoder(int latentChannels, String shape) {
      return new Decoder(positions, channels, 8, 256, channels, false, 0);
    }
  }

  /** Byte ids to labels (PerceiverForSequenceClassification). */
  record TextLabels(int vocabulary, int positions, int channels, int labels)
      implements PerceiverTask {
    @Override
    public String name() {
      return "text_labels";
    }

    @Override
    public int inputChannels() {
      return channels;
    }

    @Override
    public Decoder decoder(int latentChannels, String shape) {
      return Decoder.ofLabels(latentChannels, labels);
    }
  }

  /**
   * Pixels through a 1 x 1 convolution to 256 channels, beside 256 channels of a projected learned
   * position (PerceiverForImageClassificationLearned).
   *
   * @param size of the square picture: the position table has size^2 rows
   */
  record LearnedImage(int size, int labels) implements PerceiverTask {
    public static final int CHANNELS = 256;

    @Override
    public String name() {
      return "image_learned";
    }

    @Override
    public int inputChannels() {
      return 2 * CHANNELS;
    }

    @Override
    public Decoder decoder(int latentChannels, String shape) {
      return Decoder.ofLabels(latentChannels, labels);
    }
  }

  /**
   * Pixels beside Fourier features of 64 bands and resolution 224, whatever the size
   * (PerceiverForImageClassificationFourier).
   */
  record FourierImage(int size, int labels) implements PerceiverTask {
    public static final int BANDS = 64;
    public static final int RESOLUTION = 224;

    @Override
    public String name() {
      return "image_fourier";
    }

    @Override
    public int inputChannels() {
      return 3 + fourier(2, BANDS);
    }

    @Override
    public Decoder decoder(int latentChannels, String shape) {
      return Decoder.ofLabels(latentChannels, labels);
    }
  }

  /**
   * A 7 x 7 convolution with stride 2 to 64 channels, batch norm, relu, a 3 x 3 maximum with stride
   * 2 that is not padded (224 pixels give 55), beside Fourier features of 64 bands and resolution
   * 56 (PerceiverForImageClassificationConvProcessing).
   */
  record ConvImage(int size, int labels) implements PerceiverTask {
    public static final int CHANNELS = 64;
    public static final int KERNEL = 7;
    public static final int BANDS = 64;
    public static final int RESOLUTION = 56;

    @Override
    public String name() {
      return "image_conv";
    }

    @Override
    public int inputChannels() {
      return CHANNELS + fourier(2, BANDS);
    }

    @Override
    public Decoder decoder(int latentChannels, String shape) {
      return Decoder.ofLabels(latentChannels, labels);
    }
  }

  /**
   * Two frames, each pixel with its 3 x 3 neighbourhood (54 channels), through a linear layer to 64
   * channels, beside Fourier features; decoded at every pixel to its movement over 100
   * (PerceiverForOpticalFlow).
   */
  record Flow(int height, int width) implements PerceiverTask {
    public static final int PATCH = 54;
    public static final int CHANNELS = 64;
    public static final int BANDS = 64;
    public static final double RESCALE = 100;

    @Override
    public String name() {
      return "optical_flow";
    }

    @Override
    public int inputChannels() {
      return CHANNELS + fourier(2, BANDS);
    }

    @Override
    public Decoder decoder(int latentChannels, String shape) {
      int width = shape.equals("q") ? inputChannels() : latentChannels;
      return new Decoder(0, inputChannels(), 1, width, width, false, 2);
    }
  }

  /**
   * Video, sound and a label, each padded with a learned vector to a common width, one after the
   * other in the order of their names; the label hidden by a learned mask
   * (PerceiverForMultimodalAutoencoding).
   *
   * @param frames of the video
   * @param size of a frame; patches of 4 x 4 x 3
   * @param samples of sound a frame
   * @param patch samples of sound a token
   * @param labels number of labels
   * @param outputs width that all modalities are decoded to
   * @param labelChannels width of the label's learned query
   */
  record Autoencoder(
      int frames, int size, int samples, int patch, int labels, int outputs, int labelChannels)
      implements PerceiverTask {
    public static final int IMAGE_PATCH = 4;
    public static final int IMAGE_BANDS = 32;
    public static final int AUDIO_BANDS = 192;
    private static final int INPUT_PADDING = 4;
    private static final int QUERY_PADDING = 2;

    @Override
    public String name() {
      return "autoencoder";
    }

    /** Width of a token of audio, image or label before its padding. */
    public int tokenChannels(String modality) {
      return switch (modality) {
        case "audio" -> patch + fourier(1, AUDIO_BANDS);
        case "image" -> 3 * IMAGE_PATCH * IMAGE_PATCH + fourier(3, IMAGE_BANDS);
        default -> labels;
      };
    }

    /** Width of a query of audio, image or label before its padding. */
    public int queryChannels(String modality) {
      return switch (modality) {
        case "audio" -> fourier(1, AUDIO_BANDS);
        case "image" -> fourier(3, IMAGE_BANDS);
        default -> labelChannels;
      };
    }

    @Override
    public int inputChannels() {
      return INPUT_PADDING
          + Math.max(labels, Math.max(tokenChannels("audio"), tokenChannels("image")));
    }

    @Override
    public Decoder decoder(int latentChannels, String shape) {
      int widest =
          Math.max(labelChannels, Math.max(queryChannels("audio"), queryChannels("image")));
      int channels = widest + QUERY_PADDING;
      int width = shape.equals("q") ? channels : latentChannels;
      return new Decoder(1, channels, 1, width, width, false, outputs);
    }
  }
}
