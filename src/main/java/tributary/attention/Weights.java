package tributary.attention;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tape;
import tributary.tensor.Tensor;

/**
 * Weights in a backend's memory, each uploaded once, when a block first asks for it. JVM-wide:
 * filled by one thread while an encoder is made, then read by many; freed when the encoder closes.
 *
 * <p>{@link #learning} makes them for learning: {@link #tape} opens a tape that watches them,
 * {@link #gradients} gives what it found by name, {@link #update} gives them other values. Then
 * nothing that is computed from weights may be kept as a constant, for it would stay what it was.
 */
public final class Weights implements AutoCloseable {
  private static final float EPSILON = 1e-5f;

  private final Map<String, Weight> weights;
  private final Backend backend;
  private final Map<String, Tensor> uploaded = new LinkedHashMap<>();
  private final List<Use> uses = new ArrayList<>();
  private final boolean learning;
  private float[] room = {};

  /**
   * @param weights by name, as reference.py reads them
   */
  public Weights(Map<String, Weight> weights, Backend backend) {
    this(weights, backend, false);
  }

  private Weights(Map<String, Weight> weights, Backend backend, boolean learning) {
    this.weights = weights;
    this.backend = backend;
    this.learning = learning;
  }

  /** Weights that are learnt. */
  public static Weights learning(Map<String, Weight> weights, Backend backend) {
    return new Weights(weights, backend, true);
  }

  /**
   * What a tensor was made of.
   *
   * @param tensor element i is scale * weight[order[i]]
   * @param first of the weight's elements, where they are in order
   * @param order of the weight's elements; null: in order from the first on
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Use(Tensor tensor, String name, int first, int @Nullable [] order, double scale) {
    int size() {
      return (int) tensor.shape().size();
    }

    /** The tensor's values, of a weight that begins at a place of an array, to an array's start. */
    void values(float[] weights, int at, float[] to) {
      int size = size();
      if (order == null) {
        System.arraycopy(weights, at + first, to, 0, size);
        return;
      }
      for (int i = 0; i < size; i++) {
        to[i] = (float) (weights[at + order[i]] * scale);
      }
    }

    /** Adds the tensor's gradient to the weight's, which begins at a place of the sum. */
    void add(float[] gradient, float[] sum, int at) {
      int size = size();
      if (order == null) {
        int start = at + first;
        for (int i = 0; i < size; i++) {
          sum[start + i] += gradient[i];
        }
        return;
      }
      for (int i = 0; i < size; i++) {
        sum[at + order[i]] += (float) (gradient[i] * scale);
      }
    }
  }

  /** A tape in a scope of the backend's that watches all weights that were asked for. */
  public Tape tape(Scope scope) {
    return new Tape(scope, tensors());
  }

  /** The tensors of the weights that were asked for. */
  public List<Tensor> tensors() {
    return uses.stream().map(Use::tensor).toList();
  }

  /**
   * What a tape found, after it went back.
   *
   * @return by name the gradient of each weight that was asked for, as long as the weight; 0 where
   *     the loss doesn't depend on it
   */
  public Map<String, float[]> gradients(Tape tape) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    for (Use use : uses) {
      float[] sum =
          gradients.computeIfAbsent(use.name(), n -> new float[weight(n).values().length]);
      add(tape, use, sum, 0);
    }
    return gradients;
  }

  private void add(Tape tape, Use use, float[] sum, int at) {
    float[] own = room(use.size());
    if (tape.gradient(use.tensor(), own)) {
      use.add(own, sum, at);
    }
  }

  /** An array at least so long, the same at each call: of one thread, as what is learnt is. */
  private float[] room(int floats) {
    if (room.length < floats) {
      room = new float[floats];
    }
    return room;
  }

  /**
   * What a tape found, added to a vector that all weights share.
   *
   * @param offset of a weight in the vector, by name; negative: it isn't wanted
   * @param sum to which the gradients are added
   */
  public void gradients(Tape tape, ToIntFunction<String> offset, float[] sum) {
    for (Use use : uses) {
      int at = offset.applyAsInt(use.name());
      if (at >= 0) {
        add(tape, use, sum, at);
      }
    }
  }

  /**
   * Gives the weights that were asked for other values, between two steps.
   *
   * @param offset of a weight among the values, by name; negative: it stays as it is
   * @param values of all weights
   */
  public void update(ToIntFunction<String> offset, float[] values) {
    for (Use use : uses) {
      int at = offset.applyAsInt(use.name());
      if (at >= 0) {
        float[] now = room(use.size());
        use.values(values, at, now);
        backend.update(use.tensor(), now);
      }
    }
  }

  /** Whether they are learnt, so that nothing computed from them may be kept. */
  public boolean learning() {
    return learning;
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
    return used(part, shape, name, which * size, null, 1);
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
    return used(name, new Shape(groups, rows / groups, channels), name, 0, null, 1);
  }

  /** All values as one row: [1, 1, size]. */
  Tensor row(String name) {
    String row = name + " as a row";
    Tensor known = uploaded.get(row);
    int size = weight(name).values().length;
    return known != null ? known : used(row, Shape.vector(size), name, 0, null, 1);
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
    int[] order = new int[heads * n * d]; // [n, heads * d] from [heads, n, d]
    for (int i = 0; i < order.length; i++) {
      int head = i / (n * d);
      int vector = i / d % n;
      order[(vector * heads + head) * d + i % d] = i;
    }
    return used(rows, Shape.matrix(n, heads * d), name, 0, order, scale);
  }

  private Tensor used(
      String as, Shape shape, String name, int first, int @Nullable [] order, double scale) {
    Weight weight = weight(name);
    float[] values = new float[(int) shape.size()];
    new Use(new Sized(shape), name, first, order, scale).values(weight.values(), 0, values);
    Tensor made = backend.constant(shape, values);
    uploaded.put(as, made);
    uses.add(new Use(made, name, first, order, scale));
    return made;
  }

  /** The shape of a tensor that is still to be made. */
  private record Sized(Shape shape) implements Tensor {}

  /** Something that does not depend on weights, kept with them: features of places, say. */
  public Tensor fixed(String name, Shape shape, float[] values) {
    Tensor made = backend.constant(shape, values);
    uploaded.put(name, made);
    return made;
  }

  /**
   * Something computed from weights alone, kept with them.
   *
   * @throws IllegalStateException where the weights are learnt
   */
  public Tensor constant(String name, Shape shape, float[] values) {
    if (learning) {
      throw new IllegalStateException(
          "Cannot keep " + name + ": it is computed from weights that are being learnt");
    }
    return fixed(name, shape, values);
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
