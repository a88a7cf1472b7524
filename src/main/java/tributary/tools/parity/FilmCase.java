package tributary.tools.parity;

import java.util.Map;
import tributary.attention.Film;
import tributary.attention.Weights;
import tributary.tensor.Backend;
import tributary.tensor.Scope;

/** Kind film: one layer. */
final class FilmCase {
  private FilmCase() {}

  static Map<String, float[]> run(GoldenCase golden, Backend backend) {
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      Film film = Film.of(weights, "");
      return Map.of(
          "y",
          scope.values(
              film.apply(scope, golden.upload(scope, "x"), golden.upload(scope, "condition"))));
    }
  }
}
