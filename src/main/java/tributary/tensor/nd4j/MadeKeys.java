package tributary.tensor.nd4j;

import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Shape;

/**
 * Keys and values made of inputs, some rows at a time. Rows are a cache line apart, or a head's
 * parts of many rows would fall on the same few places of the first-level cache.
 */
final class MadeKeys implements AttentionKernel.Keys {
  private final NativeTensor inputs; // [g, m, c]
  private final Projection key;
  private final Projection value;
  private final NativeTensor k; // [1, some rows, h d]
  private final NativeTensor v; // [1, some rows, h e]

  MadeKeys(NativeScope scope, NativeTensor inputs, Linear key, Linear value) {
    this.inputs = inputs;
    int keyStride = key.outputs() + NativeScope.ALIGNMENT;
    int valueStride = value.outputs() + NativeScope.ALIGNMENT;
    this.key = new Projection(scope, key, keyStride, Activation.NONE, false);
    this.value = new Projection(scope, value, valueStride, Activation.NONE, false);
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
