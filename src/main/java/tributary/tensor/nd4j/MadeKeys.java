package tributary.tensor.nd4j;

import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Shape;

/** Keys and values made of inputs, some rows at a time. */
final class MadeKeys implements AttentionKernel.Keys {
  private final NativeTensor inputs; // [g, m, c]
  private final Projection key;
  private final Projection value;
  private final NativeTensor k; // [1, some rows, h d and a gap]
  private final NativeTensor v; // [1, some rows, h e and a gap]
  private final HeadRows keys;
  private final HeadRows values;

  MadeKeys(NativeScope scope, NativeTensor inputs, Linear key, Linear value, int heads) {
    this.inputs = inputs;
    int keyStride = HeadRows.stride(key.outputs());
    int valueStride = HeadRows.stride(value.outputs());
    this.key = new Projection(scope, key, keyStride, Activation.NONE, false);
    this.value = new Projection(scope, value, valueStride, Activation.NONE, false);
    int rows =
        Math.min(
            inputs.shape().rows(),
            AttentionKernel.keysAtATime(Math.max(key.outputs(), value.outputs())));
    k = scope.allocate(Shape.matrix(rows, keyStride));
    v = scope.allocate(Shape.matrix(rows, valueStride));
    Workspace workspace = scope.workspace();
    keys = new HeadRows(workspace, Workspace.KEYS, rows, key.outputs(), heads, false);
    values = new HeadRows(workspace, Workspace.VALUES, rows, value.outputs(), heads, true);
  }

  @Override
  public void take(int group, int first, int count) {
    long from = inputs.chunk().address(inputs.row(group, first));
    key.run(from, k.address(0), count);
    value.run(from, v.address(0), count);
    keys.read(k, k.offset(), k.shape().channels(), count);
    values.read(v, v.offset(), v.shape().channels(), count);
  }

  @Override
  public HeadRows keys() {
    return keys;
  }

  @Override
  public HeadRows values() {
    return values;
  }
}
