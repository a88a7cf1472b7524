package tributary.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@link Scope} in plain loops over float arrays; every sum is taken in double. */
final class JavaScope implements Scope {
  private final @Nullable JavaScope outer;
  private final Precision precision;
  private boolean closed;

  JavaScope(@Nullable JavaScope outer, Precision precision) {
    this.outer = outer;
    this.precision = precision;
  }

  boolean closed() {
    return closed || (outer != null && outer.closed());
  }

  @Override
  public Tensor upload(Shape shape, float[] values, int offset) {
    Shapes.within(shape, values, offset);
    JavaTensor y = allocate(shape);
    System.arraycopy(values, offset, y.values(), 0, y.values().length);
    return y;
  }

  @Override
  public void download(Tensor x, float[] values, int offset) {
    JavaTensor from = JavaTensor.of(x);
    Shapes.within(x.shape(), values, offset);
    System.arraycopy(from.values(), from.offset(), values, offset, (int) x.shape().size());
  }

  @Override
  public Tensor linear(Tensor x, Linear layer, Activation activation) {
    return product(x, layer, activation, Shapes.linear(x.shape(), layer), null);
  }

  @Override
  public Tensor linearPlus(Tensor x, Linear layer, Tensor residual) {
    Shape shape = Shapes.linearPlus(x.shape(), layer, residual.shape());
    return product(x, layer, Activation.NONE, shape, JavaTensor.of(residual));
  }

  /** activation(x W^T + b) + residual. */
  private Tensor product(
      Tensor x, Linear layer, Activation activation, Shape shape, @Nullable JavaTensor residual) {
    JavaTensor a = JavaTensor.of(x);
    JavaTensor w = JavaTensor.of(layer.weight());
    JavaTensor b = layer.bias() == null ? null : JavaTensor.of(layer.bias());
    JavaTensor y = allocate(shape);
    for (int g = 0; g < shape.groups(); g++) {
      for (int r = 0; r < shape.rows(); r++) {
        for (int o = 0; o < shape.channels(); o++) {
          double sum = product(a, a.row(g, r), w, w.row(0, o), layer.inputs());
          sum = Activations.apply(activation, b == null ? sum : sum + b.at(0, 0, o));
          y.values()[y.row(g, r) + o] =
              (float) (residual == null ? sum : sum + residual.at(g, r, o));
        }
      }
    }
    return y;
  }

  @Override
  public Tensor normalize(Tensor x, LayerNorm norm) {
    Shape shape = Shapes.normalize(x.shape(), norm);
    JavaTensor a = JavaTensor.of(x);
    JavaTensor w = JavaTensor.of(norm.weight());
    JavaTensor b = JavaTensor.of(norm.bias());
    JavaTensor y = allocate(shape);
    int n = shape.channels();
    for (int g = 0; g < shape.groups(); g++) {
      for (int r = 0; r < shape.rows(); r++) {
        int from = a.row(g, r);
        double mean = sum(n, c -> a.values()[from + c]) / n;
        double variance = sum(n, c -> square(a.values()[from + c] - mean)) / n;
        double deviation = Math.sqrt(variance + norm.epsilon());
        for (int c = 0; c < n; c++) {
          double z = (a.values()[from + c] - mean) / deviation;
          y.values()[y.row(g, r) + c] = (float) (z * w.at(0, 0, c) + b.at(0, 0, c));
        }
      }
    }
    return y;
  }

  @Override
  public Tensor attend(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights counts) {
    Shape shape =
        Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, mask, counts);
    JavaTensor q = JavaTensor.of(queries);
    JavaTensor k = JavaTensor.of(keys);
    JavaTensor v = JavaTensor.of(values);
    JavaTensor y = allocate(shape);
    int m = keys.shape().rows();
    int d = keys.shape().channels() / attention.heads();
    int e = shape.channels() / attention.heads();
    for (int g = 0; g < shape.groups(); g++) {
      for (int r = 0; r < shape.rows(); r++) {
        for (int h = 0; h < attention.heads(); h++) {
          double[] scores = new double[m]; // [keys]
          for (int j = 0; j < m; j++) {
            scores[j] =
                mask != null && !mask.allowed(g, r, j)
                    ? Double.NEGATIVE_INFINITY
                    : attention.scale() * dot(q, q.row(g, r) + h * d, k, k.row(g, j) + h * d, d);
          }
          double[] weights = softmax(scores, counts, g, attention.fullyMasked());
          for (int c = 0; c < e; c++) {
            int group = g;
            int channel = h * e + c;
            y.values()[y.row(g, r) + channel] =
                (float) sum(m, j -> weights[j] == 0 ? 0 : weights[j] * v.at(group, j, channel));
          }
        }
      }
    }
    return y;
  }

  @Override
  public Tensor attendPart(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable KeyWeights counts) {
    JavaTensor q = JavaTensor.of(queries);
    JavaTensor k = JavaTensor.of(keys);
    JavaTensor attended = JavaTensor.of(attend(queries, keys, values, attention, null, counts));
    int heads = attention.heads();
    int d = q.shape().channels() / heads;
    int width = attended.shape().channels();
    JavaTensor y = allocate(Shapes.attendPart(attended.shape(), attention));
    for (int g = 0; g < y.shape().groups(); g++) {
      for (int r = 0; r < y.shape().rows(); r++) {
        int at = y.row(g, r);
        System.arraycopy(attended.values(), attended.row(g, r), y.values(), at, width);
        for (int h = 0; h < heads; h++) {
          int group = g;
          double[] scores = new double[k.shape().rows()];
          double largest = Double.NEGATIVE_INFINITY;
          for (int j = 0; j < scores.length; j++) {
            scores[j] = dot(q, q.row(g, r) + h * d, k, k.row(g, j) + h * d, d);
            largest =
                Math.max(largest, scores[j] + Math.log(count(counts, g, j)) / attention.scale());
          }
          float shift = (float) largest;
          double total =
              IntStream.range(0, scores.length)
                  .mapToDouble(
                      j ->
                          count(counts, group, j)
                              * Math.exp(attention.scale() * (scores[j] - shift)))
                  .sum();
          y.values()[at + width + h] = shift;
          y.values()[at + width + heads + h] = (float) total;
        }
      }
    }
    return y;
  }

  /** As how many keys a key counts. */
  private static double count(@Nullable KeyWeights counts, int group, int key) {
    return counts == null ? 1 : counts.at(group, key);
  }

  /** w exp(s - max) / sum of the same; a score of -infinity has weight 0. */
  static double[] softmax(
      double[] scores, @Nullable KeyWeights counts, int group, Attention.FullyMasked fullyMasked) {
    double max = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      max = Math.max(max, score);
    }
    double[] weights = new double[scores.length];
    if (max == Double.NEGATIVE_INFINITY) {
      double same = fullyMasked == Attention.FullyMasked.UNIFORM ? 1.0 / scores.length : 0;
      Arrays.fill(weights, same);
      return weights;
    }
    double total = 0;
    for (int j = 0; j < scores.length; j++) {
      weights[j] = count(counts, group, j) * Math.exp(scores[j] - max);
      total += weights[j];
    }
    for (int j = 0; j < scores.length; j++) {
      weights[j] /= total;
    }
    return weights;
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    Shape shape = Shapes.add(x.shape(), y.shape());
    JavaTensor a = JavaTensor.of(x);
    JavaTensor b = JavaTensor.of(y);
    JavaTensor z = allocate(shape);
    for (int g = 0; g < shape.groups(); g++) {
      for (int r = 0; r < shape.rows(); r++) {
        for (int c = 0; c < shape.channels(); c++) {
          z.values()[z.row(g, r) + c] = a.at(g, r, c) + b.at(g, r, c);
        }
      }
    }
    return z;
  }

  @Override
  public Tensor lookup(Tensor table, int[] indices) {
    Shape shape = Shapes.lookup(table.shape(), indices);
    JavaTensor from = JavaTensor.of(table);
    JavaTensor y = allocate(shape);
    for (int i = 0; i < indices.length; i++) {
      copyRows(from, 0, indices[i], y, 0, i, 1);
    }
    return y;
  }

  @Override
  public Tensor concatRows(List<Tensor> parts) {
    Shape shape = Shapes.concatRows(parts);
    JavaTensor y = allocate(shape);
    for (int g = 0; g < shape.groups(); g++) {
      int row = 0;
      for (Tensor part : parts) {
        copyRows(JavaTensor.of(part), g, 0, y, g, row, part.shape().rows());
        row += part.shape().rows();
      }
    }
    return y;
  }

  private static void copyRows(
      JavaTensor from, int fromGroup, int fromRow, JavaTensor to, int group, int row, int rows) {
    if (rows > 0) {
      System.arraycopy(
          from.values(),
          from.row(fromGroup, fromRow),
          to.values(),
          to.row(group, row),
          rows * to.shape().channels());
    }
  }

  @Override
  public Tensor reshape(Tensor x, Shape shape) {
    JavaTensor a = JavaTensor.of(x);
    return new JavaTensor(Shapes.reshape(x.shape(), shape), a.values(), a.offset(), a.owner());
  }

  @Override
  public Tensor groups(Tensor x, int from, int to) {
    JavaTensor a = JavaTensor.of(x);
    Shape shape = Shapes.groups(x.shape(), from, to);
    int skipped = from * shape.rows() * shape.channels();
    return new JavaTensor(shape, a.values(), a.offset() + skipped, a.owner());
  }

  @Override
  public Tensor meanRows(Tensor x) {
    JavaTensor a = JavaTensor.of(x);
    Shape shape = new Shape(x.shape().groups(), 1, x.shape().channels());
    JavaTensor y = allocate(shape);
    int n = x.shape().rows();
    for (int g = 0; g < shape.groups(); g++) {
      for (int c = 0; c < shape.channels(); c++) {
        int group = g;
        int channel = c;
        y.values()[y.row(g, 0) + c] =
            n == 0 ? 0 : (float) (sum(n, r -> a.at(group, r, channel)) / n);
      }
    }
    return y;
  }

  @Override
  public Gradients gradients() {
    if (precision != Precision.FLOAT32) {
      throw new UnsupportedOperationException(
          "Cannot learn in " + precision + ": gradients are float32 (set precision to float32)");
    }
    return new JavaGradients(this);
  }

  @Override
  public Scope inner() {
    requireOpen();
    return new JavaScope(this, precision);
  }

  @Override
  public void close() {
    closed = true;
  }

  private JavaTensor allocate(Shape shape) {
    requireOpen();
    if (shape.size() > Integer.MAX_VALUE - 8) {
      throw new OutOfMemoryError("Cannot hold tensor " + shape + ": larger than a Java array");
    }
    return new JavaTensor(shape, new float[(int) shape.size()], 0, this);
  }

  private void requireOpen() {
    if (closed()) {
      throw new IllegalStateException("Cannot use scope: it has been closed");
    }
  }

  /** The dot product of operands in this scope's precision. */
  private double product(JavaTensor a, int i, JavaTensor b, int j, int n) {
    if (precision == Precision.FLOAT32) {
      return dot(a, i, b, j, n);
    }
    double sum = 0;
    for (int c = 0; c < n; c++) {
      sum += (double) precision.round(a.values()[i + c]) * precision.round(b.values()[j + c]);
    }
    return sum;
  }

  private static double dot(JavaTensor a, int i, JavaTensor b, int j, int n) {
    double sum = 0;
    for (int c = 0; c < n; c++) {
      sum += (double) a.values()[i + c] * b.values()[j + c];
    }
    return sum;
  }

  private static double sum(int n, IntToDoubleFunction term) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += term.applyAsDouble(i);
    }
    return sum;
  }

  private static double square(double x) {
    return x * x;
  }
}
