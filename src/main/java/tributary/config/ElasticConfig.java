package tributary.config;

import java.util.List;
import java.util.Map;

/**
 * The elastic hierarchy for sequences of any length (reference: elastic_encode).
 *
 * @param groupSize tokens of a leaf group
 * @param fanIn consecutive groups that a parent joins
 * @param embeddingChannels width E that every modality's tokens are embedded to
 * @param levels the fixed levels, leaves first
 * @param merge the level that is repeated while a modality has more than one group; as wide as the
 *     last fixed level
 * @param fusion the cross-attention over the roots of the modalities
 * @param embeddingDim length of the embedding
 * @param activation of every MLP, one of {@link ModelConfig#ACTIVATIONS}
 * @param selfWidening width of a self-attention layer's MLP over its channels
 * @param crossWidening width of a cross-attend's MLP over its channels
 * @param decoderHeads heads of the decoder's cross-attends
 */
public record ElasticConfig(
    int groupSize,
    int fanIn,
    int embeddingChannels,
    List<LevelSpec> levels,
    LevelSpec merge,
    LevelSpec fusion,
    int embeddingDim,
    String activation,
    int selfWidening,
    int crossWidening,
    int decoderHeads,
    Map<String, ModalitySpec> modalities)
    implements ModelConfig {

  @Override
  public String encoder() {
    return "elastic";
  }

  @Override
  public void check(String prefix, Problems problems) {
    // Filled in with the encoder.
  }
}
