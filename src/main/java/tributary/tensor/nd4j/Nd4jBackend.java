package tributary.tensor.nd4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.factory.Nd4j;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Precision;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Memory by ND4J, products with weights by oneDNN, the rest, attention among it, by {@link
 * RowKernels}. Sums run in float (lane sums are added in double), so results differ from the
 * oracle's in the last bits; the same call gives the same bits on the same type of processor.
 *
 * <p>Used by all threads; a scope's products run on as many threads as its backend was made for,
 * whatever other backends of the JVM have. ND4J's periodic garbage collection is switched off, for
 * nothing here waits for it.
 */
public final class Nd4jBackend implements Backend {
  /** Floats of a call's result, about: 128 rows of 128, whose hidden layers a small L2 holds. */
  private static final long CALL_FLOATS = 1 << 14;

  /** Bytes of a call's groups, about. */
  private static final long CALL_BYTES = 32L << 20;

  private final NativeMemory memory = new NativeMemory();
  private final Folds folds = new Folds();
  private final Set<Constant> constants = ConcurrentHashMap.newKeySet();
  private final RowKernels rows;
  private final Precision precision;
  private final int threads;

  /** One thread per product. */
  public Nd4jBackend() {
    this(1);
  }

  /**
   * @param threads of one product with weights
   */
  public Nd4jBackend(int threads) {
    this(threads, RowKernels.best());
  }

  Nd4jBackend(int threads, RowKernels rows) {
    this(threads, rows, Precision.FLOAT32);
  }

  /**
   * @throws IllegalStateException where this processor has no products of that precision
   */
  Nd4jBackend(int threads, RowKernels rows, Precision precision) {
    if (!OneDnn.has(precision)) {
      throw new IllegalStateException(
          "this processor has no " + precision + " products (set precision to float32)");
    }
    this.precision = precision;
    if (threads < 1) {
      throw Invalid.argument("threads", threads, ">= 1");
    }
    if (!Nd4j.getEnvironment().isCPU()) {
      throw new IllegalStateException(
          "ND4J of this JVM runs on CUDA (set BACKEND_PRIORITY_CPU=200 in its environment, or take a"
              + " build without -Pcuda)");
    }
    this.rows = rows;
    this.threads = threads;
    Nd4j.getMemoryManager().togglePeriodicGc(false);
    Blas.oneThread();
    rows.open();
    load();
  }

  /** Has the libraries load and compile what any first call needs. */
  private void load() {
    Shape shape = Shape.matrix(1, RowKernels.COLUMNS);
    float[] row = new float[RowKernels.COLUMNS];
    Tensor weight =
        constant(Shape.matrix(row.length, row.length), new float[row.length * row.length]);
    try (Scope scope = open(0)) {
      Tensor x =
          scope.linear(scope.upload(shape, row, 0), new Linear(weight, null), Activation.NONE);
      scope.download(scope.attend(x, x, x, Attention.of(1, row.length), null), row, 0);
    }
    free(weight);
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String describe() {
    return "ND4J "
        + version()
        + ", "
        + OneDnn.describe()
        + ", "
        + threads
        + (threads == 1 ? " thread per product, " : " threads per product, ")
        + rows.describe()
        + (precision == Precision.FLOAT32 ? "" : ", " + precision + " products")
        + "; vectors and scalar rows differ in the last bits";
  }

  /** The ND4J on the class path. */
  public static String version() {
    String resource = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";
    Properties properties = new Properties();
    try (InputStream in = Nd4j.class.getResourceAsStream(resource)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + resource, e);
    }
    return properties.getProperty("version", "of unknown version");
  }

  @Override
  public Tensor constant(Shape shape, float[] values) {
    if (values.length != shape.size()) {
      throw Invalid.argument("constant", values.length + " values", "shape " + shape);
    }
    Constant kept = new Constant(shape, values, precision, memory);
    constants.add(kept);
    return new NativeTensor(shape, kept.values(), 0, null, kept);
  }

  /** In place: where its values are, and where they are packed. */
  @Override
  public void update(Tensor constant, float[] values) {
    NativeTensor own = NativeTensor.of(constant);
    Constant kept = own.constant();
    if (kept == null) {
      throw new IllegalArgumentException(
          "Cannot update tensor " + constant.shape() + ": it is no constant");
    }
    if (values.length < constant.shape().size()) {
      throw Invalid.argument("constant", values.length + " values", "shape " + constant.shape());
    }
    folds.forget(own.chunk());
    kept.update(values);
  }

  /** A view of a constant frees nothing. */
  @Override
  public void free(Tensor constant) {
    NativeTensor own = NativeTensor.of(constant);
    if (own.owner() != null) {
      throw new IllegalArgumentException(
          "Cannot free tensor " + constant.shape() + ": it belongs to a scope");
    }
    if (own.constant() != null && constants.remove(own.constant())) {
      folds.forget(own.chunk());
      own.constant().close();
    }
  }

  @Override
  public Scope open(long bytes) {
    return new NativeScope(new Workspace(memory, folds, bytes, threads, precision), rows, null);
  }

  /**
   * As many groups as fill a product of oneDNN's and leave the cache room for their hidden layers:
   * none depends on the others.
   */
  @Override
  public Cut cut(long groupBytes, int resultFloats) {
    long byBytes = CALL_BYTES / Math.max(1, groupBytes);
    long byFloats = CALL_FLOATS / Math.max(1, resultFloats);
    return new Cut(1, (int) Math.max(1, Math.min(byBytes, byFloats)));
  }

  @Override
  public NativeUse nativeUse() {
    return memory.use();
  }

  /** Frees the constants that are left. */
  @Override
  public void close() {
    memory.drain();
    folds.forgetAll();
    constants.forEach(Constant::close);
    constants.clear();
  }
}
