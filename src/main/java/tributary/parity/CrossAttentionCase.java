package tributary.parity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.form.CrossAttention;
import tributary.form.Weights;
import tributary.model.Weight;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
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
      Tensor x = upload(scope, golden.input("x"));
      Tensor context = golden.hasInput("context") ? upload(scope, golden.input("context")) : x;
      Tensor y = layer.apply(scope, x, context, context, mask(golden, context.shape()));
      float[] values = new float[(int) y.shape().size()];
      scope.download(y, values, 0);
      return Map.of("y", values);
    }
  }

  private static Tensor upload(Scope scope, Weight w) {
    long[] s = w.shape();
    if (s.length != 3) {
      throw new IllegalArgumentException(
          "Invalid input: shape " + w.shapeText() + " ([batch, rows, channels])");
    }
    return scope.upload(new Shape((int) s[0], (int) s[1], (int) s[2]), w.values(), 0);
  }

  /** [batch, keys] is the same for all queries; or [batch, queries, keys]. */
  private static @Nullable Mask mask(GoldenCase golden, Shape context) {
    if (!golden.hasInput("mask")) {
      return null;
    }
    long[] shape = golden.shape("mask");
    int queries = shape.length == 3 ? (int) shape[1] : 1;
    return new Mask(golden.flags("mask"), (int) shape[0], queries, context.rows());
  }
}
