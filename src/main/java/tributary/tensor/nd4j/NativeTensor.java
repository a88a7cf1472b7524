package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * A view of a chunk.
 *
 * @param offset floats from the chunk's beginning
 * @param owner the scope it dies with; null for a constant
 * @param constant what a constant keeps beside its values; null for others, and for views of one
 */
record NativeTensor(
    Shape shape, Chunk chunk, int offset, @Nullable NativeScope owner, @Nullable Constant constant)
    implements Tensor {

  /** The tensor as this backend's own, of a scope that is still open. */
  static NativeTensor of(Tensor tensor) {
    if (!(tensor instanceof NativeTensor own)) {
      throw new IllegalArgumentException(
          "Cannot use tensor " + tensor.shape() + ": it belongs to another backend than cpu");
    }
    if (own.owner == null ? own.chunk.closed() : own.owner.closed()) {
      throw new IllegalStateException(
          "Cannot use tensor "
              + own.shape
              + (own.owner == null ? ": it has been freed" : ": its scope has been closed"));
    }
    return own;
  }

  /** Offset in the chunk of a group's first row; one group stands for all of them. */
  int group(int group) {
    return offset + (shape.groups() == 1 ? 0 : group * shape.rows() * shape.channels());
  }

  /** Offset in the chunk of a row; one group or one row stands for all of them. */
  int row(int group, int row) {
    return group(group) + (shape.rows() == 1 ? 0 : row * shape.channels());
  }

  /** Where a group's first row lies; one group stands for all of them. */
  long address(int group) {
    return chunk.address(group(group));
  }

  /** All of it, copied out. */
  float[] values() {
    float[] values = new float[Math.toIntExact(shape.size())];
    read(offset, values, 0, values.length);
    return values;
  }

  /** Copies floats from this place of the chunk on. */
  void read(int place, float[] values, int at, int floats) {
    chunk.buffer().get(place, values, at, floats);
  }

  /** Copies floats to this place of the chunk on. */
  void write(int place, float[] values, int at, int floats) {
    chunk.buffer().put(place, values, at, floats);
  }
}
