package tributary.tools.parity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import tributary.attention.TransformerDecoderLayer;
import tributary.attention.Weights;
import tributary.tensor.Activation;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Kind transformer_decoder: one layer under a causal mask. */
final class TransformerDecoderCase implements FormKind {
  @Override
  public Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights) {
    ObjectNode config = golden.config();
    Activation activation =
        Activation.valueOf(config.path("activation").asText("relu").toUpperCase(Locale.ROOT));
    boolean normFirst = config.path("norm_first").asBoolean();
    TransformerDecoderLayer layer =
        TransformerDecoderLayer.of(weights, "", golden.heads(), activation, normFirst);
    return scope -> {
      Tensor x = golden.upload(scope, "x");
      Tensor y =
          layer.apply(
              scope,
              x,
              golden.upload(scope, "memory"),
              Mask.causal(x.shape().rows(), x.shape().rows()),
              golden.mask("memory_mask"));
      return Map.of("y", y);
    };
  }
}
