package tributary.tensor.nd4j;

import tributary.tensor.Activation;
import tributary.tensor.LayerNorm;
import tributary.tensor.Shape;
import tributary.tensor.Shapes;
import tributary.tensor.Tensor;

/**
 * The operations of a {@link NativeScope} that go row by row: through the heap, in blocks that fit
 * the cache. Used by the scope's thread.
 */
final class RowOperations {
  /** Floats of a block on the heap: 16 KiB. */
  static final int BLOCK = 1 << 12;

  private final NativeScope scope;
  private final Workspace workspace;
  private final RowKernels rows;

  RowOperations(NativeScope scope, Workspace workspace, RowKernels rows) {
    this.scope = scope;
    this.workspace = workspace;
    this.rows = rows;
  }

  NativeTensor normalize(Tensor x, LayerNorm norm) {
    Shape shape = Shapes.normalize(x.shape(), norm);
    NativeTensor a = NativeTensor.of(x);
    float[] weight = vector(norm.weight());
    float[] bias = norm.bias() == norm.weight() ? weight : vector(norm.bias());
    NativeTensor y = scope.allocate(shape);
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

  NativeTensor add(Tensor x, Tensor y) {
    Shape shape = Shapes.add(x.shape(), y.shape());
    NativeTensor a = NativeTensor.of(x);
    NativeTensor b = NativeTensor.of(y);
    NativeTensor z = scope.allocate(shape);
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

  NativeTensor lookup(Tensor table, int[] indices) {
    Shape shape = Shapes.lookup(table.shape(), indices);
    NativeTensor from = NativeTensor.of(table);
    NativeTensor y = scope.allocate(shape);
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

  NativeTensor meanRows(Tensor x) {
    NativeTensor a = NativeTensor.of(x);
    int channels = x.shape().channels();
    NativeTensor y = scope.allocate(new Shape(x.shape().groups(), 1, channels));
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

  NativeTensor activate(Tensor x, Activation activation) {
    NativeTensor a = NativeTensor.of(x);
    NativeTensor y = scope.allocate(x.shape());
    int floats = (int) x.shape().size();
    float[] block = workspace.block(BLOCK);
    for (int i = 0; i < floats; i += BLOCK) {
      int some = Math.min(BLOCK, floats - i);
      a.read(a.offset() + i, block, 0, some);
      rows.backward().activate(activation, block, some);
      y.write(y.offset() + i, block, 0, some);
    }
    return y;
  }

  /** The values of one row on the heap. */
  static float[] vector(Tensor x) {
    NativeTensor a = NativeTensor.of(x);
    if (a.constant() != null && a.constant().row() != null) {
      return a.constant().row();
    }
    return a.values();
  }

  static int blockFloats(int channels) {
    return Math.max(1, BLOCK / channels) * channels;
  }

  private void forEachBlock(NativeTensor y, BlockWork work) {
    Shape shape = y.shape();
    forEachBlock(y.offset(), shape.groups() * shape.rows(), shape.channels(), work);
  }

  /** Rows depend on themselves alone, so blocks may be cut anywhere. */
  static void forEachBlock(int offset, int rows, int channels, BlockWork work) {
    int most = blockFloats(channels) / channels;
    for (int row = 0; row < rows; row += most) {
      work.accept(offset + row * channels, Math.min(most, rows - row));
    }
  }

  /** What is done with some rows from a place of the chunk on. */
  @FunctionalInterface
  interface BlockWork {
    void accept(int place, int rows);
  }
}
