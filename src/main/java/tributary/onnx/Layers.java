package tributary.onnx;

import java.util.List;
import java.util.Map;
import tributary.base.Invalid;
import tributary.model.Weight;

/**
 * Weights, linear layers, norms and shapes as ONNX operations. A result is known by its name; axes
 * are counted from 0.
 */
public final class Layers {
  private static final float EPSILON = 1e-5f;

  private final OnnxGraph graph;
  private final Map<String, Weight> weights;
  private final String activation;

  /**
   * @param activation of the MLPs, one of ModelConfig.ACTIVATIONS
   */
  public Layers(OnnxGraph graph, Map<String, Weight> weights, String activation) {
    this.graph = graph;
    this.weights = weights;
    this.activation = activation;
  }

  public OnnxGraph graph() {
    return graph;
  }

  boolean has(String name) {
    return weights.containsKey(name);
  }

  public Weight weight(String name) {
    Weight w = weights.get(name);
    if (w == null) {
      throw Invalid.argument("weight", name, "one of the model's");
    }
    return w;
  }

  /** Outputs of the linear layer `name`. */
  public long outputs(String name) {
    return weight(name + ".weight").shape()[0];
  }

  /** Inputs of the linear layer `name`. */
  long inputs(String name) {
    return weight(name + ".weight").shape()[1];
  }

  /** A weight as it is. */
  public String constant(String name) {
    Weight w = weight(name);
    return graph.constant(name, w.shape(), w.values());
  }

  /** A weight under another shape of the same size. */
  public String constant(String name, long... shape) {
    return graph.constant(name, shape, weight(name).values());
  }

  /**
   * x W^T + b: name.weight [outputs, inputs] is stored transposed, name.bias where there is one.
   */
  public String linear(String x, String name) {
    String y = apply("MatMul", x, transposed(name, name + ".weight"));
    return has(name + ".bias") ? add(y, constant(name + ".bias")) : y;
  }

  /** A matrix [n, m] as [m, n], under a key of its own. */
  public String transposed(String key, String name) {
    if (graph.holds(key)) {
      return key;
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
    return graph.constant(key, new long[] {columns, rows}, values);
  }

  public String normalize(String x, String name) {
    return normalize(x, name, EPSILON);
  }

  public String normalize(String x, String name, float epsilon) {
    return graph.apply(
        "LayerNormalization",
        List.of(x, constant(name + ".weight"), constant(name + ".bias")),
        OnnxGraph.attribute("axis", -1L),
        OnnxGraph.attribute("epsilon", epsilon));
  }

  String activate(String x) {
    return switch (activation) {
      case "relu" -> apply("Relu", x);
      case "squared_relu" -> {
        String y = apply("Relu", x);
        yield apply("Mul", y, y);
      }
      case "gelu" -> gelu(x);
      case "gelu_tanh" ->
          graph.apply("Gelu", List.of(x), OnnxGraph.attribute("approximate", "tanh"));
      default -> throw new IllegalArgumentException("Invalid activation: " + activation);
    };
  }

  /** x (1 + erf(x / sqrt 2)) / 2. */
  String gelu(String x) {
    return apply("Gelu", x);
  }

  public String apply(String operator, String... inputs) {
    return graph.apply(operator, List.of(inputs));
  }

  public String add(String x, String y) {
    return apply("Add", x, y);
  }

  public String concat(long axis, String... parts) {
    return concat(axis, List.of(parts));
  }

  public String concat(long axis, List<String> parts) {
    return parts.size() == 1
        ? parts.get(0)
        : graph.apply("Concat", parts, OnnxGraph.attribute("axis", axis));
  }

  public String reshape(String x, long... shape) {
    return apply("Reshape", x, graph.constant(shape));
  }

  public String transpose(String x, long... axes) {
    return graph.apply("Transpose", List.of(x), OnnxGraph.attribute("perm", axes));
  }

  /** The mean over the rows of [batch, rows, channels]: [batch, channels]. */
  public String meanRows(String x) {
    return graph.apply(
        "ReduceMean", List.of(x, graph.constant(1)), OnnxGraph.attribute("keepdims", 0L));
  }

  /** Lengths of the axes [from, to) of x: int64 [to - from]. */
  public String lengths(String x, long from, long to) {
    return graph.apply(
        "Shape", List.of(x), OnnxGraph.attribute("start", from), OnnxGraph.attribute("end", to));
  }

  /** Elements [from, to) along an axis of x; from and to are int64 [1]. */
  String slice(String x, String from, String to, long axis) {
    return apply("Slice", x, from, to, graph.constant(axis));
  }

  /** Rows [0, length of the axis `axis` of x) of a constant table. */
  public String firstRows(String table, String x, long axis) {
    return slice(table, graph.constant(0), lengths(x, axis, axis + 1), 0);
  }

  /** Zeros behind, up to the length, along one axis of x. */
  public String pad(String x, int rank, int axis, long count) {
    if (count == 0) {
      return x;
    }
    long[] pads = new long[2 * rank];
    pads[rank + axis] = count;
    return apply("Pad", x, graph.constant(pads));
  }

  /** x broadcast to a shape whose first axes are those [0, axes) of `as`, then ones. */
  public String spread(String x, String as, long axes, long... ones) {
    return apply("Expand", x, concat(0, lengths(as, 0, axes), graph.constant(ones)));
  }
}
