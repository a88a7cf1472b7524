package tributary.tools.parity;

import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tributary.attention.Retro;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** Kind retro: one layer; neighbours [batch, chunks, r, n, channels], mask without the channels. */
final class RetroCase implements FormKind {
  @Override
  public Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights) {
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
    Retro layer = Retro.of(weights, "", golden.heads(), chunk);
    @Nullable Mask mask =
        golden.hasInput("mask") ? new Mask(golden.flags("mask"), groups, 1, rows) : null;
    return scope -> {
      Tensor neighbours =
          scope.upload(new Shape(groups, rows, (int) s[4]), golden.input("neighbours").values(), 0);
      return Map.of("y", layer.apply(scope, golden.upload(scope, "x"), neighbours, mask));
    };
  }
}
