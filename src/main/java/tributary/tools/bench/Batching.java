package tributary.tools.bench;

import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** A backend with another number of groups per call. */
public record Batching(Backend backend, int groups) implements Backend {
  @Override
  public Cut cut(long groupBytes, int resultFloats) {
    return new Cut(1, groups);
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public String describe() {
    return backend.describe();
  }

  @Override
  public Tensor constant(Shape shape, float[] values) {
    return backend.constant(shape, values);
  }

  @Override
  public void free(Tensor constant) {
    backend.free(constant);
  }

  @Override
  public Scope open(long bytes) {
    return backend.open(bytes);
  }

  @Override
  public NativeUse nativeUse() {
    return backend.nativeUse();
  }

  @Override
  public void close() {
    backend.close();
  }
}
