package tributary.tools.parity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import tributary.attention.BertDecoder;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Kind hf_bert_cross: the whole model by Hugging Face's configuration and names. */
final class BertCase implements CaseKind {
  @Override
  public Map<String, float[]> outputs(GoldenCase golden, Backend backend) {
    ObjectNode config = golden.config();
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      BertDecoder model =
          BertDecoder.of(
              weights,
              "",
              config.path("num_hidden_layers").asInt(),
              config.path("num_attention_heads").asInt(),
              activation(config.path("hidden_act").asText("gelu")),
              (float) config.path("layer_norm_eps").asDouble(1e-12));
      Tensor encoded = golden.upload(scope, "encoder_hidden_states");
      Tensor y =
          model.apply(
              scope,
              golden.indices("input_ids"),
              encoded.shape().groups(),
              encoded,
              golden.mask("encoder_attention_mask"));
      return Map.of("last_hidden_state", scope.values(y));
    }
  }

  /** Hugging Face's names of activations. */
  private static Activation activation(String name) {
    return switch (name) {
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
      case "relu" -> Activation.RELU;
      default ->
          throw Invalid.argument("hidden_act", name, "gelu, gelu_new, gelu_pytorch_tanh or relu");
    };
  }
}
