package tributary.onnx;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import tributary.base.Invalid;
import tributary.model.Weight;

/** Decoder layers under published names, by the names that {@link DecoderLayer} reads. */
final class DecoderNames {
  /** Hugging Face's names of the parts of a BERT layer. */
  private static final Map<String, String> BERT =
      Map.of(
          "attention.self.", "self.",
          "attention.output.dense.", "self.output.",
          "attention.output.LayerNorm.", "self_norm.",
          "crossattention.self.", "cross.",
          "crossattention.output.dense.", "cross.output.",
          "crossattention.output.LayerNorm.", "cross_norm.",
          "intermediate.dense.", "mlp.hidden.",
          "output.dense.", "mlp.output.",
          "output.LayerNorm.", "mlp_norm.");

  private static final Map<String, String> PYTORCH =
      Map.of(
          "self_attn.out_proj.", "self.output.",
          "multihead_attn.out_proj.", "cross.output.",
          "linear1.", "mlp.hidden.",
          "linear2.", "mlp.output.",
          "norm1.", "self_norm.",
          "norm2.", "cross_norm.",
          "norm3.", "mlp_norm.");

  private DecoderNames() {}

  /** The BERT layer `prefix` renamed in place, all other weights as they are. */
  static Map<String, Weight> ofBert(Map<String, Weight> weights, String prefix) {
    Map<String, Weight> named = new LinkedHashMap<>();
    weights.forEach((name, w) -> named.put(renamed(name, prefix + ".", prefix + ".", BERT), w));
    return named;
  }

  /**
   * torch.nn.TransformerDecoderLayer's weights below a prefix as those of `layer`; in_proj_weight
   * [3 c, c] holds query, key and value one after the other, in_proj_bias likewise.
   */
  static Map<String, Weight> ofPyTorch(Map<String, Weight> weights, String prefix, String layer) {
    Map<String, Weight> named = new LinkedHashMap<>();
    String from = Forms.below(prefix, "");
    weights.forEach((name, w) -> named.put(renamed(name, from, layer + ".", PYTORCH), w));
    thirds(weights, from + "self_attn.in_proj_", layer + ".self.", named);
    thirds(weights, from + "multihead_attn.in_proj_", layer + ".cross.", named);
    return named;
  }

  private static String renamed(String name, String from, String to, Map<String, String> names) {
    if (name.startsWith(from)) {
      String rest = name.substring(from.length());
      for (Map.Entry<String, String> e : names.entrySet()) {
        if (rest.startsWith(e.getKey())) {
          return to + e.getValue() + rest.substring(e.getKey().length());
        }
      }
    }
    return name;
  }

  private static void thirds(
      Map<String, Weight> weights, String from, String to, Map<String, Weight> named) {
    String[] parts = {"query", "key", "value"};
    for (String kind : new String[] {"weight", "bias"}) {
      Weight all = weights.get(from + kind);
      if (all == null) {
        continue; // a missing weight is refused where it is read
      }
      if (all.shape()[0] % 3 != 0) {
        throw Invalid.argument(
            "weight", from + kind + " " + all.shapeText(), "[3 outputs, inputs]");
      }
      long[] shape = all.shape().clone();
      shape[0] /= 3;
      int size = all.values().length / 3;
      for (int i = 0; i < 3; i++) {
        float[] own = Arrays.copyOfRange(all.values(), i * size, (i + 1) * size);
        named.put(to + parts[i] + "." + kind, new Weight(shape, own));
      }
    }
  }
}
