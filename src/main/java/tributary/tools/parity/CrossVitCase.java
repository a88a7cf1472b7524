package tributary.tools.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.function.Function;
import tributary.attention.CrossVit;
import tributary.attention.Weights;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Kind crossvit: one fusion of two branches. */
final class CrossVitCase implements FormKind {
  @Override
  public Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights) {
    JsonNode heads = golden.config().path("heads");
    CrossVit fusion = CrossVit.of(weights, "", heads.path(0).asInt(), heads.path(1).asInt());
    return scope -> {
      CrossVit.Pair y =
          fusion.apply(scope, golden.upload(scope, "small"), golden.upload(scope, "large"));
      return Map.of("small", y.small(), "large", y.large());
    };
  }
}
