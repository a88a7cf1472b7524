package tributary.tools.parity;

import java.util.Map;
import java.util.function.Function;
import tributary.attention.SelfDoc;
import tributary.attention.Weights;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Kind selfdoc: one step both ways. */
final class SelfDocCase implements FormKind {
  @Override
  public Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights) {
    SelfDoc step = SelfDoc.of(weights, "", golden.heads());
    return scope -> {
      SelfDoc.Pair y = step.apply(scope, golden.upload(scope, "a"), golden.upload(scope, "b"));
      return Map.of("a", y.a(), "b", y.b());
    };
  }
}
