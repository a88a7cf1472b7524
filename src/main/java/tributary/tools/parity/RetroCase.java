package tributary.tools.parity;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.attention.Retro;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** Kind retro: one layer; neighbours [batch, chunks, r, n, channels], mask without the channels. */
final class RetroCase {
  private RetroCase() {}

  static Map<String, float[]> run(GoldenCase golden, Backend backend) {
    int chunk = golden.config().path("chunk_size").asInt();
    long[] s = golden.shape("neighbours");
    if (s.length != 5) {
      throw Invalid.argument(
          "neighbours",
          golden.input("neighbours").shapeText(),
          "[batch, chunks, neighbours, rows, channels]");
    }
    int groups = Math.toIntExact(s[0] * s[1]);
    int rows = Math.toIntExact(s[2] * s[3]);
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      Retro layer = Retro.of(weights, "", golden.heads(), chunk);
      Tensor neighbours =
          scope.upload(new Shape(groups, rows, (int) s[4]), golden.input("neighbours").values(), 0);
      @Nullable Mask mask =
          golden.hasInput("mask") ? new Mask(golden.flags("mask"), groups, 1, rows) : null;
      Tensor y = layer.apply(scope, golden.upload(scope, "x"), neighbours, mask);
      return Map.of("y", scope.values(y));
    }
  }
}
