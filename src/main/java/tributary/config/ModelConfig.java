package tributary.config;

import java.util.List;
import java.util.Map;

/**
 * The sizes of an encoder: everything that its weights depend on. Written as JSON beside the
 * weights.
 */
public sealed interface ModelConfig permits ElasticConfig, HipConfig, PerceiverIoConfig {
  /** elastic or hip. */
  String encoder();

  /** The modalities by name, in the order of the configuration. */
  Map<String, ModalitySpec> modalities();

  /** One of the modalities. */
  default ModalitySpec modality(String name) {
    ModalitySpec spec = modalities().get(name);
    if (spec == null) {
      throw new IllegalArgumentException(
          "Invalid modality: " + name + " (one of " + modalities().keySet() + ")");
    }
    return spec;
  }

  /** Length of the embedding that comes out. */
  int embeddingDim();

  /** What is wrong with these sizes, keys below `prefix`. */
  void check(String prefix, Problems problems);

  /** The activation names that configurations know. */
  List<String> ACTIVATIONS = List.of("relu", "squared_relu", "gelu", "gelu_tanh");
}
