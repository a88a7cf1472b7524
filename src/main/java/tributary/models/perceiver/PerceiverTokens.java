package tributary.models.perceiver;

import java.util.List;
import tributary.attention.FourierFeatures;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Channels;
import tributary.encode.Rows;
import tributary.model.ModalitySpec;
import tributary.split.Subsequence;

/**
 * What the latents of the Perceiver of 2021 attend to: tokens with Fourier features of their place
 * and the code of their modality. JVM-wide, immutable.
 */
final class PerceiverTokens {
  /** Tokens of a modality at most. */
  private static final int MOST = Integer.MAX_VALUE - PerceiverEncoder.PART;

  private final PerceiverConfig config;
  private final Weights weights;

  PerceiverTokens(PerceiverConfig config, Weights weights) {
    this.config = config;
    this.weights = weights;
  }

  /** Tokens as they came: a float a byte of text, else the values: [n, width]. */
  float[] values(Subsequence s) {
    ModalitySpec spec = config.modality(s.modality());
    Rows rows = Rows.of(s, spec);
    int n = rows.count();
    if (spec instanceof ModalitySpec.Text) {
      int[] ids = new int[n];
      rows.ids(0, n, ids, 0);
      float[] values = new float[n];
      for (int i = 0; i < n; i++) {
        values[i] = ids[i];
      }
      return values;
    }
    float[] values = new float[n * spec.channels()];
    rows.values(0, n, values, 0);
    return values;
  }

  /** Values of a token as it came: one of an id. */
  int width(String modality) {
    ModalitySpec spec = config.modality(modality);
    return spec instanceof ModalitySpec.Text ? 1 : spec.channels();
  }

  /**
   * Tokens [n, c] or ids [n] from a place on, with their places and their modality's code: [n,
   * inputChannels].
   */
  float[] inputs(String modality, long length, long from, float[] tokens) {
    ModalitySpec spec = config.modality(modality);
    boolean text = spec instanceof ModalitySpec.Text;
    float[] own = text ? embedded(modality, tokens) : tokens;
    int width = text ? config.embeddingChannels() : spec.channels();
    int n = own.length / width;
    if (length > MOST) {
      throw Invalid.argument(modality, length + " tokens", "at most " + MOST);
    }
    float[] at =
        FourierFeatures.of(config.bands(), List.of((int) length))
            .range((int) length, (int) from, n);
    float[] placed = Channels.join(own, width, at, at.length / n);
    return Channels.repeat(
        placed, config.tokenChannels(spec), weights.values("modality." + modality));
  }

  private float[] embedded(String modality, float[] ids) {
    float[] table = weights.values("embed." + modality + ".table");
    int width = config.embeddingChannels();
    float[] rows = new float[Math.multiplyExact(ids.length, width)];
    for (int i = 0; i < ids.length; i++) {
      System.arraycopy(table, (int) ids[i] * width, rows, i * width, width);
    }
    return rows;
  }
}
