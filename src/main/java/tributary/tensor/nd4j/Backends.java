package tributary.tensor.nd4j;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Precision;
import tributary.tensor.SelfCheck;

/**
 * The backends of this JVM by name, one of each kind, proved against the oracle before its first
 * use. Executor-wide; safe for all threads.
 */
public final class Backends {
  private static final System.Logger LOG = System.getLogger(Backends.class.getName());
  private static final Backends JVM = new Backends(p -> new Nd4jBackend(1, RowKernels.best(), p));

  private final Function<Precision, Backend> cpu;
  private final Map<String, Backend> proved = new TreeMap<>();
  private String choice = "";

  /**
   * @param cpu makes the cpu backend: the tests give a broken one
   */
  Backends(Function<Precision, Backend> cpu) {
    this.cpu = cpu;
  }

  /**
   * The backend that `kernels: NAME` asks for: java, cpu, cuda or auto. It lives as long as the
   * JVM: free its constants, don't close it.
   *
   * @throws IllegalArgumentException for another name
   * @throws IllegalStateException if the backend is absent or computes wrong values
   */
  public static Backend named(String kernels) {
    return named(kernels, 1);
  }

  /**
   * The same with a number of BLAS threads a call. It holds for the whole JVM: the last one that
   * asked decides.
   *
   * @param threads at least 1
   */
  public static Backend named(String kernels, int threads) {
    return named(kernels, threads, Precision.FLOAT32);
  }

  /**
   * The same with products of a precision.
   *
   * @throws IllegalStateException also where this processor has no such products
   */
  public static Backend named(String kernels, int threads, Precision precision) {
    if (threads < 1) {
      throw new IllegalArgumentException("Invalid threads: " + threads + " (at least 1)");
    }
    Backend chosen = JVM.choose(kernels, precision);
    if (chosen instanceof Nd4jBackend nd4j) {
      nd4j.threads(threads);
    }
    return chosen;
  }

  /** What `auto` chose in this JVM and why, in one line; empty before it was asked. */
  public static String choice() {
    return JVM.choiceMade();
  }

  synchronized String choiceMade() {
    return choice;
  }

  synchronized Backend choose(String kernels) {
    return choose(kernels, Precision.FLOAT32);
  }

  synchronized Backend choose(String kernels, Precision precision) {
    return switch (kernels) {
      case "java" -> proved.computeIfAbsent("java " + precision, name -> new JavaBackend(precision));
      case "cpu" -> cpu(precision);
      case "cuda" ->
          throw new IllegalStateException(
              "Cannot use kernels cuda: this build has no CUDA backend (set kernels to cpu, java or"
                  + " auto)");
      case "auto" -> auto(precision);
      default ->
          throw new IllegalArgumentException(
              "Invalid kernels: " + kernels + " (auto, cpu, cuda or java)");
    };
  }

  private Backend cpu(Precision precision) {
    Backend known = proved.get("cpu " + precision);
    if (known != null) {
      return known;
    }
    Backend backend;
    try {
      backend = cpu.apply(precision);
    } catch (LinkageError | RuntimeException e) {
      throw new IllegalStateException("Cannot use kernels cpu: " + reason(e), e);
    }
    SelfCheck.prove(backend, precision);
    proved.put("cpu " + precision, backend);
    return backend;
  }

  private Backend auto(Precision precision) {
    Backend chosen;
    String why;
    try {
      chosen = cpu(precision);
      why = "Kernels auto: cpu, for this build has no CUDA backend";
    } catch (IllegalStateException e) {
      chosen = choose("java", precision);
      why = "Kernels auto: java, many times slower, for: " + e.getMessage();
    }
    String line = why + " (" + chosen.describe() + ")";
    if (!choice.equals(line)) {
      choice = line;
      LOG.log(System.Logger.Level.INFO, line);
    }
    return chosen;
  }

  /** The message of the innermost cause: JavaCPP and ND4J wrap what the loader said. */
  private static String reason(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
