package tributary.tensor.nd4j;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.LayerNorm;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The backward functions that go row by row, through the heap in blocks as {@link RowOperations}
 * do. Sums over rows are in double from block to block. Used by the scope's thread.
 */
final class RowGradients {
  /** Floats of a table that is taken to the heap as a whole: 1 MiB. */
  private static final int TABLE = 1 << 18;

  private final NativeScope scope;
  private final Workspace workspace;
  private final RowKernels kernels;
  private final BackwardKernels backward;

  RowGradients(NativeScope scope, RowKernels kernels) {
    this.scope = scope;
    this.workspace = scope.workspace();
    this.kernels = kernels;
    this.backward = kernels.backward();
  }

  void accumulate(NativeTensor sum, NativeTensor dy) {
    Shape shape = dy.shape();
    if (shape.size() == 0) {
      return;
    }
    if (sum.shape().equals(shape)) {
      plus(sum, sum.offset(), dy, dy.offset(), (int) shape.size());
    } else if (sum.shape().rows() == shape.rows() && shape.rows() > 1) {
      overGroups(sum, dy);
    } else if (sum.shape().groups() == shape.groups() && shape.groups() > 1) {
      for (int g = 0; g < shape.groups(); g++) {
        overRows(sum, sum.group(g), dy, dy.group(g), shape.rows());
      }
    } else {
      overRows(sum, sum.offset(), dy, dy.offset(), shape.groups() * shape.rows());
    }
  }

  /** sum = sum + dy, floats one after the other. */
  private void plus(NativeTensor sum, int to, NativeTensor dy, int from, int floats) {
    float[] block = workspace.block(RowOperations.BLOCK);
    float[] other = workspace.second(RowOperations.BLOCK);
    for (int i = 0; i < floats; i += RowOperations.BLOCK) {
      int some = Math.min(RowOperations.BLOCK, floats - i);
      sum.read(to + i, block, 0, some);
      dy.read(from + i, other, 0, some);
      kernels.plus(block, other, 1, some, false);
      sum.write(to + i, block, 0, some);
    }
  }

  private void overGroups(NativeTensor sum, NativeTensor dy) {
    int floats = dy.shape().rows() * dy.shape().channels();
    float[] block = workspace.block(RowOperations.BLOCK);
    double[] sums = new double[Math.min(floats, RowOperations.BLOCK)];
    for (int i = 0; i < floats; i += sums.length) {
      int some = Math.min(sums.length, floats - i);
      Arrays.fill(sums, 0);
      for (int g = 0; g < dy.shape().groups(); g++) {
        dy.read(dy.offset() + g * floats + i, block, 0, some);
        for (int c = 0; c < some; c++) {
          sums[c] += block[c];
        }
      }
      add(sum, sum.offset() + i, sums, 0, some);
    }
  }

  private void overRows(NativeTensor sum, int to, NativeTensor dy, int from, int rows) {
    int channels = dy.shape().channels();
    double[] sums = new double[channels];
    float[] block = workspace.block(RowOperations.blockFloats(channels));
    RowOperations.forEachBlock(
        from,
        rows,
        channels,
        (place, count) -> {
          dy.read(place, block, 0, count * channels);
          backward.columnSums(block, count, channels, sums);
        });
    add(sum, to, sums, 0, channels);
  }

  /** sum = sum + sums, from a place of the sum's chunk on. */
  private static void add(NativeTensor sum, int to, double[] sums, int from, int count) {
    float[] values = new float[count];
    sum.read(to, values, 0, count);
    for (int c = 0; c < count; c++) {
      values[c] += (float) sums[from + c];
    }
    sum.write(to, values, 0, count);
  }

  NativeTensor activation(NativeTensor dy, NativeTensor at, Activation activation) {
    NativeTensor dx = scope.allocate(dy.shape());
    int floats = (int) dy.shape().size();
    float[] block = workspace.block(RowOperations.BLOCK);
    float[] other = workspace.second(RowOperations.BLOCK);
    for (int i = 0; i < floats; i += RowOperations.BLOCK) {
      int some = Math.min(RowOperations.BLOCK, floats - i);
      dy.read(dy.offset() + i, block, 0, some);
      at.read(at.offset() + i, other, 0, some);
      backward.activation(activation, block, other, some);
      dx.write(dx.offset() + i, block, 0, some);
    }
    return dx;
  }

  NativeTensor normalize(
      NativeTensor dy,
      NativeTensor x,
      LayerNorm norm,
      @Nullable Tensor byWeight,
      @Nullable Tensor byBias) {
    NativeTensor dx = scope.allocate(x.shape());
    int channels = x.shape().channels();
    float[] weight = RowOperations.vector(norm.weight());
    double[] ofWeight = new double[channels];
    double[] ofBias = new double[channels];
    float[] block = workspace.block(RowOperations.blockFloats(channels));
    float[] other = workspace.second(RowOperations.blockFloats(channels));
    RowOperations.forEachBlock(
        0,
        x.shape().groups() * x.shape().rows(),
        channels,
        (place, count) -> {
          dy.read(dy.offset() + place, block, 0, count * channels);
          x.read(x.offset() + place, other, 0, count * channels);
          backward.normalize(
              block, other, count, channels, weight, norm.epsilon(), ofWeight, ofBias);
          dx.write(dx.offset() + place, block, 0, count * channels);
        });
    if (byWeight != null) {
      NativeTensor sum = NativeTensor.of(byWeight);
      add(sum, sum.offset(), ofWeight, 0, channels);
    }
    if (byBias != null) {
      NativeTensor sum = NativeTensor.of(byBias);
      add(sum, sum.offset(), ofBias, 0, channels);
    }
    return dx;
  }

  /** In order of the rows of dy, so that rows of the table that occur twice have their bits. */
  void lookup(NativeTensor sum, int[] indices, NativeTensor dy) {
    int channels = dy.shape().channels();
    int table = (int) sum.shape().size();
    boolean whole = table <= TABLE && table <= 2 * dy.shape().size();
    float[] rows = whole ? sum.values() : new float[channels];
    float[] block = workspace.block(RowOperations.blockFloats(channels));
    float[] other = workspace.second(channels);
    RowOperations.forEachBlock(
        0,
        indices.length,
        channels,
        (place, count) -> {
          dy.read(dy.offset() + place, block, 0, count * channels);
          for (int i = 0; i < count; i++) {
            int row = indices[place / channels + i] * channels;
            if (whole) {
              ScalarRows.plus(rows, block, row, i * channels, 0, channels);
            } else {
              sum.read(sum.offset() + row, other, 0, channels);
              ScalarRows.plus(other, block, 0, i * channels, 0, channels);
              sum.write(sum.offset() + row, other, 0, channels);
            }
          }
        });
    if (whole) {
      sum.write(sum.offset(), rows, 0, table);
    }
  }

  void rows(NativeTensor sum, int from, NativeTensor dy) {
    int channels = dy.shape().channels();
    int floats = dy.shape().rows() * channels;
    for (int g = 0; g < dy.shape().groups(); g++) {
      int to = sum.offset() + (g * sum.shape().rows() + from) * channels;
      plus(sum, to, dy, dy.offset() + g * floats, floats);
    }
  }

  NativeTensor meanRows(NativeTensor dy, int n) {
    int channels = dy.shape().channels();
    NativeTensor dx = scope.allocate(new Shape(dy.shape().groups(), n, channels));
    float[] row = new float[channels];
    for (int g = 0; g < dy.shape().groups() && n > 0; g++) {
      dy.read(dy.group(g), row, 0, channels);
      for (int c = 0; c < channels; c++) {
        row[c] = (float) (row[c] / (double) n);
      }
      for (int r = 0; r < n; r++) {
        dx.write(dx.offset() + (g * n + r) * channels, row, 0, channels);
      }
    }
    return dx;
  }

  NativeTensor modulate(
      NativeTensor dy, NativeTensor x, NativeTensor modulation, @Nullable NativeTensor sum) {
    Shape shape = x.shape();
    int channels = shape.channels();
    int floats = shape.rows() * channels;
    NativeTensor dx = scope.allocate(shape);
    boolean shared = modulation.shape().groups() == 1;
    float[] scales = new float[channels];
    double[] sums = new double[2 * channels];
    float[] block = workspace.block(RowOperations.blockFloats(channels));
    float[] other = workspace.second(RowOperations.blockFloats(channels));
    for (int g = 0; g < shape.groups(); g++) {
      int group = g * floats;
      modulation.read(modulation.group(g), scales, 0, channels);
      RowOperations.forEachBlock(
          group,
          shape.rows(),
          channels,
          (place, count) -> {
            dy.read(dy.offset() + place, block, 0, count * channels);
            x.read(x.offset() + place, other, 0, count * channels);
            backward.modulate(block, other, count, channels, scales, sums);
            dx.write(dx.offset() + place, block, 0, count * channels);
          });
      if (sum != null && (!shared || g + 1 == shape.groups())) {
        add(sum, sum.group(g), sums, 0, 2 * channels);
        Arrays.fill(sums, 0);
      }
    }
    return dx;
  }
}
