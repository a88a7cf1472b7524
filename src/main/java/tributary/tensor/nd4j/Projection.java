package tributary.tensor.nd4j;

import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Precision;
import tributary.tensor.Shape;

/** A layer made ready for its products. */
final class Projection {
  private final Workspace workspace;
  private final OneDnn.Key key;
  private final long weights;
  private final long bias;

  /**
   * @param scope that holds the layer's weights packed where they are no constant
   * @param stride floats from one row of the result to the next
   */
  Projection(NativeScope scope, Linear layer, int stride, Activation activation, boolean residual) {
    workspace = scope.workspace();
    weights = packed(scope, NativeTensor.of(layer.weight()));
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
  void run(long x, long y, int rows) {
    run(x, 0, 0, y, rows);
  }

  /**
   * With a residual.
   *
   * @param residual its address; 0: there is none
   * @param period rows after which it begins anew; 0: never
   */
  void run(long x, long residual, int period, long y, int rows) {
    workspace.products.run(
        key, rows, new Products.Operands(x, weights, bias, residual, period, y), workspace);
  }

  /** Where the weights lie packed: a constant's once and for all, others' for this scope. */
  private static long packed(NativeScope scope, NativeTensor weight) {
    Constant constant = weight.constant();
    if (constant != null) {
      return constant.packed();
    }
    Shape shape = weight.shape();
    Precision precision = scope.workspace().precision();
    NativeTensor room = scope.allocate(new Shape(1, 1, Constant.packedFloats(shape, precision)));
    long to = Constant.aligned(room.address(0));
    Products.pack(shape.channels(), shape.rows(), precision, weight.address(0), to);
    return to;
  }
}
