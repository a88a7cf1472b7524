package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * An array of ND4J's, or a view of one, on whatever device ND4J runs.
 *
 * @param array [groups, rows, channels], C order, without gaps; null where there is no element, for
 *     ND4J's operations disagree about such arrays
 * @param owner the scope it dies with; null for a constant
 */
record ArrayTensor(
    Shape shape, @Nullable INDArray array, ArrayBackend backend, @Nullable ArrayScope owner)
    implements Tensor {

  /** The tensor as this backend's own, of a scope that is still open. */
  static ArrayTensor of(Tensor tensor, ArrayBackend backend) {
    if (!(tensor instanceof ArrayTensor own) || own.backend != backend) {
      throw new IllegalArgumentException(
          "Cannot use tensor "
              + tensor.shape()
              + ": it belongs to another backend than "
              + backend.name());
    }
    if (own.owner == null ? own.values().wasClosed() : own.owner.closed()) {
      throw new IllegalStateException(
          "Cannot use tensor "
              + own.shape
              + (own.owner == null ? ": it has been freed" : ": its scope has been closed"));
    }
    return own;
  }

  boolean isEmpty() {
    return array == null;
  }

  /** The array of a tensor that has elements. */
  INDArray values() {
    if (array == null) {
      throw new IllegalStateException("Cannot use tensor " + shape + ": it has no element");
    }
    return array;
  }
}
