package tributary.tensor.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Shapes;
import tributary.tensor.Tensor;

/**
 * {@link Scope} on chunks of ND4J's memory. Tensors lie one after the other in the scope's chunks;
 * a chunk goes back to the workspace when its scope closes, and to ND4J when the outermost does.
 *
 * <p>Each group is multiplied in calls of its own, and rows are then taken through the heap in
 * blocks that fit the cache: bias, activation, residual in one pass.
 */
final class NativeScope implements Scope {
  /** Floats of a block on the heap: 64 KiB, half of a small second-level cache with its copy. */
  static final int BLOCK = 1 << 12;

  /** Tensors begin on cache lines. */
  private static final int ALIGNMENT = 16;

  private final Workspace workspace;
  private final RowKernels rows;
  private final @Nullable NativeScope outer;
  private final List<Chunk> chunks = new ArrayList<>();
  private long used;
  private boolean closed;

  NativeScope(Workspace workspace, RowKernels rows, @Nullable NativeScope outer) {
    this.workspace = workspace;
    this.rows = rows;
    this.outer = outer;
  }

  boolean closed() {
    return closed || (outer != null && outer.closed());
  }

  @Override
  public Tensor upload(Shape shape, float[] values, int offset) {
    Shapes.within(shape, values, offset);
    NativeTensor y = allocate(shape);
    y.write(y.offset(), values, offset, (int) shape.size());
    return y;
  }

  @Override
  public void download(Tensor x, float[] values, int offset) {
    NativeTensor from = NativeTensor.of(x);
    Shapes.within(x.shape(), values, offset);
    from.read(from.offset(), values, offset, (int) x.shape().size());
  }

  @Override
  public Tensor linear(Tensor x, Linear layer, Activation activation) {
    NativeTensor y = allocate(Shapes.linear(x.shape(), layer));
    multiply(NativeTensor.of(x), layer, activation, null, y);
    return y;
  }

  @Override
  public Tensor linearPlus(Tensor x, Linear layer, Tensor residual) {
    NativeTensor y = allocate(Shapes.linearPlus(x.shape(), layer, residual.shape()));
    multiply(NativeTensor.of(x), layer, Activation.NONE, NativeTensor.of(residual), y);
    return y;
  }

  /** y = activation(x W^T + bias) + residual, a group a call. */
  private void multiply(
      NativeTensor x,
      Linear layer,
      Activation activation,
      @Nullable NativeTensor residual,
      NativeTensor y) {
    if (y.shape().size() == 0) {
      return;
    }
    Projection projection =
        new Projection(layer, y.shape().channels(), activation, residual != null);
    for (int g = 0; g < y.shape().groups(); g++) {
      long plus = residual == null ? 0 : residual.address(g);
      projection.run(x.address(g), plus, y.address(g), y.shape().rows());
    }
  }

  /** A layer made ready for its products. */
  private final class Projection {
    private final OneDnn.Key key;
    private final long weights;
    private final long bias;

    /**
     * @param stride floats from one row of the result to the next
     */
    Projection(Linear layer, int stride, Activation activation, boolean residual) {
      weights = packed(NativeTensor.of(layer.weight()));
      bias = layer.bias() == null ? 0 : NativeTensor.of(layer.bias()).address(0);
      int threads = workspace.threads();
      key =
          new OneDnn.Key(
              1,
              layer.inputs(),
              layer.outputs(),
              stride,
              bias != 0,
              residual,
              activation,
              threads,
              workspace.precision());
    }

    /** From rows at one address to as many at another. */
    void run(long x, long residual, long y, int rows) {
      workspace.products.run(
          key, rows, new Products.Operands(x, weights, bias, residual, y), workspace::scratch);
    }
  }

  /** Where the weights lie packed: a constant's once and for all, others' for this scope. */
  private long packed(NativeTensor weight) {
    Constant constant = weight.constant();
    if (constant != null) {
      return constant.packed();
    }
    Shape shape = weight.shape();
    NativeTensor room =
        allocate(new Shape(1, 1, Constant.packedFloats(shape, workspace.precision())));
    long to = Constant.aligned(room.address(0));
    Products.pack(shape.channels(), shape.rows(), workspace.precision(), weight.address(0), to);
    return to;
  }

  @Override
  public Tensor normalize(Tensor x, LayerNorm norm) {
    Shape shape = Shapes.normalize(x.shape(), norm);
    NativeTensor a = NativeTensor.of(x);
    float[] weight = vector(norm.weight());
    float[] bias = norm.bias() == norm.weight() ? weight : vector(norm.bias());
    NativeTensor y = allocate(shape);
    int channels = shape.channels();
    float[] block = workspace.block(blockFloats(channels));
    forEachBlock(
        y,
        (place, count) -> {
          a.read(a.offset() + place - y.offset(), block, 0, count * channels);
          rows.normalize(block, count, channels, weight, bias, norm.epsilon());
          y.write(place, block, 0, count * channels);
        });
    return y;
  }

  @Override
  public Tensor attend(
      Tensor queries, Tensor keys, Tensor values, Attention attention, @Nullable Mask mask) {
    Shape shape = Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, mask);
    GivenKeys given = new GivenKeys(NativeTensor.of(keys), NativeTensor.of(values));
    return attend(
        NativeTensor.of(queries), given, keys.shape().rows(), allocate(shape), attention, mask);
  }

  @Override
  public Tensor attendTo(
      Tensor queries,
      Tensor inputs,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable Mask mask) {
    Shape k = Shapes.linear(inputs.shape(), key);
    Shape v = Shapes.linear(inputs.shape(), value);
    Shape shape = Shapes.attend(queries.shape(), k, v, attention, mask);
    NativeTensor y = allocate(shape);
    try (NativeScope inner = inner()) {
      MadeKeys made = new MadeKeys(inner, NativeTensor.of(inputs), key, value);
      return attend(NativeTensor.of(queries), made, k.rows(), y, attention, mask);
    }
  }

  @Override
  public Tensor attendToPart(
      Tensor queries, Tensor inputs, Linear key, Linear value, Attention attention) {
    Shape k = Shapes.linear(inputs.shape(), key);
    Shape v = Shapes.linear(inputs.shape(), value);
    Shape attended = Shapes.attend(queries.shape(), k, v, attention, null);
    NativeTensor y = allocate(Shapes.attendToPart(attended, attention));
    float[] values = new float[(int) y.shape().size()];
    int stride = y.shape().channels();
    int width = attended.channels();
    int heads = attention.heads();
    try (NativeScope inner = inner()) {
      NativeTensor part = inner.allocate(attended);
      NativeTensor q = NativeTensor.of(queries);
      MadeKeys made = new MadeKeys(inner, NativeTensor.of(inputs), key, value);
      AttentionKernel kernel =
          k.rows() == 0
              ? null
              : new AttentionKernel(
                  workspace, rows, inner, q, made, k.rows(), part, attention, null);
      for (int g = 0; g < attended.groups(); g++) {
        if (kernel != null) {
          kernel.attend(g);
        }
        for (int n = 0; n < attended.rows(); n++) {
          int at = (g * attended.rows() + n) * stride;
          if (kernel == null) {
            Arrays.fill(values, at + width, at + width + heads, Float.NEGATIVE_INFINITY);
          } else {
            part.read(part.row(g, n), values, at, width);
            kernel.remainder(n, values, at + width);
          }
        }
      }
    }
    y.write(y.group(0), values, 0, values.length);
    return y;
  }

  private Tensor attend(
      NativeTensor q,
      AttentionKernel.Keys source,
      int keys,
      NativeTensor y,
      Attention attention,
      @Nullable Mask mask) {
    if (keys == 0) {
      zero(y);
      return y;
    }
    if (y.shape().rows() == 0) {
      return y;
    }
    try (NativeScope inner = inner()) {
      AttentionKernel kernel =
          new AttentionKernel(workspace, rows, inner, q, source, keys, y, attention, mask);
      for (int g = 0; g < y.shape().groups(); g++) {
        kernel.attend(g);
      }
    }
    return y;
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    Shape shape = Shapes.add(x.shape(), y.shape());
    NativeTensor a = NativeTensor.of(x);
    NativeTensor b = NativeTensor.of(y);
    NativeTensor z = allocate(shape);
    int channels = shape.channels();
    boolean sameRow = y.shape().rows() == 1;
    float[] block = workspace.block(blockFloats(channels));
    float[] other = workspace.second(blockFloats(channels));
    for (int g = 0; g < shape.groups(); g++) {
      int group = g;
      int here = z.group(g);
      if (sameRow) {
        b.read(b.group(g), other, 0, channels);
      }
      forEachBlock(
          here,
          shape.rows(),
          channels,
          (place, count) -> {
            a.read(a.group(group) + place - here, block, 0, count * channels);
            if (!sameRow) {
              b.read(b.group(group) + place - here, other, 0, count * channels);
            }
            rows.plus(block, other, count, channels, sameRow);
            z.write(place, block, 0, count * channels);
          });
    }
    return z;
  }

  @Override
  public Tensor lookup(Tensor table, int[] indices) {
    Shape shape = Shapes.lookup(table.shape(), indices);
    NativeTensor from = NativeTensor.of(table);
    NativeTensor y = allocate(shape);
    int channels = shape.channels();
    float[] block = workspace.block(blockFloats(channels));
    forEachBlock(
        y,
        (place, count) -> {
          int first = (place - y.offset()) / channels;
          for (int i = 0; i < count; i++) {
            from.read(from.row(0, indices[first + i]), block, i * channels, channels);
          }
          y.write(place, block, 0, count * channels);
        });
    return y;
  }

  @Override
  public Tensor concatRows(List<Tensor> parts) {
    Shape shape = Shapes.concatRows(parts);
    NativeTensor y = allocate(shape);
    for (int g = 0; g < shape.groups(); g++) {
      int place = y.group(g);
      for (Tensor part : parts) {
        NativeTensor from = NativeTensor.of(part);
        int floats = part.shape().rows() * shape.channels();
        y.chunk().buffer().put(place, from.chunk().buffer(), from.group(g), floats);
        place += floats;
      }
    }
    return y;
  }

  @Override
  public Tensor reshape(Tensor x, Shape shape) {
    NativeTensor a = NativeTensor.of(x);
    return new NativeTensor(
        Shapes.reshape(x.shape(), shape), a.chunk(), a.offset(), a.owner(), null);
  }

  @Override
  public Tensor groups(Tensor x, int from, int to) {
    NativeTensor a = NativeTensor.of(x);
    Shape shape = Shapes.groups(x.shape(), from, to);
    int skipped = from * shape.rows() * shape.channels();
    return new NativeTensor(shape, a.chunk(), a.offset() + skipped, a.owner(), null);
  }

  @Override
  public Tensor meanRows(Tensor x) {
    NativeTensor a = NativeTensor.of(x);
    int channels = x.shape().channels();
    NativeTensor y = allocate(new Shape(x.shape().groups(), 1, channels));
    float[] block = workspace.block(blockFloats(channels));
    float[] mean = workspace.second(channels);
    for (int g = 0; g < y.shape().groups(); g++) {
      double[] sums = new double[channels];
      forEachBlock(
          a.group(g),
          x.shape().rows(),
          channels,
          (place, count) -> {
            a.read(place, block, 0, count * channels);
            for (int i = 0; i < count * channels; i++) {
              sums[i % channels] += block[i];
            }
          });
      for (int c = 0; c < channels; c++) {
        mean[c] = x.shape().rows() == 0 ? 0 : (float) (sums[c] / x.shape().rows());
      }
      y.write(y.group(g), mean, 0, channels);
    }
    return y;
  }

  @Override
  public NativeScope inner() {
    requireOpen();
    return new NativeScope(workspace, rows, this);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (outer == null) {
      workspace.close();
    } else if (!outer.closed()) {
      chunks.forEach(workspace::release);
    }
    chunks.clear();
  }

  /** Room for a tensor; its values are whatever lay there. */
  NativeTensor allocate(Shape shape) {
    requireOpen();
    long floats = (shape.size() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    Chunk last = chunks.isEmpty() ? null : chunks.get(chunks.size() - 1);
    if (last == null || used + floats > last.floats()) {
      last = workspace.take(floats);
      chunks.add(last);
      used = 0;
    }
    NativeTensor tensor = new NativeTensor(shape, last, (int) used, this, null);
    used += floats;
    return tensor;
  }

  private void zero(NativeTensor y) {
    int floats = (int) y.shape().size();
    y.write(y.offset(), new float[floats], 0, floats);
  }

  /** The values of one row on the heap. */
  private static float[] vector(Tensor x) {
    NativeTensor a = NativeTensor.of(x);
    if (a.constant() != null && a.constant().row() != null) {
      return a.constant().row();
    }
    float[] values = new float[(int) x.shape().size()];
    a.read(a.offset(), values, 0, values.length);
    return values;
  }

  private static int blockFloats(int channels) {
    return Math.max(1, BLOCK / channels) * channels;
  }

  private void forEachBlock(NativeTensor y, BlockWork work) {
    Shape shape = y.shape();
    forEachBlock(y.offset(), shape.groups() * shape.rows(), shape.channels(), work);
  }

  /** Rows depend on themselves alone, so blocks may be cut anywhere. */
  private static void forEachBlock(int offset, int rows, int channels, BlockWork work) {
    int most = blockFloats(channels) / channels;
    for (int row = 0; row < rows; row += most) {
      work.accept(offset + row * channels, Math.min(most, rows - row));
    }
  }

  /** Keys and values that lie there. */
  private static final class GivenKeys implements AttentionKernel.Keys {
    private final NativeTensor k;
    private final NativeTensor v;
    private int group;
    private int first;

    GivenKeys(NativeTensor k, NativeTensor v) {
      this.k = k;
      this.v = v;
    }

    @Override
    public void take(int ofGroup, int from, int count) {
      group = ofGroup;
      first = from;
    }

    @Override
    public Blas.View keys(int channel) {
      return k.view(group, 0, channel).below(first);
    }

    @Override
    public Blas.View values(int channel) {
      return v.view(group, 0, channel).below(first);
    }
  }

  /**
   * Keys and values made of inputs, some rows at a time. Rows are a cache line apart, or a head's
   * parts of many rows would fall on the same few places of the first-level cache.
   */
  private static final class MadeKeys implements AttentionKernel.Keys {
    private final NativeTensor inputs; // [g, m, c]
    private final Projection key;
    private final Projection value;
    private final NativeTensor k; // [1, some rows, h d]
    private final NativeTensor v; // [1, some rows, h e]

    MadeKeys(NativeScope scope, NativeTensor inputs, Linear key, Linear value) {
      this.inputs = inputs;
      int keyStride = key.outputs() + ALIGNMENT;
      int valueStride = value.outputs() + ALIGNMENT;
      this.key = scope.new Projection(key, keyStride, Activation.NONE, false);
      this.value = scope.new Projection(value, valueStride, Activation.NONE, false);
      int rows =
          Math.min(
              inputs.shape().rows(),
              AttentionKernel.keysAtATime(Math.max(key.outputs(), value.outputs())));
      k = scope.allocate(Shape.matrix(rows, keyStride));
      v = scope.allocate(Shape.matrix(rows, valueStride));
    }

    @Override
    public void take(int group, int first, int count) {
      long from = inputs.view(group, 0, 0).below(first).address();
      key.run(from, 0, k.address(0), count);
      value.run(from, 0, v.address(0), count);
    }

    @Override
    public Blas.View keys(int channel) {
      return k.view(0, 0, channel);
    }

    @Override
    public Blas.View values(int channel) {
      return v.view(0, 0, channel);
    }
  }

  /** What is done with some rows from a place of the chunk on. */
  @FunctionalInterface
  private interface BlockWork {
    void accept(int place, int rows);
  }

  private void requireOpen() {
    if (closed()) {
      throw new IllegalStateException("Cannot use scope: it has been closed");
    }
  }
}
