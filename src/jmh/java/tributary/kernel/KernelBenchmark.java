package tributary.kernel;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Backend;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;

/**
 * Microseconds of each kernel over real and awkward sizes, one thread: `size` rows in a group, and
 * `size` channels where that is not the sum's length; every operation proved against the oracle
 * before it is timed.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1000, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx1g"})
public class KernelBenchmark {
  private static final int CHANNELS = 64;
  private static final int HEADS = 4;

  /** The operations by name. */
  public enum Kernel {
    LINEAR,
    LINEAR_RELU,
    LINEAR_SQUARED_RELU,
    LINEAR_GELU,
    LINEAR_GELU_TANH,
    LINEAR_PLUS,
    NORMALIZE,
    ATTEND,
    ATTEND_MASKED,
    ATTEND_TO,
    ADD,
    LOOKUP,
    MEAN_ROWS
  }

  @Param Kernel kernel;

  @Param({"1", "3", "4", "7", "8", "13", "63", "64", "65", "255", "1000"})
  int size;

  private tributary.tensor.Scope scope;
  private Fixture.Operation operation;

  @Setup(Level.Trial)
  public void prove() {
    Backend backend = Backends.open(Kernels.of("cpu"));
    scope = backend.open(0);
    operation = Fixture.proved(kernel + " " + size, backend, this::make, scope);
  }

  @TearDown(Level.Trial)
  public void close() {
    scope.close();
  }

  private Fixture.Operation make(Fixture f) {
    int n = size;
    Shape rows = Shape.matrix(n, CHANNELS);
    return switch (kernel) {
      case LINEAR -> linear(f, Activation.NONE);
      case LINEAR_RELU -> linear(f, Activation.RELU);
      case LINEAR_SQUARED_RELU -> linear(f, Activation.SQUARED_RELU);
      case LINEAR_GELU -> linear(f, Activation.GELU);
      case LINEAR_GELU_TANH -> linear(f, Activation.GELU_TANH);
      case LINEAR_PLUS -> {
        Tensor x = f.constant(rows, 1);
        Linear layer = f.linear(CHANNELS, n);
        Tensor residual = f.constant(Shape.matrix(n, n), 1);
        yield s -> s.linearPlus(x, layer, residual);
      }
      case NORMALIZE -> {
        Tensor x = f.constant(Shape.matrix(CHANNELS, n), 1);
        LayerNorm norm = f.norm(n);
        yield s -> s.normalize(x, norm);
      }
      case ATTEND -> attend(f, null);
      case ATTEND_MASKED -> {
        boolean[] allowed = new boolean[n];
        for (int i = 0; i < n; i++) {
          allowed[i] = i % 3 != 1;
        }
        yield attend(f, new Mask(allowed, 1, 1, n));
      }
      case ATTEND_TO -> {
        Tensor q = f.constant(Shape.matrix(32, CHANNELS), 1);
        Tensor x = f.constant(rows, 1);
        Linear key = f.linear(CHANNELS, CHANNELS);
        Linear value = f.linear(CHANNELS, CHANNELS);
        yield s -> s.attendTo(q, x, key, value, Attention.of(HEADS, CHANNELS), null);
      }
      case ADD -> {
        Tensor x = f.constant(Shape.matrix(CHANNELS, n), 1);
        Tensor y = f.constant(Shape.vector(n), 1);
        yield s -> s.add(x, y);
      }
      case LOOKUP -> {
        Tensor table = f.constant(Shape.matrix(259, CHANNELS), 1);
        int[] ids = new int[n];
        for (int i = 0; i < n; i++) {
          ids[i] = i * 31 % 259;
        }
        yield s -> s.lookup(table, ids);
      }
      case MEAN_ROWS -> {
        Tensor x = f.constant(rows, 1);
        yield s -> s.meanRows(x);
      }
    };
  }

  /** [size, 64] to [size, size]. */
  private Fixture.Operation linear(Fixture f, Activation activation) {
    Tensor x = f.constant(Shape.matrix(size, CHANNELS), 1);
    Linear layer = f.linear(CHANNELS, size);
    return s -> s.linear(x, layer, activation);
  }

  /** 32 queries and `size` keys, 4 heads of 16. */
  private Fixture.Operation attend(Fixture f, Mask mask) {
    Tensor q = f.constant(Shape.matrix(32, CHANNELS), 1);
    Tensor k = f.constant(Shape.matrix(size, CHANNELS), 1);
    Tensor v = f.constant(Shape.matrix(size, CHANNELS), 1);
    return s -> s.attend(q, k, v, Attention.of(HEADS, CHANNELS), mask);
  }

  /** The operation with the memory of its result: what a step of the encoder costs. */
  @Benchmark
  public Shape run() {
    try (tributary.tensor.Scope inner = scope.inner()) {
      return operation.apply(inner).shape();
    }
  }
}
