package tributary.tools.parity;

import java.util.Map;
import tributary.attention.SelfDoc;
import tributary.attention.Weights;
import tributary.tensor.Backend;
import tributary.tensor.Scope;

/** Kind selfdoc: one step both ways. */
final class SelfDocCase {
  private SelfDocCase() {}

  static Map<String, float[]> run(GoldenCase golden, Backend backend) {
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      SelfDoc step = SelfDoc.of(weights, "", golden.heads());
      SelfDoc.Pair y = step.apply(scope, golden.upload(scope, "a"), golden.upload(scope, "b"));
      return Map.of("a", scope.values(y.a()), "b", scope.values(y.b()));
    }
  }
}
