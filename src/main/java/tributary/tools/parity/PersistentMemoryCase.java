package tributary.tools.parity;

import java.util.Map;
import java.util.function.Function;
import tributary.attention.PersistentMemoryAttention;
import tributary.attention.Weights;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Kind persistent_memory: one layer. */
final class PersistentMemoryCase implements FormKind {
  @Override
  public Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights) {
    PersistentMemoryAttention layer = PersistentMemoryAttention.of(weights, "", golden.heads());
    return scope -> Map.of("y", layer.apply(scope, golden.upload(scope, "x"), golden.mask("mask")));
  }
}
