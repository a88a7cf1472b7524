package tributary.tensor;

import tributary.base.Invalid;

/**
 * An arithmetic that the encoders run on: plain Java (the oracle), or native code on the CPU or a
 * GPU. One per JVM and kind, shared by all threads; each task opens its own {@link Scope}s.
 */
public interface Backend extends AutoCloseable {
  /** The name that configurations, manifests and reports use: java, cpu or cuda. */
  String name();

  /**
   * One line for logs and manifests: library and version, BLAS kernel, vector width, threads,
   * device.
   */
  String describe();

  /**
   * Values that live as long as the backend's model does (weights): copied in once, readable from
   * every scope and thread.
   */
  Tensor constant(Shape shape, float[] values);

  /**
   * Gives a constant other values, as learning does between two steps. No other thread may use it
   * meanwhile.
   *
   * @param values at least as many as the constant's shape holds; the first ones are taken
   * @throws UnsupportedOperationException where this backend can't learn
   */
  default void update(Tensor constant, float[] values) {
    throw new UnsupportedOperationException("Cannot learn on kernels " + name());
  }

  /** Frees a constant. */
  void free(Tensor constant);

  /**
   * A scope for one batch; grows as needed, `bytes` is how much is set aside at first (0 if
   * unknown).
   */
  Scope open(long bytes);

  /**
   * How an encoder should cut equal groups into calls.
   *
   * @param groupBytes what the largest group of the model needs in the kernels
   * @param resultFloats of one group
   * @throws IllegalStateException where not even one product fits the memory
   */
  Cut cut(long groupBytes, int resultFloats);

  /**
   * Whether groups of any lengths may go through a call together, for a row's bits are those that
   * it has alone; false where they follow from the shape of the whole product, {@link Cut#product}.
   */
  default boolean rowsStandAlone() {
    return true;
  }

  /**
   * How groups are cut. The bits of a group may depend on `product`, which follows from the model
   * alone, never on `transfer`, which follows from the memory that is free.
   *
   * @param product groups that go through one product together, filled up where there are fewer; 1
   *     where each is computed apart
   * @param transfer groups that are handed over at once, a multiple of `product`
   */
  record Cut(int product, int transfer) {
    /** Groups one by one. */
    public static final Cut ONE = new Cut(1, 1);

    public Cut {
      if (product < 1 || transfer < 1 || transfer % product != 0) {
        throw Invalid.argument(
            "cut",
            "transfers of " + transfer + " groups",
            "a multiple of the product's " + product + ", both at least 1");
      }
    }
  }

  /**
   * Bytes outside the Java heap that this backend holds now, and the most it has held in this JVM.
   */
  NativeUse nativeUse();

  @Override
  void close();

  /** Bytes outside the Java heap. */
  record NativeUse(long now, long peak) {}
}
