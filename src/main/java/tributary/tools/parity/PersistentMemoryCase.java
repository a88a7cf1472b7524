package tributary.tools.parity;

import java.util.Map;
import tributary.attention.PersistentMemoryAttention;
import tributary.attention.Weights;
import tributary.tensor.Backend;
import tributary.tensor.Scope;

/** Kind persistent_memory: one layer. */
final class PersistentMemoryCase {
  private PersistentMemoryCase() {}

  static Map<String, float[]> run(GoldenCase golden, Backend backend) {
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      PersistentMemoryAttention layer = PersistentMemoryAttention.of(weights, "", golden.heads());
      return Map.of(
          "y", scope.values(layer.apply(scope, golden.upload(scope, "x"), golden.mask("mask"))));
    }
  }
}
