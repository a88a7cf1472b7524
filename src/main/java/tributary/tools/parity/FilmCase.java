package tributary.tools.parity;

import java.util.Map;
import java.util.function.Function;
import tributary.attention.Film;
import tributary.attention.Weights;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/** Kind film: one layer. */
final class FilmCase implements FormKind {
  @Override
  public Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights) {
    Film film = Film.of(weights, "");
    return scope ->
        Map.of(
            "y", film.apply(scope, golden.upload(scope, "x"), golden.upload(scope, "condition")));
  }
}
