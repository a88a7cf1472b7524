package tributary.tensor;

/**
 * An arithmetic that the encoders run on: plain Java (the oracle), or ND4J's memory with its BLAS.
 * One a JVM and kind, shared by all threads; each task opens its own {@link Scope}s.
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

  /** Frees a constant. */
  void free(Tensor constant);

  /**
   * A scope for one batch; grows as needed, `bytes` is how much is set aside at first (0 if
   * unknown).
   */
  Scope open(long bytes);

  /**
   * How many equal groups an encoder should hand over in one call: 1 where caches matter most, many
   * where calls are dear.
   */
  int groupsPerCall();

  /**
   * Bytes outside the Java heap that this backend holds now, and the most it has held in this JVM.
   */
  NativeUse nativeUse();

  @Override
  void close();

  /** Bytes outside the Java heap. */
  record NativeUse(long now, long peak) {}
}
