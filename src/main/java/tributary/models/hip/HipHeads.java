package tributary.models.hip;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tributary.attention.CrossBlock;
import tributary.attention.Weights;
import tributary.encode.Calls;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** What makes tokens of latents: one cross-attend for all modalities, one for all labels. */
final class HipHeads {
  private final HipConfig config;
  private final CrossBlock reconstruction;
  private final @Nullable CrossBlock ofLabels;
  private final Map<String, Linear> unembed = new LinkedHashMap<>();

  HipHeads(HipConfig config, Weights weights) {
    this.config = config;
    Activation activation = Calls.activation(config.activation());
    this.reconstruction = CrossBlock.of(weights, "reconstruction", 1, activation, false);
    this.ofLabels =
        config.labelModalities().isEmpty()
            ? null
            : CrossBlock.of(weights, "label_reconstruction", 1, activation, false);
    config.modalities().keySet().forEach(n -> unembed.put(n, weights.linear("unembed." + n)));
  }

  /** Position codes [g or 1, n, E] attend to latents [g, K, C]: [g, n, E]. */
  Tensor attend(Scope tape, String modality, Tensor positions, Tensor latents) {
    CrossBlock head = config.isLabel(modality) ? Objects.requireNonNull(ofLabels) : reconstruction;
    return head.apply(tape, positions, latents);
  }

  /** Codes [1, n, E] to tokens [1, n, channels]. */
  Tensor tokens(Scope tape, String modality, Tensor codes) {
    Linear layer = Objects.requireNonNull(unembed.get(modality), modality);
    return tape.linear(codes, layer, Activation.NONE);
  }
}
