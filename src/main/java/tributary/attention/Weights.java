package tributary.attention;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Weights in a backend's memory, each uploaded once, when a block first asks for it. JVM-wide:
 * filled by one thread while an encoder is made, then read by many; freed when the encoder closes.
 */
public final class Weights implements AutoCloseable {
  private static final float EPSILON = 1e-5f;

  private final Map<String, Weight> weights;
  private final Backend backend;
  private final Map<String, Tensor> uploaded = new LinkedHashMap<>();

  /**
   * @param weights by name, as reference.py reads them
   */
  public Weights(Map<String, Weight> weights, Backend backend) {
    this.weights = weights;
    this.backend = backend;
  }

  public Backend backend() {
    return backend;
  }

  /** name.weight [outputs, inputs], and name.bias where there is one. */
  public Linear linear(String name) {
    String bias = name + ".bias";
    long[] shape = weight(name + ".weight").shape();
    if (shape.length != 2) {
      throw misshapen(name + ".weight", "[outputs, inputs]");
    }
    if (weights.containsKey(bias) && !Arrays.equals(weight(bias).shape(), new long[] {shape[0]})) {
      throw misshapen(bias, name + ".weight is " + Arrays.toString(shape));
    }
    return new Linear(table(name + ".weight"), weights.containsKey(bias) ? table(bias) : null);
  }

  /** A name below a prefix: prefix.name, or name where the prefix is empty. */
  static String below(String prefix, String name) {
    return prefix.isEmpty() ? name : prefix + "." + name;
  }

  /**
   * One of three layers whose rows lie one after the other in name + weight [3 outputs, inputs],
   * and in name + bias where there is one.
   *
   * @param which 0, 1 or 2
   */
  Linear third(String name, int which) {
    long[] shape = weight(name + "weight").shape();
    if (shape.length != 2 || shape[0] % 3 != 0) {
      throw misshapen(name + "weight", "[3 outputs, inputs]");
    }
    int outputs = Math.toIntExact(shape[0] / 3);
    Shape matrix = Shape.matrix(outputs, Math.toIntExact(shape[1]));
    if (!weights.containsKey(name + "bias")) {
      return new Linear(part(name + "weight", which, matrix), null);
    }
    if (!Arrays.equals(weight(name + "bias").shape(), new long[] {shape[0]})) {
      throw misshapen(name + "bias", name + "weight is " + Arrays.toString(shape));
    }
    return new Linear(
        part(name + "weight", which, matrix), part(name + "bias", which, Shape.vector(outputs)));
  }

  private Tensor part(String name, int which, Shape shape) {
    String part = name + " part " + which;
    Tensor known = uploaded.get(part);
    if (known != null) {
      return known;
    }
    int size = Math.toIntExact(shape.size());
    float[] all = weight(name).values();
    return constant(part, shape, Arrays.copyOfRange(all, which * size, (which + 1) * size));
  }

  /** name.weight and name.bias, epsilon 1e-5. */
  public LayerNorm norm(String name) {
    return norm(name, EPSILON);
  }

  /** name.weight and name.bias. */
  public LayerNorm norm(String name, float epsilon) {
    long[] shape = weight(name + ".weight").shape();
    if (shape.length != 1) {
      throw misshapen(name + ".weight", "[channels]");
    }
    if (!Arrays.equals(weight(name + ".bias").shape(), shape)) {
      throw misshapen(name + ".bias", name + ".weight is " + Arrays.toString(shape));
    }
    return new LayerNorm(table(name + ".weight"), table(name + ".bias"), epsilon);
  }

  /** A matrix [rows, channels] as [1, rows, channels], a vector [channels] as [1, 1, channels]. */
  public Tensor table(String name) {
    return table(name, 1);
  }

  /** A matrix [groups * rows, channels] as [groups, rows, channels]. */
  public Tensor table(String name, int groups) {
    Tensor known = uploaded.get(name);
    if (known != null) {
      return known;
    }
    long[] shape = weight(name).shape();
    int rows = shape.length == 1 ? 1 : Math.toIntExact(shape[0]);
    int channels = Math.toIntExact(shape[shape.length - 1]);
    return constant(name, new Shape(groups, rows / groups, channels), weight(name).values());
  }

  /** All values as one row: [1, 1, size]. */
  Tensor row(String name) {
    String row = name + " as a row";
    Tensor known = uploaded.get(row);
    float[] values = weight(name).values();
    return known != null ? known : constant(row, Shape.vector(values.length), values);
  }

  /**
   * Vectors of each head [heads, n, d], times a scale, as rows of all heads beside each other: [1,
   * n, heads * d].
   */
  Tensor heads(String name, int heads, double scale) {
    String rows = name + " as rows";
    Tensor known = uploaded.get(rows);
    if (known != null) {
      return known;
    }
    long[] shape = weight(name).shape();
    if (shape.length != 3 || shape[0] != heads) {
      throw misshapen(name, "[heads, vectors, channels], " + heads + " heads");
    }
    int n = Math.toIntExact(shape[1]);
    int d = Math.toIntExact(shape[2]);
    float[] from = weight(name).values(); // [heads, n, d]
    float[] to = new float[from.length]; // [n, heads * d]
    for (int i = 0; i < from.length; i++) {
      int head = i / (n * d);
      int vector = i / d % n;
      to[(vector * heads + head) * d + i % d] = (float) (from[i] * scale);
    }
    return constant(rows, Shape.matrix(n, heads * d), to);
  }

  /** Something computed from weights alone, kept with them. */
  public Tensor constant(String name, Shape shape, float[] values) {
    Tensor made = backend.constant(shape, values);
    uploaded.put(name, made);
    return made;
  }

  /** A weight's values on the heap, not to be changed. */
  public float[] values(String name) {
    return weight(name).values();
  }

  /** A weight's shape. */
  public long[] shape(String name) {
    return weight(name).shape().clone();
  }

  public boolean has(String name) {
    return weights.containsKey(name);
  }

  private IllegalArgumentException misshapen(String name, String rule) {
    return Invalid.argument("weight", name + " " + weight(name).shapeText(), rule);
  }

  private Weight weight(String name) {
    @Nullable Weight w = weights.get(name);
    if (w == null) {
      throw Invalid.argument("weight", name, "one of the model's");
    }
    return w;
  }

  @Override
  public void close() {
    uploaded.values().forEach(backend::free);
    uploaded.clear();
  }
}
