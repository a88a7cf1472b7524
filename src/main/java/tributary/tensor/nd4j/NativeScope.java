package tributary.tensor.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
 * {@link Scope} on chunks of ND4J's memory. Tensors lie one after the other in the scope's chunks;
 * a chunk goes back to the workspace when its scope closes, and to ND4J when the outermost does.
 *
 * <p>Each group is multiplied in calls of its own. What goes row by row is taken through the heap
 * in blocks that fit the cache.
 */
final class NativeScope implements Scope {
  /** Tensors begin on cache lines. */
  static final int ALIGNMENT = 16;

  private final Workspace workspace;
  private final RowKernels rows;
  private final RowOperations byRow;
  private final @Nullable NativeScope outer;
  private final List<Chunk> chunks = new ArrayList<>();
  private long used;
  private boolean closed;

  NativeScope(Workspace workspace, RowKernels rows, @Nullable NativeScope outer) {
    this.workspace = workspace;
    this.rows = rows;
    this.byRow = new RowOperations(this, workspace, rows);
    this.outer = outer;
  }

  Workspace workspace() {
    return workspace;
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
        new Projection(this, layer, y.shape().channels(), activation, residual != null);
    for (int g = 0; g < y.shape().groups(); g++) {
      long plus = residual == null ? 0 : residual.address(g);
      projection.run(x.address(g), plus, y.address(g), y.shape().rows());
    }
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
    GivenKeys given = new GivenKeys(NativeTensor.of(keys), NativeTensor.of(values));
    int m = keys.shape().rows();
    return attend(NativeTensor.of(queries), given, m, allocate(shape), attention, mask, weights);
  }

  @Override
  public Tensor attendTo(
      Tensor queries,
      Tensor inputs,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    Shape k = Shapes.linear(inputs.shape(), key);
    Shape v = Shapes.linear(inputs.shape(), value);
    Shape shape = Shapes.attend(queries.shape(), k, v, attention, mask, weights);
    NativeTensor y = allocate(shape);
    try (NativeScope inner = inner()) {
      MadeKeys made = new MadeKeys(inner, NativeTensor.of(inputs), key, value);
      return attend(NativeTensor.of(queries), made, k.rows(), y, attention, mask, weights);
    }
  }

  @Override
  public Tensor attendPart(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable KeyWeights weights) {
    Shape attended =
        Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, null, weights);
    GivenKeys given = new GivenKeys(NativeTensor.of(keys), NativeTensor.of(values));
    NativeTensor y = allocate(Shapes.attendPart(attended, attention));
    fill(y, NativeTensor.of(queries), given, keys.shape().rows(), attended, attention, weights);
    return y;
  }

  @Override
  public Tensor attendToPart(
      Tensor queries,
      Tensor inputs,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable KeyWeights weights) {
    Shape k = Shapes.linear(inputs.shape(), key);
    Shape v = Shapes.linear(inputs.shape(), value);
    Shape attended = Shapes.attend(queries.shape(), k, v, attention, null, weights);
    NativeTensor y = allocate(Shapes.attendPart(attended, attention));
    try (NativeScope inner = inner()) {
      MadeKeys made = new MadeKeys(inner, NativeTensor.of(inputs), key, value);
      fill(y, NativeTensor.of(queries), made, k.rows(), attended, attention, weights);
    }
    return y;
  }

  /** What is attended to, then shifts and sums, a row a query. */
  private void fill(
      NativeTensor y,
      NativeTensor q,
      AttentionKernel.Keys source,
      int keys,
      Shape attended,
      Attention attention,
      @Nullable KeyWeights weights) {
    float[] values = new float[(int) y.shape().size()];
    int stride = y.shape().channels();
    int width = attended.channels();
    try (NativeScope inner = inner()) {
      NativeTensor part = inner.allocate(attended);
      AttentionKernel kernel =
          keys == 0
              ? null
              : new AttentionKernel(
                  workspace, rows, inner, q, source, keys, part, attention, null, weights);
      for (int g = 0; g < attended.groups(); g++) {
        if (kernel != null) {
          kernel.attend(g);
        }
        for (int n = 0; n < attended.rows(); n++) {
          int at = (g * attended.rows() + n) * stride;
          if (kernel == null) {
            int shifts = at + width;
            Arrays.fill(values, shifts, shifts + attention.heads(), Float.NEGATIVE_INFINITY);
          } else {
            part.read(part.row(g, n), values, at, width);
            kernel.remainder(n, values, at + width);
          }
        }
      }
    }
    y.write(y.group(0), values, 0, values.length);
  }

  private Tensor attend(
      NativeTensor q,
      AttentionKernel.Keys source,
      int keys,
      NativeTensor y,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    if (keys == 0) {
      zero(y);
      return y;
    }
    if (y.shape().rows() == 0) {
      return y;
    }
    try (NativeScope inner = inner()) {
      AttentionKernel kernel =
          new AttentionKernel(workspace, rows, inner, q, source, keys, y, attention, mask, weights);
      for (int g = 0; g < y.shape().groups(); g++) {
        kernel.attend(g);
      }
    }
    return y;
  }

  @Override
  public Tensor normalize(Tensor x, LayerNorm norm) {
    return byRow.normalize(x, norm);
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    return byRow.add(x, y);
  }

  @Override
  public Tensor lookup(Tensor table, int[] indices) {
    return byRow.lookup(table, indices);
  }

  @Override
  public Tensor meanRows(Tensor x) {
    return byRow.meanRows(x);
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

  private void requireOpen() {
    if (closed()) {
      throw new IllegalStateException("Cannot use scope: it has been closed");
    }
  }
}
