package tributary.models.perceiverio;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems;
import tributary.model.Costs;
import tributary.model.ModalitySpec;
import tributary.model.ModelChecks;
import tributary.model.ModelConfig;
import tributary.model.WeightTable;

/**
 * Perceiver IO (Jaegle et al. 2021): one cross-attend of learned latents to the inputs, then
 * self-attention layers, then output queries.
 *
 * @param task what is read and decoded
 * @param latents number of latents
 * @param channels width of a latent; the embedding is the mean over the latents
 * @param crossQk width of queries and keys of the cross-attend
 * @param crossV width of its values
 * @param selfQk width of queries and keys of the self-attention layers; values are as wide as the
 *     latents
 * @param selfLayers layers of a block
 * @param blocks how often the block is run, with the same weights
 * @param queryResidual whether the cross-attend adds the latents to what it found
 * @param emptyAttention what a record yields none of whose inputs may be attended to: `uniform`,
 *     the mean of all values (Hugging Face), or `zero` (DeepMind)
 * @param attentionShape `kv` where the decoder's attention is as wide as the latents, `q` where as
 *     its queries
 * @param modalities by name
 */
public record PerceiverIoConfig(
    PerceiverTask task,
    int latents,
    int channels,
    int crossHeads,
    int crossQk,
    int crossV,
    int selfHeads,
    int selfQk,
    int selfLayers,
    int blocks,
    int crossWidening,
    int selfWidening,
    String activation,
    boolean queryResidual,
    String emptyAttention,
    String attentionShape,
    Map<String, ModalitySpec> modalities)
    implements ModelConfig {
  @Override
  public void weights(WeightTable table) {
    PerceiverIoWeights.add(this, table);
  }

  @Override
  public void costs(Costs costs) {
    PerceiverIoCosts.add(this, costs);
  }

  @Override
  public void write(ObjectNode to) {
    PerceiverIoFields.write(this, to);
  }

  @Override
  public String encoder() {
    return "perceiver-io";
  }

  @Override
  public int embeddingDim() {
    return channels;
  }

  /** A text stands between two ids of its own: [CLS] and [SEP]. */
  @Override
  public long mostTokens(String modality) {
    if (task instanceof PerceiverTask.MaskedLanguage t) {
      return t.positions() - 2;
    }
    if (task instanceof PerceiverTask.TextLabels t) {
      return t.positions() - 2;
    }
    return Long.MAX_VALUE;
  }

  /** Tasks whose inputs the job can make. */
  public static final String RECORD_TASKS =
      "masked_lm, text_labels, image_learned, image_fourier or image_conv, to encode records";

  @Override
  public void checkEncodesRecords(Problems problems) {
    if (!readsText() && !readsPictures()) {
      problems.invalid("model task", task.name(), RECORD_TASKS);
    }
    if (readsPictures() && pixels() == null) {
      problems.invalid(
          "model modalities", modalities.keySet(), "one of kind pixels, for task " + task.name());
    }
  }

  /** Whether the inputs are bytes of a text. */
  public boolean readsText() {
    return task instanceof PerceiverTask.MaskedLanguage || task instanceof PerceiverTask.TextLabels;
  }

  /** Whether the inputs are the pixels of one picture. */
  public boolean readsPictures() {
    return task instanceof PerceiverTask.LearnedImage
        || task instanceof PerceiverTask.FourierImage
        || task instanceof PerceiverTask.ConvImage;
  }

  /** What a picture's pixels are, where the model has one modality and that is of kind pixels. */
  public ModalitySpec.@Nullable Pixels pixels() {
    return modalities.size() == 1
            && modalities.values().iterator().next() instanceof ModalitySpec.Pixels p
        ? p
        : null;
  }

  /** How the task is decoded; null where it is not. */
  public PerceiverTask.@Nullable Decoder decoder() {
    return task.decoder(channels, attentionShape);
  }

  @Override
  public void check(String prefix, Problems problems) {
    ModelChecks.modalities(prefix, modalities, problems);
    divides(prefix + "cross_heads", crossHeads, "cross_qk", crossQk, problems);
    divides(prefix + "cross_heads", crossHeads, "cross_v", crossV, problems);
    if (selfLayers > 0) {
      divides(prefix + "self_heads", selfHeads, "self_qk", selfQk, problems);
      divides(prefix + "self_heads", selfHeads, "channels", channels, problems);
    }
    if (task instanceof PerceiverTask.MaskedLanguage t) {
      text(prefix, t.vocabulary(), t.positions(), problems);
    } else if (task instanceof PerceiverTask.TextLabels t) {
      text(prefix, t.vocabulary(), t.positions(), problems);
    }
    ModalitySpec.Pixels pixels = pixels();
    if (pixels != null
        && task instanceof PerceiverTask.LearnedImage t
        && pixels.size() != t.size()) {
      problems.invalid(
          prefix + "modalities",
          "pixels of size " + pixels.size(),
          "size of the task: " + t.size());
    }
    PerceiverTask.Decoder d = decoder();
    if (d != null) {
      divides(prefix + "decoder heads", d.heads(), "its values", d.v(), problems);
    }
  }

  private static void text(String prefix, int vocabulary, int positions, Problems problems) {
    ModelChecks.atLeast(prefix + "task.vocabulary", vocabulary, 6 + 256, problems);
    ModelChecks.atLeast(prefix + "task.positions", positions, 3, problems);
  }

  private static void divides(String key, int heads, String what, int width, Problems problems) {
    if (width % heads != 0) {
      problems.invalid(key, heads, "divides " + what + " " + width);
    }
  }
}
