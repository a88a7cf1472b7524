package tributary.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tributary.base.Invalid;
import tributary.config.Problems;

/**
 * The sizes of an encoder: everything that its weights depend on. Written as JSON beside the
 * weights.
 */
public interface ModelConfig {
  /** elastic, hip, perceiver-io or perceiver. */
  String encoder();

  /** The modalities by name, in the order of the configuration. */
  Map<String, ModalitySpec> modalities();

  /** One of the modalities. */
  default ModalitySpec modality(String name) {
    ModalitySpec spec = modalities().get(name);
    if (spec == null) {
      throw Invalid.argument("modality", name, "one of " + modalities().keySet());
    }
    return spec;
  }

  /** Length of the embedding that comes out. */
  int embeddingDim();

  /** The configuration of the same model for embedding alone, without what only learning uses. */
  default ModelConfig withoutDecoder() {
    return this;
  }

  /** The most tokens of a modality that the model's sizes leave room for; none where unlimited. */
  default long mostTokens(String modality) {
    return Long.MAX_VALUE;
  }

  /**
   * Whether tokens beyond {@link #mostTokens} are left out and counted, as Hierarchical Perceiver's
   * fixed lengths have it; else the record is refused, unless the job limits its tokens itself.
   */
  default boolean leavesOut() {
    return false;
  }

  /**
   * Padded tokens over all tokens that the kernels saw: 0 where groups are as long as their tokens.
   *
   * @param tokens seen, by modality, over `records` records
   */
  default double paddingWaste(Map<String, Long> tokens, long records) {
    return 0;
  }

  /**
   * Passes over all tokens of a record, each of which needs what the one before found in the whole
   * record; 0 where its subsequences are encoded once and merged.
   */
  default int passes() {
    return 0;
  }

  /** Whether what a modality comes to depends on it alone, and is small enough to be kept. */
  default boolean hasRoots() {
    return false;
  }

  /** Why the job can't encode records with such a model, if so. */
  default void checkEncodesRecords(Problems problems) {}

  /**
   * The position codes of a modality; empty where the model hasn't this modality or its family
   * knows no such choice.
   */
  default Optional<PositionSpec> positions(String modality) {
    return Optional.empty();
  }

  /** Adds the name and shape of every weight, in the order of the flow. */
  void weights(WeightTable table);

  /** Adds what each level costs that an embedding needs, in the order of the flow. */
  void costs(Costs costs);

  /** Writes every key but `encoder`; a default that came after the first models is left out. */
  void write(ObjectNode to);

  /** What is wrong with these sizes, keys below `prefix`. */
  void check(String prefix, Problems problems);

  /** The activation names that configurations know. */
  List<String> ACTIVATIONS = List.of("relu", "squared_relu", "gelu", "gelu_tanh");
}
