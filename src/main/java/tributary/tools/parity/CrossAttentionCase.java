package tributary.tools.parity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import tributary.attention.CrossAttention;
import tributary.attention.Weights;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Kind cross_attention: one layer, with or without bias, masked or not. */
final class CrossAttentionCase {
  private CrossAttentionCase() {}

  static Map<String, float[]> run(GoldenCase golden, Backend backend) {
    ObjectNode config = golden.config();
    FullyMasked policy =
        FullyMasked.valueOf(config.path("fully_masked").asText("zero").toUpperCase(Locale.ROOT));
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      CrossAttention layer =
          CrossAttention.of(weights, "attention", config.path("heads").asInt()).fullyMasked(policy);
      Tensor x = golden.upload(scope, "x");
      Tensor context = golden.hasInput("context") ? golden.upload(scope, "context") : x;
      Tensor y = layer.apply(scope, x, context, context, golden.mask("mask"));
      return Map.of("y", scope.values(y));
    }
  }
}
