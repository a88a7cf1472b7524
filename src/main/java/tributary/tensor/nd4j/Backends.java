package tributary.tensor.nd4j;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.SelfCheck;

/**
 * The backends of this JVM by name, one of each kind, proved against the oracle before its first
 * use. Executor-wide; safe for all threads.
 */
public final class Backends {
  private static final System.Logger LOG = System.getLogger(Backends.class.getName());
  private static final Backends JVM = new Backends(Nd4jBackend::new);

  private final Supplier<Backend> cpu;
  private final Map<String, Backend> proved = new TreeMap<>();
  private String choice = "";

  /**
   * @param cpu makes the cpu backend: the tests give a broken one
   */
  Backends(Supplier<Backend> cpu) {
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
    if (threads < 1) {
      throw new IllegalArgumentException("Invalid threads: " + threads + " (at least 1)");
    }
    Backend chosen = JVM.choose(kernels);
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
    return switch (kernels) {
      case "java" -> proved.computeIfAbsent("java", name -> new JavaBackend());
      case "cpu" -> cpu();
      case "cuda" ->
          throw new IllegalStateException(
              "Cannot use kernels cuda: this build has no CUDA backend (set kernels to cpu, java or"
                  + " auto)");
      case "auto" -> auto();
      default ->
          throw new IllegalArgumentException(
              "Invalid kernels: " + kernels + " (auto, cpu, cuda or java)");
    };
  }

  private Backend cpu() {
    Backend known = proved.get("cpu");
    if (known != null) {
      return known;
    }
    Backend backend;
    try {
      backend = cpu.get();
    } catch (LinkageError | RuntimeException e) {
      throw new IllegalStateException("Cannot use kernels cpu: " + reason(e), e);
    }
    SelfCheck.prove(backend);
    proved.put("cpu", backend);
    return backend;
  }

  private Backend auto() {
    Backend chosen;
    String why;
    try {
      chosen = cpu();
      why = "Kernels auto: cpu, for this build has no CUDA backend";
    } catch (IllegalStateException e) {
      chosen = choose("java");
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
