package tributary.models.perceiver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import tributary.config.Problems;
import tributary.model.Costs;
import tributary.model.ModalitySpec;
import tributary.model.ModelChecks;
import tributary.model.ModelConfig;
import tributary.model.WeightTable;

/**
 * Perceiver (Jaegle et al. 2021; reference: perceiver_2021): learned latents attend to all tokens
 * `depth` times. A token is its values, or its row of an embedding table, beside Fourier features
 * of its place in its modality's sequence, beside a learned code of its modality that fills it up
 * to the common width.
 *
 * @param latents number of latents
 * @param channels width of a latent
 * @param depth cross-attends, each a pass over all tokens
 * @param tieLayers whether the cross-attends after the first share their weights
 * @param selfLayers self-attention layers after each cross-attend
 * @param bands Fourier bands of a token's place
 * @param embeddingChannels width of a text's embedding table
 * @param embeddingDim length of the embedding: the head's output over the mean of the latents
 */
public record PerceiverConfig(
    int latents,
    int channels,
    int depth,
    boolean tieLayers,
    int crossHeads,
    int selfLayers,
    int selfHeads,
    int crossWidening,
    int selfWidening,
    String activation,
    int bands,
    int embeddingChannels,
    int embeddingDim,
    Map<String, ModalitySpec> modalities)
    implements ModelConfig {
  /** The least width of a modality's code (PerceiverMultimodalPreprocessor's min_padding_size). */
  private static final int LEAST_CODE = 4;

  private static final int MOST_PASSES = 255;

  @Override
  public void weights(WeightTable table) {
    PerceiverWeights.add(this, table);
  }

  @Override
  public void costs(Costs costs) {
    PerceiverCosts.add(this, costs);
  }

  @Override
  public void write(ObjectNode to) {
    PerceiverFields.write(this, to);
  }

  @Override
  public String encoder() {
    return "perceiver";
  }

  @Override
  public int passes() {
    return depth;
  }

  /** Width of a modality's token beside its place, without its code. */
  public int tokenChannels(ModalitySpec spec) {
    int own = spec instanceof ModalitySpec.Text ? embeddingChannels : spec.channels();
    return own + 2 * bands + 1;
  }

  /** Width of every token with its code: the widest modality's, and a code of 4. */
  public int inputChannels() {
    return LEAST_CODE + modalities.values().stream().mapToInt(this::tokenChannels).max().orElse(1);
  }

  @Override
  public void check(String prefix, Problems problems) {
    ModelChecks.modalities(prefix, modalities, problems);
    if (depth > MOST_PASSES) {
      problems.invalid(prefix + "depth", depth, "at most " + MOST_PASSES);
    }
    if (inputChannels() % crossHeads != 0) {
      problems.invalid(
          prefix + "cross_heads", crossHeads, "divides the width of a token " + inputChannels());
    }
    if (selfLayers > 0 && channels % selfHeads != 0) {
      problems.invalid(prefix + "self_heads", selfHeads, "divides channels " + channels);
    }
  }
}
