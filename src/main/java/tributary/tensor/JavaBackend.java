package tributary.tensor;

import java.util.Arrays;
import tributary.base.Invalid;

/**
 * The oracle: plain Java on the heap, one loop a formula, sums in double, results rounded to float
 * once. Written to be read; other backends are compared with it. Immutable, shared by all threads.
 */
public final class JavaBackend implements Backend {
  private final Precision precision;

  public JavaBackend() {
    this(Precision.FLOAT32);
  }

  /**
   * @param precision what the operands of linear layers are rounded to
   */
  public JavaBackend(Precision precision) {
    this.precision = precision;
  }

  @Override
  public String name() {
    return "java";
  }

  @Override
  public String describe() {
    return "plain Java "
        + Runtime.version().feature()
        + ", scalar, sums in double"
        + (precision == Precision.FLOAT32 ? "" : ", " + precision + " products");
  }

  @Override
  public Tensor constant(Shape shape, float[] values) {
    if (values.length != shape.size()) {
      throw Invalid.argument("constant", values.length + " values", "shape " + shape);
    }
    return new JavaTensor(shape, Arrays.copyOf(values, values.length), 0, null);
  }

  @Override
  public void update(Tensor constant, float[] values) {
    JavaTensor own = JavaTensor.of(constant);
    if (own.owner() != null || values.length < own.values().length) {
      throw Invalid.argument(
          "constant", values.length + " values", "a constant of shape " + constant.shape());
    }
    System.arraycopy(values, 0, own.values(), 0, own.values().length);
  }

  /** Nothing to do: the garbage collector frees. */
  @Override
  public void free(Tensor constant) {}

  /** The heap grows as needed; the number of bytes is ignored. */
  @Override
  public Scope open(long bytes) {
    return new JavaScope(null, precision);
  }

  @Override
  public Cut cut(long groupBytes, int resultFloats) {
    return Cut.ONE;
  }

  /** Nothing outside the heap. */
  @Override
  public NativeUse nativeUse() {
    return new NativeUse(0, 0);
  }

  @Override
  public void close() {}
}
