package tributary.config;

import java.util.List;
import java.util.Map;

/**
 * Hierarchical Perceiver as published (Carreira et al. 2022; reference: hip): fixed lengths,
 * unmasked padding, a U-shaped stack of levels. Lists have one entry a level.
 *
 * @param lengths number of tokens of every modality, by name
 * @param positionProjection whether position tables pass through a learned E x E projection
 */
public record HipConfig(
    List<Integer> numGroups,
    List<Integer> numSelfAttendsPerBlock,
    List<Integer> zIndexDim,
    List<Integer> numZChannels,
    List<Integer> numCrossAttendHeads,
    List<Integer> numSelfAttendHeads,
    List<Integer> crossAttendWideningFactor,
    List<Integer> selfAttendWideningFactor,
    int numEmbeddingChannels,
    String activation,
    boolean positionProjection,
    Map<String, ModalitySpec> modalities,
    Map<String, Integer> lengths)
    implements ModelConfig {

  @Override
  public String encoder() {
    return "hip";
  }

  /** The processor's channels: the embedding is the mean over the processor's latents. */
  @Override
  public int embeddingDim() {
    return numZChannels.get(numGroups.size() / 2);
  }

  @Override
  public void check(String prefix, Problems problems) {
    // Filled in with the encoder.
  }
}
