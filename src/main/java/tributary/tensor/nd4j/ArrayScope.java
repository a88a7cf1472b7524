package tributary.tensor.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.KeyWeights;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Shapes;
import tributary.tensor.Tensor;

/**
 * {@link Scope} by whole-array operations: all groups and heads in one call, nothing comes back
 * from the device before {@link #download}. What it makes is freed when it closes.
 *
 * <p>Built from products, exp, erf, tanh, sums and element-wise operations alone: ND4J's own
 * batchMmul, layerNorm and preciseGelu fail or are wrong (see the package).
 */
final class ArrayScope implements Scope {
  private final ArrayBackend backend;
  private final @Nullable ArrayScope outer;
  private final int product;
  private final List<INDArray> held = new ArrayList<>();
  private boolean closed;

  /**
   * @param product groups that go through an operation together, more do so one product after the
   *     other
   */
  ArrayScope(ArrayBackend backend, @Nullable ArrayScope outer, int product) {
    this.backend = backend;
    this.outer = outer;
    this.product = product;
  }

  boolean closed() {
    return closed || (outer != null && outer.closed());
  }

  @Override
  public Tensor upload(Shape shape, float[] values, int offset) {
    Shapes.within(shape, values, offset);
    return tensor(shape, shape.size() == 0 ? null : hold(uploaded(shape, values, offset)));
  }

  static INDArray uploaded(Shape shape, float[] values, int offset) {
    int size = (int) shape.size();
    float[] own =
        offset == 0 && size == values.length
            ? values
            : Arrays.copyOfRange(values, offset, offset + size);
    return Nd4j.create(own, dimensions(shape), 'c');
  }

  @Override
  public void download(Tensor x, float[] values, int offset) {
    ArrayTensor from = own(x);
    Shapes.within(x.shape(), values, offset);
    if (from.isEmpty()) {
      return;
    }
    try (INDArray copy = from.values().dup('c')) {
      float[] all = copy.data().asFloat();
      System.arraycopy(all, 0, values, offset, (int) x.shape().size());
    }
  }

  @Override
  public Tensor linear(Tensor x, Linear layer, Activation activation) {
    Shape shape = Shapes.linear(x.shape(), layer);
    ArrayTensor from = own(x);
    if (from.isEmpty()) {
      return tensor(shape, null);
    }
    return tensor(
        shape,
        hold(
            inProducts(
                shape,
                (first, last) ->
                    ArrayActivations.apply(activation, product(some(from, first, last), layer)))));
  }

  @Override
  public Tensor linearPlus(Tensor x, Linear layer, Tensor residual) {
    Shape shape = Shapes.linearPlus(x.shape(), layer, residual.shape());
    ArrayTensor from = own(x);
    ArrayTensor plus = own(residual);
    if (from.isEmpty()) {
      return tensor(shape, null);
    }
    INDArray y = hold(inProducts(shape, (first, last) -> product(some(from, first, last), layer)));
    y.addi(plus.values());
    return tensor(shape, y);
  }

  /** Groups [first, last) of an operation's result. */
  private interface Part {
    INDArray of(int first, int last);
  }

  /**
   * A result [g, n, c] that is computed a product of groups at a time, so that a group's sums are
   * those of a product of that many groups; as one where there are no more.
   */
  private INDArray inProducts(Shape shape, Part part) {
    int groups = shape.groups();
    if (groups <= product) {
      return part.of(0, groups).reshape(dimensions(shape));
    }
    INDArray y = room(dimensions(shape));
    for (int first = 0; first < groups; first += product) {
      int last = Math.min(groups, first + product);
      INDArray place =
          y.get(NDArrayIndex.interval(first, last), NDArrayIndex.all(), NDArrayIndex.all());
      try (INDArray own = part.of(first, last)) {
        place.assign(own.reshape(place.shape()));
      }
    }
    return y;
  }

  /** Groups [first, last) of x, no copy; x itself where it has one group for all. */
  private ArrayTensor some(ArrayTensor x, int first, int last) {
    int groups = x.shape().groups();
    return groups == 1 || last - first == groups ? x : own(groups(x, first, last));
  }

  private static @Nullable Mask some(@Nullable Mask mask, int first, int last) {
    if (mask == null || mask.groups() == 1 || last - first == mask.groups()) {
      return mask;
    }
    int size = mask.queries() * mask.keys();
    return new Mask(
        Arrays.copyOfRange(mask.allowed(), first * size, last * size),
        last - first,
        mask.queries(),
        mask.keys());
  }

  /** x W^T + b as one product of all groups' rows: [g n, out]. */
  private INDArray product(ArrayTensor x, Linear layer) {
    INDArray weight = own(layer.weight()).values().reshape(layer.outputs(), layer.inputs());
    long rows = (long) x.shape().groups() * x.shape().rows();
    INDArray y = room(rows, layer.outputs());
    Nd4j.matmul(x.values().reshape(rows, layer.inputs()), weight, y, false, true, false);
    if (layer.bias() != null) {
      y.addiRowVector(own(layer.bias()).values().reshape(1, layer.outputs()));
    }
    return y;
  }

  /** Two-pass variance; sums in float, as the device adds them. */
  @Override
  public Tensor normalize(Tensor x, LayerNorm norm) {
    Shape shape = Shapes.normalize(x.shape(), norm);
    ArrayTensor from = own(x);
    if (from.isEmpty()) {
      return tensor(shape, null);
    }
    return tensor(
        shape, hold(inProducts(shape, (first, last) -> normalized(some(from, first, last), norm))));
  }

  /** [g n, c]. */
  private INDArray normalized(ArrayTensor x, LayerNorm norm) {
    Shape shape = x.shape();
    long rows = (long) shape.groups() * shape.rows();
    INDArray y = x.values().dup('c').reshape(rows, shape.channels());
    try (INDArray mean = y.mean(true, 1)) {
      y.subiColumnVector(mean);
    }
    try (INDArray squares = y.mul(y);
        INDArray deviation = squares.mean(true, 1)) {
      deviation.addi(norm.epsilon());
      Transforms.sqrt(deviation, false);
      y.diviColumnVector(deviation);
    }
    y.muliRowVector(own(norm.weight()).values().reshape(1, shape.channels()));
    y.addiRowVector(own(norm.bias()).values().reshape(1, shape.channels()));
    return y;
  }

  @Override
  public Tensor attend(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    Shape shape =
        Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, mask, weights);
    ArrayTensor q = own(queries);
    ArrayTensor k = own(keys);
    ArrayTensor v = own(values);
    if (shape.size() == 0) {
      return tensor(shape, null);
    }
    if (k.isEmpty()) {
      return tensor(shape, hold(Nd4j.zeros(DataType.FLOAT, dimensions(shape))));
    }
    return tensor(
        shape,
        hold(
            inProducts(
                shape,
                (first, last) ->
                    ArrayAttention.attend(
                        some(q, first, last),
                        some(k, first, last),
                        some(v, first, last),
                        attention,
                        some(mask, first, last),
                        weights == null ? null : weights.ofGroups(first, last)))));
  }

  @Override
  public Tensor attendPart(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable KeyWeights weights) {
    ArrayTensor q = own(queries);
    ArrayTensor k = own(keys);
    ArrayTensor v = own(values);
    Shape attended = Shapes.attend(q.shape(), k.shape(), v.shape(), attention, null, weights);
    Shape shape = Shapes.attendPart(attended, attention);
    if (shape.size() == 0) {
      return tensor(shape, null);
    }
    if (k.isEmpty()) {
      float[] nothing = new float[(int) shape.size()];
      for (int i = 0; i < nothing.length; i += shape.channels()) {
        int at = i + attended.channels();
        Arrays.fill(nothing, at, at + attention.heads(), Float.NEGATIVE_INFINITY);
      }
      return upload(shape, nothing, 0);
    }
    return tensor(shape, hold(ArrayAttention.attendPart(q, k, v, attention, weights)));
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    Shape shape = Shapes.add(x.shape(), y.shape());
    ArrayTensor a = own(x);
    ArrayTensor b = own(y);
    return tensor(shape, a.isEmpty() ? null : hold(a.values().add(b.values())));
  }

  @Override
  public Tensor lookup(Tensor table, int[] indices) {
    Shape shape = Shapes.lookup(table.shape(), indices);
    ArrayTensor from = own(table);
    if (indices.length == 0) {
      return tensor(shape, null);
    }
    INDArray rows = from.values().reshape(table.shape().rows(), shape.channels());
    INDArray y = hold(Nd4j.pullRows(rows, 1, indices, 'c'));
    return tensor(shape, y.reshape(dimensions(shape)));
  }

  @Override
  public Tensor concatRows(List<Tensor> parts) {
    Shape shape = Shapes.concatRows(parts);
    INDArray[] arrays =
        parts.stream()
            .map(this::own)
            .filter(p -> !p.isEmpty())
            .map(ArrayTensor::values)
            .toArray(INDArray[]::new);
    if (arrays.length == 0) {
      return tensor(shape, null);
    }
    INDArray y = arrays.length == 1 ? arrays[0].dup('c') : Nd4j.concat(1, arrays);
    return tensor(shape, hold(y));
  }

  @Override
  public Tensor reshape(Tensor x, Shape shape) {
    ArrayTensor a = own(x);
    Shapes.reshape(x.shape(), shape);
    return new ArrayTensor(
        shape, a.isEmpty() ? null : a.values().reshape(dimensions(shape)), backend, a.owner());
  }

  @Override
  public Tensor groups(Tensor x, int from, int to) {
    ArrayTensor a = own(x);
    Shape shape = Shapes.groups(x.shape(), from, to);
    if (shape.size() == 0) {
      return new ArrayTensor(shape, null, backend, a.owner());
    }
    INDArray part =
        a.values()
            .get(NDArrayIndex.interval(from, to), NDArrayIndex.all(), NDArrayIndex.all())
            .reshape('c', dimensions(shape));
    return new ArrayTensor(shape, part, backend, a.owner());
  }

  @Override
  public Tensor meanRows(Tensor x) {
    ArrayTensor a = own(x);
    Shape shape = new Shape(x.shape().groups(), 1, x.shape().channels());
    if (shape.size() == 0) {
      return tensor(shape, null);
    }
    if (a.isEmpty()) {
      return tensor(shape, hold(Nd4j.zeros(DataType.FLOAT, dimensions(shape))));
    }
    return tensor(
        shape, hold(inProducts(shape, (first, last) -> mean(some(a, first, last).values()))));
  }

  private static INDArray mean(INDArray x) {
    try (INDArray doubles = x.castTo(DataType.DOUBLE);
        INDArray mean = doubles.mean(true, 1)) {
      return mean.castTo(DataType.FLOAT);
    }
  }

  @Override
  public Scope inner() {
    return inner(product);
  }

  @Override
  public Scope inner(int product) {
    requireOpen();
    return new ArrayScope(backend, this, product);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      held.forEach(backend::close);
      held.clear();
    }
  }

  /** An array that is not initialised. */
  static INDArray room(long... dimensions) {
    return Nd4j.createUninitialized(DataType.FLOAT, dimensions, 'c');
  }

  static long[] dimensions(Shape shape) {
    return new long[] {shape.groups(), shape.rows(), shape.channels()};
  }

  private ArrayTensor own(Tensor tensor) {
    return ArrayTensor.of(tensor, backend);
  }

  private ArrayTensor tensor(Shape shape, @Nullable INDArray array) {
    requireOpen();
    return new ArrayTensor(shape, array, backend, this);
  }

  /** Freed with this scope. */
  private INDArray hold(INDArray array) {
    requireOpen();
    backend.count(array);
    held.add(array);
    return array;
  }

  private void requireOpen() {
    if (closed()) {
      throw new IllegalStateException("Cannot use scope: it has been closed");
    }
  }
}
