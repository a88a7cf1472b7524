package tributary.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tributary.model.Weight;

/**
 * The layers of the encoders as ONNX operations, by the names of their weights (reference:
 * cross_block, self_block). Tensors are [batch, rows, channels] or [batch, groups, rows, channels]:
 * `rank` axes.
 */
final class Layers {
  private static final float EPSILON = 1e-5f;

  private final OnnxGraph graph;
  private final Map<String, Weight> weights;
  private final String activation;

  /**
   * @param activation of the MLPs, one of ModelConfig.ACTIVATIONS
   */
  Layers(OnnxGraph graph, Map<String, Weight> weights, String activation) {
    this.graph = graph;
    this.weights = weights;
    this.activation = activation;
  }

  Weight weight(String name) {
    Weight w = weights.get(name);
    if (w == null) {
      throw new IllegalArgumentException("Invalid weight: " + name + " (one of the model's)");
    }
    return w;
  }

  /** A weight as it is. */
  String constant(String name) {
    Weight w = weight(name);
    return graph.constant(name, w.shape(), w.values());
  }

  /** A weight under another shape of the same size. */
  String constant(String name, long... shape) {
    return graph.constant(name, shape, weight(name).values());
  }

  /**
   * x W^T + b: name.weight [outputs, inputs] is stored transposed, name.bias where there is one.
   */
  String linear(String x, String name) {
    String y = graph.apply("MatMul", List.of(x, transposed(name + ".weight")));
    return weights.containsKey(name + ".bias")
        ? graph.apply("Add", List.of(y, constant(name + ".bias")))
        : y;
  }

  private String transposed(String name) {
    if (graph.holds(name)) {
      return name;
    }
    Weight w = weight(name);
    int rows = Math.toIntExact(w.shape()[0]);
    int columns = Math.toIntExact(w.shape()[1]);
    float[] values = new float[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        values[j * rows + i] = w.values()[i * columns + j];
      }
    }
    return graph.constant(name, new long[] {columns, rows}, values);
  }

  String normalize(String x, String name) {
    return graph.apply(
        "LayerNormalization",
        List.of(x, constant(name + ".weight"), constant(name + ".bias")),
        OnnxGraph.attribute("axis", -1L),
        OnnxGraph.attribute("epsilon", EPSILON));
  }

  String add(String x, String y) {
    return graph.apply("Add", List.of(x, y));
  }

  String reshape(String x, long... shape) {
    return graph.apply("Reshape", List.of(x, graph.constant(shape)));
  }

  /** Rows [0, length of the axis `axis` of x) of a constant table. */
  String firstRows(String table, String x, long axis) {
    String length =
        graph.apply(
            "Shape",
            List.of(x),
            OnnxGraph.attribute("start", axis),
            OnnxGraph.attribute("end", axis + 1));
    return graph.apply("Slice", List.of(table, graph.constant(0), length, graph.constant(0)));
  }

  /** Zeros behind, up to the length, along one axis of x. */
  String pad(String x, int rank, int axis, long count) {
    if (count == 0) {
      return x;
    }
    long[] pads = new long[2 * rank];
    pads[rank + axis] = count;
    return graph.apply("Pad", List.of(x, graph.constant(pads)));
  }

  /**
   * A level: latents attend to the inputs, then to each other (reference: _block).
   *
   * @param prefix of .latents, .cross and .self.0 and on
   * @param groups 0 for inputs [batch, rows, channels]; else inputs are [batch, groups, rows,
   *     channels] and every group has latents of its own
   */
  String block(
      String inputs, String prefix, int groups, int crossHeads, int selfLayers, int selfHeads) {
    Weight w = weight(prefix + ".latents");
    long channels = w.shape()[1];
    int rank = groups == 0 ? 3 : 4;
    long rows = w.shape()[0] / Math.max(1, groups);
    String latents =
        groups == 0
            ? constant(prefix + ".latents", 1, rows, channels)
            : constant(prefix + ".latents", 1, groups, rows, channels);
    String cross = prefix + ".cross";
    String x = normalize(inputs, cross + ".input_norm");
    String q = normalize(latents, cross + ".query_norm");
    String z = mlp(add(attention(q, x, cross + ".attention", crossHeads, rank), latents), cross);
    if (selfLayers == 0) {
      return z;
    }
    // Groups have the same weights from here on: more batch, one axis less.
    z = groups == 0 ? z : reshape(z, -1, rows, channels);
    for (int s = 0; s < selfLayers; s++) {
      String self = prefix + ".self." + s;
      String y = normalize(z, self + ".norm");
      z = mlp(add(attention(y, y, self + ".attention", selfHeads, 3), z), self);
    }
    return groups == 0 ? z : reshape(z, -1, groups, rows, channels);
  }

  private String mlp(String z, String prefix) {
    String hidden = linear(normalize(z, prefix + ".mlp_norm"), prefix + ".mlp.hidden");
    return add(linear(activate(hidden), prefix + ".mlp.output"), z);
  }

  private String activate(String x) {
    return switch (activation) {
      case "relu" -> graph.apply("Relu", List.of(x));
      case "squared_relu" -> {
        String y = graph.apply("Relu", List.of(x));
        yield graph.apply("Mul", List.of(y, y));
      }
      case "gelu" -> graph.apply("Gelu", List.of(x));
      case "gelu_tanh" ->
          graph.apply("Gelu", List.of(x), OnnxGraph.attribute("approximate", "tanh"));
      default -> throw new IllegalArgumentException("Invalid activation: " + activation);
    };
  }

  /** Multi-head attention with its projections, scores scaled by 1 / sqrt(d). */
  private String attention(String queries, String inputs, String prefix, int heads, int rank) {
    long width = weight(prefix + ".query.weight").shape()[0];
    long valueWidth = weight(prefix + ".value.weight").shape()[0];
    float scale = (float) (1 / Math.sqrt(width / (double) heads));
    String q = split(linear(queries, prefix + ".query"), heads, width, rank, false);
    String k = split(linear(inputs, prefix + ".key"), heads, width, rank, true);
    String v = split(linear(inputs, prefix + ".value"), heads, valueWidth, rank, false);
    String scaled =
        graph.apply(
            "Mul", List.of(q, graph.constant("scale." + scale, new long[0], new float[] {scale})));
    String scores = graph.apply("MatMul", List.of(scaled, k));
    String shares = graph.apply("Softmax", List.of(scores), OnnxGraph.attribute("axis", -1L));
    String mixed = graph.apply("MatMul", List.of(shares, v));
    return linear(join(mixed, heads, valueWidth, rank), prefix + ".output");
  }

  /** [.., n, heads * d] to [.., heads, n, d], or to [.., heads, d, n] for keys. */
  private String split(String x, int heads, long width, int rank, boolean key) {
    if (heads == 1) {
      return key ? transpose(x, rank, rank - 2, rank - 1) : x;
    }
    String y = reshape(x, shape(rank, heads, width / heads));
    long[] perm = identity(rank + 1);
    perm[rank - 2] = rank - 1;
    perm[rank - 1] = key ? rank : rank - 2;
    perm[rank] = key ? rank - 2 : rank;
    return graph.apply("Transpose", List.of(y), OnnxGraph.attribute("perm", perm));
  }

  private String join(String x, int heads, long width, int rank) {
    return heads == 1 ? x : reshape(transpose(x, rank + 1, rank - 2, rank - 1), shape(rank, width));
  }

  private String transpose(String x, int rank, int a, int b) {
    long[] perm = identity(rank);
    perm[a] = b;
    perm[b] = a;
    return graph.apply("Transpose", List.of(x), OnnxGraph.attribute("perm", perm));
  }

  private static long[] identity(int rank) {
    long[] perm = new long[rank];
    for (int i = 0; i < rank; i++) {
      perm[i] = i;
    }
    return perm;
  }

  /** The axes before the last as they are (0), then these. */
  private static long[] shape(int rank, long... last) {
    List<Long> axes = new ArrayList<>();
    for (int i = 0; i < rank - 1; i++) {
      axes.add(0L);
    }
    for (long n : last) {
      axes.add(n);
    }
    return axes.stream().mapToLong(n -> n).toArray();
  }
}
