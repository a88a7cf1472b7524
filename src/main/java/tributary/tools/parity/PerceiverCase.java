package tributary.tools.parity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import tributary.attention.FourierFeatures;
import tributary.attention.Perceiver;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.model.Weight;
import tributary.tensor.Activation;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** Kind perceiver: a grid of data with Fourier features, to the classifier's logits. */
final class PerceiverCase implements FormKind {
  @Override
  public Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights) {
    ObjectNode c = golden.config();
    Weight data = golden.input("data"); // [batch, grid.., channels]
    int axes = data.shape().length;
    if (axes < 3) {
      throw Invalid.argument("input", "shape " + data.shapeText(), "[batch, grid.., channels]");
    }
    List<Integer> grid = new ArrayList<>();
    for (int a = 1; a < axes - 1; a++) {
      grid.add((int) data.shape()[a]);
    }
    int batch = (int) data.shape()[0];
    int channels = (int) data.shape()[axes - 1];
    float[] features = FourierFeatures.of(c.path("num_bands").asInt(), grid).grid(grid);
    float[] x = join(data.values(), channels, features, grid.stream().reduce(1, (a, b) -> a * b));
    Perceiver form = Perceiver.of(weights, options(c));
    return scope -> {
      Tensor inputs = scope.upload(shape(batch, grid, x), x, 0);
      return Map.of("logits", form.classify(scope, form.encode(scope, inputs, null)));
    };
  }

  private static Shape shape(int batch, List<Integer> grid, float[] x) {
    int rows = grid.stream().reduce(1, (a, b) -> a * b);
    return new Shape(batch, rows, x.length / batch / rows);
  }

  private static Perceiver.Options options(ObjectNode c) {
    return new Perceiver.Options(
        c.path("depth").asInt(),
        c.path("weight_tie_layers").asBoolean(),
        c.path("cross_heads").asInt(),
        c.path("self_layers").asInt(),
        c.path("self_heads").asInt(),
        Activation.valueOf(c.path("activation").asText("gelu").toUpperCase(Locale.ROOT)));
  }

  /** Each element's channels, then the features of its place in the grid. */
  static float[] join(float[] values, int channels, float[] features, int rows) {
    int width = features.length / rows;
    int all = values.length / channels;
    float[] out = new float[Math.multiplyExact(all, channels + width)];
    for (int i = 0; i < all; i++) {
      System.arraycopy(values, i * channels, out, i * (channels + width), channels);
      System.arraycopy(features, i % rows * width, out, i * (channels + width) + channels, width);
    }
    return out;
  }
}
