package tributary.models.elastic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tributary.config.Problems;
import tributary.model.Costs;
import tributary.model.LevelSpec;
import tributary.model.ModalitySpec;
import tributary.model.ModelChecks;
import tributary.model.ModelConfig;
import tributary.model.PositionSpec;
import tributary.model.Positions;
import tributary.model.WeightTable;

/**
 * The elastic hierarchy for sequences of any length (reference: elastic_encode).
 *
 * @param groupSize tokens of a leaf group
 * @param fanIn consecutive groups that a parent joins
 * @param embeddingChannels width E that every modality's tokens are embedded to
 * @param levels the fixed levels, leaves first
 * @param merge the level that is repeated while a modality has more than one group; as wide as the
 *     last fixed level
 * @param fusion sizes of what fuses the roots of the modalities
 * @param fusionForm how it does
 * @param embeddingDim length of the embedding
 * @param activation of every MLP, one of {@link ModelConfig#ACTIVATIONS}
 * @param selfWidening width of a self-attention layer's MLP over its channels
 * @param crossWidening width of a cross-attend's MLP over its channels
 * @param decoderHeads heads of the decoder's cross-attends, which only learning uses; 0 for a model
 *     without a decoder, which embeds and can't reconstruct
 * @param proportional whether a child's latents count by how full the child is where its parent
 *     attends to them: a last group of one token then has a token's say, not a full group's
 * @param positions how a token's offset within its group is coded
 * @param modalities by name, in the order of the configuration
 */
public record ElasticConfig(
    int groupSize,
    int fanIn,
    int embeddingChannels,
    List<LevelSpec> levels,
    LevelSpec merge,
    LevelSpec fusion,
    FusionForm fusionForm,
    int embeddingDim,
    String activation,
    int selfWidening,
    int crossWidening,
    int decoderHeads,
    boolean proportional,
    Positions positions,
    Map<String, ModalitySpec> modalities)
    implements ModelConfig {

  @Override
  public Optional<PositionSpec> positions(String modality) {
    return Optional.ofNullable(modalities.get(modality))
        .map(spec -> positions.ofGroup(spec, groupSize, embeddingChannels));
  }

  @Override
  public ElasticConfig withoutDecoder() {
    return new ElasticConfig(
        groupSize,
        fanIn,
        embeddingChannels,
        levels,
        merge,
        fusion,
        fusionForm,
        embeddingDim,
        activation,
        selfWidening,
        crossWidening,
        0,
        proportional,
        positions,
        modalities);
  }

  @Override
  public void weights(WeightTable table) {
    ElasticWeights.add(this, table);
  }

  @Override
  public void costs(Costs costs) {
    ElasticCosts.add(this, costs);
  }

  @Override
  public void write(ObjectNode to) {
    ElasticFields.write(this, to);
  }

  @Override
  public boolean hasRoots() {
    return true;
  }

  @Override
  public String encoder() {
    return "elastic";
  }

  /** Whether the model has what reconstructs tokens. */
  public boolean decodes() {
    return decoderHeads > 0;
  }

  /** Tokens that a node of level i can hold, exact up to 2^53. */
  public double capacity(int i) {
    double tokens = groupSize;
    for (int k = 0; k < i; k++) {
      tokens *= fanIn;
    }
    return tokens;
  }

  /** The last fixed level. */
  public LevelSpec last() {
    return levels.get(levels.size() - 1);
  }

  /** What level i of a tree is made by: the fixed levels, then the merge level. */
  public LevelSpec level(int i) {
    return i < levels.size() ? levels.get(i) : merge;
  }

  @Override
  public void check(String prefix, Problems problems) {
    ModelChecks.atLeast(prefix + "group_size", groupSize, 1, problems);
    ModelChecks.atLeast(prefix + "fan_in", fanIn, 2, problems);
    ModelChecks.atLeast(prefix + "embedding_dim", embeddingDim, 1, problems);
    ModelChecks.modalities(prefix, modalities, problems);
    if (levels.isEmpty()) {
      problems.invalid(prefix + "levels", "none", "at least one");
      return;
    }
    int width = embeddingChannels;
    for (int i = 0; i < levels.size(); i++) {
      check(prefix + "levels[" + i + "]", levels.get(i), width, problems);
      width = levels.get(i).channels();
    }
    check(prefix + "merge", merge, width, problems);
    check(prefix + "fusion", fusion, width, problems);
    fusionForm.check(prefix + "fusion", this, problems);
    if (merge.channels() != width) {
      problems.invalid(
          prefix + "merge.channels", merge.channels(), "as wide as the last level: " + width);
    }
    List<Integer> keys = new ArrayList<>(levels.stream().skip(1).map(LevelSpec::channels).toList());
    keys.add(merge.channels());
    keys.add(fusion.channels());
    for (int keyWidth : keys) {
      if (decodes() && keyWidth % decoderHeads != 0) {
        problems.invalid(
            prefix + "decoder_heads", decoderHeads, "divides the width of its keys " + keyWidth);
      }
    }
  }

  private static void check(String key, LevelSpec level, int keyWidth, Problems problems) {
    if (level.selfLayers() > 0 && level.channels() % level.selfHeads() != 0) {
      problems.invalid(
          key + ".self_heads", level.selfHeads(), "divides channels " + level.channels());
    }
    if (keyWidth % level.crossHeads() != 0) {
      problems.invalid(
          key + ".cross_heads", level.crossHeads(), "divides the width of its keys " + keyWidth);
    }
  }
}
