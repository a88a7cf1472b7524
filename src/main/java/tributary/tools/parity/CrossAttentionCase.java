package tributary.tools.parity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import tributary.attention.CrossAttention;
import tributary.attention.Weights;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Kind cross_attention: one layer, with or without bias, masked or not. */
final class CrossAttentionCase implements FormKind {
  @Override
  public Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights) {
    ObjectNode config = golden.config();
    FullyMasked policy =
        FullyMasked.valueOf(config.path("fully_masked").asText("zero").toUpperCase(Locale.ROOT));
    CrossAttention layer =
        CrossAttention.of(weights, "attention", config.path("heads").asInt()).fullyMasked(policy);
    return scope -> {
      Tensor x = golden.upload(scope, "x");
      Tensor context = golden.hasInput("context") ? golden.upload(scope, "context") : x;
      return Map.of("y", layer.apply(scope, x, context, context, golden.mask("mask")));
    };
  }
}
