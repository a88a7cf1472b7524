package tributary.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fourier position features as ONNX operations, for axes whose length is known when the graph runs:
 * {@link tributary.attention.FourierFeatures}, positions -1 to 1 with both ends, computed in
 * double. A feature's row is [p of every axis, sines of every axis and band, cosines of every axis
 * and band].
 *
 * @param bands frequencies an axis
 */
public record FourierGraph(Layers layers, int bands) {
  /**
   * Features of a sequence whose resolution is its own length.
   *
   * @param n int64 [1]
   * @return [n, 2 bands + 1]
   */
  public String ofSequence(String n) {
    return layers.concat(1, axis(n, layers.graph().toDouble(n)));
  }

  /**
   * Features of a grid.
   *
   * @param lengths of the axes, int64 [1] each
   * @param resolution of every axis
   * @return [product of the lengths, axes (2 bands + 1)]
   */
  public String ofGrid(List<String> lengths, List<Integer> resolution) {
    OnnxGraph graph = layers.graph();
    int d = lengths.size();
    String shape = layers.concat(0, lengths);
    List<List<String>> kinds = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (int a = 0; a < d; a++) {
      List<String> own = axis(lengths.get(a), graph.real(resolution.get(a)));
      for (int kind = 0; kind < 3; kind++) {
        long[] ones = new long[d + 1];
        Arrays.fill(ones, 1);
        ones[a] = -1;
        ones[d] = kind == 0 ? 1 : bands;
        String row = layers.reshape(own.get(kind), ones);
        kinds
            .get(kind)
            .add(layers.apply("Expand", row, layers.concat(0, shape, graph.constant(1))));
      }
    }
    List<String> all = new ArrayList<>();
    kinds.forEach(all::addAll);
    return layers.reshape(layers.concat(d, all), -1, (long) d * (2 * bands + 1));
  }

  /** Of n elements: positions [n, 1], sines and cosines [n, bands]. */
  private List<String> axis(String n, String resolution) {
    OnnxGraph graph = layers.graph();
    String scalar = layers.apply("Squeeze", n);
    String numbers = graph.toDouble(layers.apply("Range", graph.whole(0), scalar, graph.whole(1)));
    String steps =
        layers.apply("Max", layers.apply("Sub", graph.toDouble(n), graph.real(1)), graph.real(1));
    String part =
        layers.apply("Div", layers.apply("Mul", numbers, graph.real(2)), steps); // one alone at 0
    String p =
        layers.apply("Unsqueeze", layers.apply("Sub", part, graph.real(1)), graph.constant(1));
    String angles = layers.apply("Mul", p, frequencies(resolution));
    // A cosine as a sine: ONNX Runtime has no float64 kernel for Cos.
    String turned = layers.add(angles, graph.real(Math.PI / 2));
    return List.of(
        graph.toFloat(p),
        graph.toFloat(layers.apply("Sin", angles)),
        graph.toFloat(layers.apply("Sin", turned)));
  }

  /** pi (1 + k (resolution / 2 - 1) / (bands - 1)), or pi where there is one band. */
  private String frequencies(String resolution) {
    OnnxGraph graph = layers.graph();
    if (bands == 1) {
      return graph.real(Math.PI);
    }
    String k =
        graph.toDouble(layers.apply("Range", graph.whole(0), graph.whole(bands), graph.whole(1)));
    String most =
        layers.apply("Sub", layers.apply("Div", resolution, graph.real(2)), graph.real(1));
    String above = layers.apply("Div", layers.apply("Mul", k, most), graph.real(bands - 1.0));
    return layers.apply("Mul", layers.add(above, graph.real(1)), graph.real(Math.PI));
  }
}
