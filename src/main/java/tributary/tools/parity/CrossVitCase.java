package tributary.tools.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import tributary.attention.CrossVit;
import tributary.attention.Weights;
import tributary.tensor.Backend;
import tributary.tensor.Scope;

/** Kind crossvit: one fusion of two branches. */
final class CrossVitCase {
  private CrossVitCase() {}

  static Map<String, float[]> run(GoldenCase golden, Backend backend) {
    JsonNode heads = golden.config().path("heads");
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      CrossVit fusion = CrossVit.of(weights, "", heads.path(0).asInt(), heads.path(1).asInt());
      CrossVit.Pair y =
          fusion.apply(scope, golden.upload(scope, "small"), golden.upload(scope, "large"));
      return Map.of(
          "small", scope.values(y.small()),
          "large", scope.values(y.large()));
    }
  }
}
