package tributary.tensor;

import org.jspecify.annotations.Nullable;

/**
 * A view of a heap array.
 *
 * @param values shape.size() elements from the offset on, row-major
 * @param owner the scope it dies with; null for a constant
 */
@SuppressWarnings("ArrayRecordComponent")
record JavaTensor(Shape shape, float[] values, int offset, @Nullable JavaScope owner)
    implements Tensor {

  /** The tensor as this backend's own, of a scope that is still open. */
  static JavaTensor of(Tensor tensor) {
    if (!(tensor instanceof JavaTensor own)) {
      throw new IllegalArgumentException(
          "Cannot use tensor " + tensor.shape() + ": it belongs to another backend than java");
    }
    if (own.owner != null && own.owner.closed()) {
      throw new IllegalStateException(
          "Cannot use tensor " + own.shape + ": its scope has been closed");
    }
    return own;
  }

  /** Where the row starts in the array; one group or one row stands for all of them. */
  int row(int group, int row) {
    int g = shape.groups() == 1 ? 0 : group;
    int r = shape.rows() == 1 ? 0 : row;
    return offset + (g * shape.rows() + r) * shape.channels();
  }

  float at(int group, int row, int channel) {
    return values[row(group, row) + channel];
  }
}
