package tributary.models.hip;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tributary.base.Invalid;
import tributary.config.Problems;
import tributary.model.Costs;
import tributary.model.ModalitySpec;
import tributary.model.ModelChecks;
import tributary.model.ModelConfig;
import tributary.model.PositionSpec;
import tributary.model.Positions;
import tributary.model.WeightTable;

/**
 * Hierarchical Perceiver as published (Carreira et al. 2022; reference: hip): fixed lengths,
 * unmasked padding, a U-shaped stack of levels. Lists have one entry a level.
 *
 * <p>With `labelModalities` it is HiPClassBottleneck: these modalities skip the encoder and the
 * decoder, join the processor's inputs and are decoded from the processor's latents.
 *
 * @param lengths number of tokens of every modality, by name
 * @param positionProjection whether position tables pass through a learned E x E projection; those
 *     of labels never do; without a table it means nothing
 * @param positions how a token's place in its modality is coded
 * @param regroupType how the latents of one level become the groups of the next: `reshape` joins
 *     neighbouring groups; `transpose_reshape` takes the first latent of every group, then the
 *     second of every group and so on, so that every new group has some of each
 * @param labelModalities names among the modalities; empty for HiP
 * @param decoder whether the model has the levels behind the processor and what reconstructs
 *     tokens, as published; only learning uses them
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
    Positions positions,
    Map<String, ModalitySpec> modalities,
    Map<String, Integer> lengths,
    String regroupType,
    List<String> labelModalities,
    boolean decoder)
    implements ModelConfig {
  /** What `regroup_type` may be; the first is the default. */
  static final List<String> REGROUP_TYPES = List.of("reshape", "transpose_reshape");

  @Override
  public HipConfig withoutDecoder() {
    return new HipConfig(
        numGroups,
        numSelfAttendsPerBlock,
        zIndexDim,
        numZChannels,
        numCrossAttendHeads,
        numSelfAttendHeads,
        crossAttendWideningFactor,
        selfAttendWideningFactor,
        numEmbeddingChannels,
        activation,
        positionProjection,
        positions,
        modalities,
        lengths,
        regroupType,
        labelModalities,
        false);
  }

  @Override
  public Optional<PositionSpec> positions(String modality) {
    return Optional.ofNullable(modalities.get(modality))
        .map(
            spec ->
                positions.ofWhole(
                    spec,
                    length(modality),
                    codeChannels(modality),
                    positionProjection && !isLabel(modality)));
  }

  @Override
  public void weights(WeightTable table) {
    HipWeights.add(this, table);
  }

  @Override
  public void costs(Costs costs) {
    HipCosts.add(this, costs);
  }

  @Override
  public void write(ObjectNode to) {
    HipFields.write(this, to);
  }

  @Override
  public String encoder() {
    return "hip";
  }

  /** The processor's channels: the embedding is the mean over the processor's latents. */
  @Override
  public int embeddingDim() {
    return numZChannels.get(processor());
  }

  @Override
  public long mostTokens(String modality) {
    return length(modality);
  }

  @Override
  public double paddingWaste(Map<String, Long> tokens, long records) {
    if (records == 0) {
      return 0;
    }
    long seen = tokens.values().stream().mapToLong(n -> n).sum();
    long padded = records * lengths.values().stream().mapToLong(n -> n).sum();
    return 1 - (double) seen / padded;
  }

  @Override
  public boolean leavesOut() {
    return true;
  }

  /** Number of levels. */
  public int levels() {
    return numGroups.size();
  }

  /** The modalities that go through the encoder: all but the labels. */
  public List<String> encodedModalities() {
    return modalities.keySet().stream().filter(n -> !isLabel(n)).toList();
  }

  /** Whether a modality joins at the processor. */
  public boolean isLabel(String modality) {
    return labelModalities.contains(modality);
  }

  /** Width of a modality's codes: E, or for a label that of what the processor attends to. */
  public int codeChannels(String modality) {
    return isLabel(modality) ? inputChannels(processor()) : numEmbeddingChannels;
  }

  /** Whether latents are regrouped after a swap of groups and latents. */
  public boolean transposes() {
    return regroupType.equals(REGROUP_TYPES.get(1));
  }

  /** What the weights of level i are called: the class bottleneck has names of its own. */
  public String block(int i) {
    return (labelModalities.isEmpty() ? "levels." : "perceiver_block_") + i;
  }

  /** The level in the middle, which has one group. */
  public int processor() {
    return numGroups.size() / 2;
  }

  /** The encoder level that level i has a skip connection from, or -1 up to the processor. */
  public int skipFrom(int i) {
    return i > processor() ? levels() - 1 - i : -1;
  }

  /** Width of the keys that level i attends to. */
  public int inputChannels(int i) {
    return i == 0 ? numEmbeddingChannels : numZChannels.get(i - 1);
  }

  /** Number of tokens of a modality. */
  public int length(String modality) {
    Integer n = lengths.get(modality);
    if (n == null) {
      throw Invalid.argument("modality", modality, "one of " + lengths.keySet());
    }
    return n;
  }

  /** The lists by the names that configurations use. */
  Map<String, List<Integer>> perLevel() {
    Map<String, List<Integer>> lists = new LinkedHashMap<>();
    lists.put("num_groups", numGroups);
    lists.put("num_self_attends_per_block", numSelfAttendsPerBlock);
    lists.put("z_index_dim", zIndexDim);
    lists.put("num_z_channels", numZChannels);
    lists.put("num_cross_attend_heads", numCrossAttendHeads);
    lists.put("num_self_attend_heads", numSelfAttendHeads);
    lists.put("cross_attend_widening_factor", crossAttendWideningFactor);
    lists.put("self_attend_widening_factor", selfAttendWideningFactor);
    return lists;
  }

  @Override
  public void check(String prefix, Problems problems) {
    ModelChecks.modalities(prefix, modalities, problems);
    boolean ragged = false;
    for (Map.Entry<String, List<Integer>> e : perLevel().entrySet()) {
      if (e.getValue().size() != levels()) {
        ragged = true;
        problems.invalid(
            prefix + e.getKey(), e.getValue(), "one entry a level, as num_groups has: " + levels());
      }
    }
    if (ragged) {
      return;
    }
    checkLabels(prefix, problems);
    int encoded = encodedModalities().size();
    if (encoded > numGroups.get(0)) {
      problems.invalid(
          prefix + "num_groups[0]",
          numGroups.get(0),
          "a group for each modality"
              + (labelModalities.isEmpty() ? "" : " but the labels")
              + ", of which there are "
              + encoded);
    }
    if (numGroups.get(processor()) != 1) {
      problems.invalid(
          prefix + "num_groups[" + processor() + "]",
          numGroups.get(processor()),
          "1: the level in the middle is the processor");
    }
    if (!numGroups.get(levels() - 1).equals(numGroups.get(0))) {
      problems.invalid(
          prefix + "num_groups[" + (levels() - 1) + "]",
          numGroups.get(levels() - 1),
          "that of the first level: " + numGroups.get(0));
    }
    for (int i = 0; i < levels(); i++) {
      checkLevel(prefix, i, problems);
    }
  }

  private void checkLabels(String prefix, Problems problems) {
    String key = prefix + "label_modalities";
    for (String label : labelModalities) {
      if (!modalities.containsKey(label)) {
        problems.invalid(key, label, "one of the modalities " + modalities.keySet());
      }
    }
    if (labelModalities.isEmpty()) {
      return;
    }
    if (labelModalities.stream().distinct().count() < labelModalities.size()) {
      problems.invalid(key, labelModalities, "each label once");
    }
    if (encodedModalities().isEmpty()) {
      problems.invalid(key, labelModalities, "at least one modality is no label");
    }
    if (processor() == 0) {
      problems.invalid(key, labelModalities, "none: the processor is the first level");
    }
  }

  private void checkLevel(String prefix, int i, Problems problems) {
    String at = "[" + i + "]";
    if (numSelfAttendsPerBlock.get(i) > 0 && numZChannels.get(i) % numSelfAttendHeads.get(i) != 0) {
      problems.invalid(
          prefix + "num_self_attend_heads" + at,
          numSelfAttendHeads.get(i),
          "divides num_z_channels " + numZChannels.get(i));
    }
    if (inputChannels(i) % numCrossAttendHeads.get(i) != 0) {
      problems.invalid(
          prefix + "num_cross_attend_heads" + at,
          numCrossAttendHeads.get(i),
          "divides the width of its keys " + inputChannels(i));
    }
    if (i > 0) {
      long latents = (long) numGroups.get(i - 1) * zIndexDim.get(i - 1);
      if (latents % numGroups.get(i) != 0) {
        problems.invalid(
            prefix + "num_groups" + at,
            numGroups.get(i),
            "divides the " + latents + " latents of the level before");
      }
    }
    int from = skipFrom(i);
    if (from >= 0
        && !(numGroups.get(from).equals(numGroups.get(i))
            && zIndexDim.get(from).equals(zIndexDim.get(i)))) {
      problems.invalid(
          prefix + "z_index_dim" + at,
          numGroups.get(i) + " groups of " + zIndexDim.get(i),
          "as level "
              + from
              + ", which it has a skip connection from: "
              + numGroups.get(from)
              + " groups of "
              + zIndexDim.get(from));
    }
  }
}
