package tributary.tensor.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Gradients;
import tributary.tensor.KeyWeights;
import tributary.tensor.LayerNorm;
import tributary.tensor.Lengths;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Precision;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Shapes;
import tributary.tensor.Tensor;

/**
 * {@link Scope} on chunks of ND4J's memory. Tensors lie one after the other in the scope's chunks;
 * a chunk goes back to the workspace when its scope closes, and to ND4J when the outermost does.
 *
 * <p>Rows of all groups share products, for none depends on what is beside it. What goes row by row
 * is taken through the heap in blocks that fit the cache.
 */
final class NativeScope implements Scope {
  /** Tensors begin on cache lines. */
  static final int ALIGNMENT = 16;

  /** Where a group has no more, the keys of all groups are made together. */
  private static final int FEW_KEYS = 64;

  private final Workspace workspace;
  private final RowKernels rows;
  private final RowOperations byRow;
  private final @Nullable NativeScope outer;
  private final List<Room> chunks = new ArrayList<>();
  private boolean closed;

  /** A chunk and how many of its floats, the first ones, are in tensors. */
  private static final class Room {
    final Chunk chunk;
    long used;

    Room(Chunk chunk) {
      this.chunk = chunk;
    }

    boolean has(long floats) {
      return used + floats <= chunk.floats();
    }
  }

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
  public Tensor upload(Shape shape, List<Piece> pieces) {
    Shapes.together(shape, pieces);
    NativeTensor y = allocate(shape);
    int at = y.offset();
    for (Piece piece : pieces) {
      y.write(at, piece.values(), piece.offset(), piece.length());
      at += piece.length();
    }
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

  /** y = activation(x W^T + bias) + residual, the rows of all groups together. */
  private void multiply(
      NativeTensor x,
      Linear layer,
      Activation activation,
      @Nullable NativeTensor residual,
      NativeTensor y) {
    Shape shape = y.shape();
    if (shape.size() == 0) {
      return;
    }
    Projection projection =
        new Projection(this, layer, shape.channels(), activation, residual != null);
    int rows = shape.groups() * shape.rows();
    if (residual == null) {
      projection.run(x.address(0), y.address(0), rows);
    } else {
      int period = residual.shape().groups() < shape.groups() ? shape.rows() : 0;
      projection.run(x.address(0), residual.address(0), period, y.address(0), rows);
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
    GivenKeys given =
        new GivenKeys(workspace, NativeTensor.of(keys), NativeTensor.of(values), attention.heads());
    int m = keys.shape().rows();
    NativeTensor q = NativeTensor.of(queries);
    return attend(given(q), given, m, allocate(shape), attention, mask, weights);
  }

  @Override
  public Tensor attend(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Lengths lengths,
      Attention attention,
      @Nullable KeyWeights weights) {
    Shapes.lengths(queries.shape(), keys.shape(), lengths);
    Shape one =
        Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, null, weights);
    NativeTensor y = allocate(new Shape(lengths.groups(), one.rows(), one.channels()));
    if (y.shape().size() == 0) {
      return y;
    }
    NativeTensor k = NativeTensor.of(keys);
    NativeTensor v = NativeTensor.of(values);
    GivenKeys source = new GivenKeys(workspace, k, v, attention.heads(), lengths);
    GivenQueries q = given(NativeTensor.of(queries));
    AttentionKernel kernel =
        new AttentionKernel(
            workspace, rows, q, source, lengths.total(), y, attention, null, weights, lengths);
    for (int g = 0; g < lengths.groups(); g++) {
      kernel.attend(g);
    }
    return y;
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
    NativeTensor q = NativeTensor.of(queries);
    int m = inputs.shape().rows();
    NativeTensor x = NativeTensor.of(inputs);
    Folded folded = mask == null ? workspace.folds().of(q, key, value, attention) : null;
    if (folded != null) {
      GivenKeys given = new GivenKeys(workspace, x, x, 1);
      return attend(folded, given, m, y, folded.softmax(attention), null, weights);
    }
    try (NativeScope inner = inner()) {
      if (m <= FEW_KEYS) {
        NativeTensor keys = NativeTensor.of(inner.linear(inputs, key, Activation.NONE));
        NativeTensor values = NativeTensor.of(inner.linear(inputs, value, Activation.NONE));
        GivenKeys given = new GivenKeys(workspace, keys, values, attention.heads());
        return attend(given(q), given, m, y, attention, mask, weights);
      }
      MadeKeys made = new MadeKeys(inner, x, key, value, attention.heads());
      return attend(given(q), made, m, y, attention, mask, weights);
    }
  }

  @Override
  public Tensor attendTo(
      Tensor queries,
      Tensor inputs,
      Lengths lengths,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable KeyWeights weights) {
    Shapes.lengths(queries.shape(), inputs.shape(), lengths);
    NativeTensor q = NativeTensor.of(queries);
    Folded folded = workspace.folds().of(q, key, value, attention);
    if (folded == null) {
      return Scope.super.attendTo(queries, inputs, lengths, key, value, attention, weights);
    }
    Shape k = Shapes.linear(inputs.shape(), key);
    Shape v = Shapes.linear(inputs.shape(), value);
    Shape one = Shapes.attend(queries.shape(), k, v, attention, null, weights);
    NativeTensor y = allocate(new Shape(lengths.groups(), one.rows(), one.channels()));
    NativeTensor x = NativeTensor.of(inputs);
    GivenKeys given = new GivenKeys(workspace, x, x, 1, lengths);
    Attention softmax = folded.softmax(attention);
    AttentionKernel kernel =
        new AttentionKernel(
            workspace, rows, folded, given, k.rows(), y, softmax, null, weights, lengths);
    for (int g = 0; g < lengths.groups(); g++) {
      kernel.attend(g);
    }
    return y;
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
    GivenKeys given =
        new GivenKeys(workspace, NativeTensor.of(keys), NativeTensor.of(values), attention.heads());
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
      MadeKeys made = new MadeKeys(inner, NativeTensor.of(inputs), key, value, attention.heads());
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
                  workspace, rows, given(q), source, keys, part, attention, null, weights, null);
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

  private GivenQueries given(NativeTensor q) {
    return new GivenQueries(workspace, q);
  }

  private Tensor attend(
      AttentionKernel.Queries q,
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
    AttentionKernel kernel =
        new AttentionKernel(workspace, rows, q, source, keys, y, attention, mask, weights, null);
    for (int g = 0; g < y.shape().groups(); g++) {
      kernel.attend(g);
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
  public Tensor rows(Tensor x, int from, int to) {
    Shape shape = Shapes.rows(x.shape(), from, to);
    NativeTensor a = NativeTensor.of(x);
    NativeTensor y = allocate(shape);
    int floats = shape.rows() * shape.channels();
    int apart = x.shape().rows() * shape.channels();
    for (int g = 0; g < shape.groups(); g++) {
      int place = a.offset() + g * apart + from * shape.channels();
      y.chunk().buffer().put(y.offset() + g * floats, a.chunk().buffer(), place, floats);
    }
    return y;
  }

  @Override
  public Tensor repeat(Tensor x, int groups) {
    Shape shape = Shapes.repeat(x.shape(), groups);
    if (groups == x.shape().groups()) {
      return x;
    }
    NativeTensor a = NativeTensor.of(x);
    NativeTensor y = allocate(shape);
    int floats = shape.rows() * shape.channels();
    for (int g = 0; g < groups; g++) {
      y.chunk().buffer().put(y.offset() + g * floats, a.chunk().buffer(), a.offset(), floats);
    }
    return y;
  }

  @Override
  public Tensor activate(Tensor x, Activation activation) {
    return byRow.activate(x, activation);
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
  public Gradients gradients() {
    requireOpen();
    if (workspace.precision() != Precision.FLOAT32) {
      throw new UnsupportedOperationException(
          "Cannot learn in "
              + workspace.precision()
              + ": gradients are float32 (set precision to float32)");
    }
    return new NativeGradients(this, rows);
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
      chunks.forEach(room -> workspace.release(room.chunk));
    }
    chunks.clear();
  }

  /** Room for a tensor; its values are whatever lay there. */
  NativeTensor allocate(Shape shape) {
    requireOpen();
    long floats = (shape.size() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    Room room = room(floats);
    NativeTensor tensor = new NativeTensor(shape, room.chunk, (int) room.used, this, null);
    room.used += floats;
    return tensor;
  }

  /** Where there is room for so much: the latest such chunk, or a new one. */
  private Room room(long floats) {
    for (int i = chunks.size() - 1; i >= 0; i--) {
      if (chunks.get(i).has(floats)) {
        return chunks.get(i);
      }
    }
    Room fresh = new Room(workspace.take(floats));
    chunks.add(fresh);
    return fresh;
  }

  NativeTensor zeros(Shape shape) {
    NativeTensor y = allocate(shape);
    zero(y);
    return y;
  }

  private void zero(NativeTensor y) {
    int floats = (int) y.shape().size();
    float[] block = workspace.block(RowOperations.BLOCK);
    Arrays.fill(block, 0, Math.min(floats, RowOperations.BLOCK), 0);
    for (int i = 0; i < floats; i += RowOperations.BLOCK) {
      y.write(y.offset() + i, block, 0, Math.min(floats - i, RowOperations.BLOCK));
    }
  }

  private void requireOpen() {
    if (closed()) {
      throw new IllegalStateException("Cannot use scope: it has been closed");
    }
  }
}
