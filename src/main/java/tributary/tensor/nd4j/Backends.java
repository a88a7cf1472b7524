package tributary.tensor.nd4j;

import java.io.IOException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import tributary.base.Invalid;
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
  private static final Backends JVM =
      new Backends(p -> new Nd4jBackend(1, RowKernels.best(), p), new Cuda.OfNd4j());

  private final Function<Precision, Backend> cpu;
  private final Cuda cuda;
  private final Map<String, Backend> proved = new TreeMap<>();
  private final Map<String, Double> proofs = new TreeMap<>();
  private final Set<String> logged = new HashSet<>();
  private String choice = "";

  /**
   * @param cpu makes the cpu backend: the tests give a broken one
   */
  Backends(Function<Precision, Backend> cpu, Cuda cuda) {
    this.cpu = cpu;
    this.cuda = cuda;
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
   * A backend by its name, with a number of BLAS threads per call. It holds for the whole JVM: the
   * last one that asked decides.
   *
   * @param threads at least 1
   */
  public static Backend named(String kernels, int threads) {
    return named(kernels, threads, Precision.FLOAT32);
  }

  /**
   * A backend with products of a precision.
   *
   * @throws IllegalStateException also where there are no such products
   */
  public static Backend named(String kernels, int threads, Precision precision) {
    return named(kernels, threads, precision, "");
  }

  /**
   * A backend on the GPU that Spark assigned to the task, where it is a GPU that computes: one
   * backend per device, which pins each thread that opens a scope to it.
   *
   * @param address of Spark's resource `gpu`; empty where none is assigned: the first device
   */
  public static Backend named(String kernels, int threads, Precision precision, String address) {
    return named(kernels, threads, precision, address, 1);
  }

  /**
   * A backend where several tasks share the GPU: each sizes its transfers by its part of what is
   * free. It holds for the whole JVM: the last one that asked decides.
   *
   * @param tasks at least 1
   */
  public static Backend named(
      String kernels, int threads, Precision precision, String address, int tasks) {
    if (tasks < 1) {
      throw Invalid.argument("tasks", tasks, "at least 1");
    }
    if (threads < 1) {
      throw Invalid.argument("threads", threads, "at least 1");
    }
    Backend chosen = JVM.choose(kernels, precision, address);
    if (chosen instanceof Nd4jBackend nd4j) {
      nd4j.threads(threads);
    } else if (chosen instanceof ArrayBackend arrays) {
      arrays.sharedBy(tasks);
    }
    return chosen;
  }

  /** Whether this build has a CUDA backend: Maven's -Pcuda. */
  public static boolean hasCuda() {
    return JVM.cuda.built();
  }

  /** What `auto` chose in this JVM and why, in one line; empty before it was asked. */
  public static String choice() {
    return JVM.choiceMade();
  }

  /**
   * Seconds that a backend, opened in this JVM, took to prove itself before its first use; NaN
   * where it has not.
   */
  public static double proofSeconds(String kernels, Precision precision) {
    return JVM.proof(kernels + " " + precision);
  }

  private synchronized double proof(String backend) {
    return proofs.getOrDefault(backend, Double.NaN);
  }

  synchronized String choiceMade() {
    return choice;
  }

  synchronized Backend choose(String kernels) {
    return choose(kernels, Precision.FLOAT32, "");
  }

  synchronized Backend choose(String kernels, String address) {
    return choose(kernels, Precision.FLOAT32, address);
  }

  synchronized Backend choose(String kernels, Precision precision, String address) {
    return switch (kernels) {
      case "java" ->
          proved.computeIfAbsent("java " + precision, name -> new JavaBackend(precision));
      case "cpu" -> cpu(precision);
      case "cuda" -> cuda(precision, address);
      case "auto" -> auto(precision, address);
      default -> throw Invalid.argument("kernels", kernels, "auto, cpu, cuda or java");
    };
  }

  private Backend cuda(Precision precision, String address) {
    if (!cuda.built()) {
      throw new IllegalStateException(
          "Cannot use kernels cuda: this build has no CUDA backend (set kernels to cpu, java or"
              + " auto)");
    }
    if (precision != Precision.FLOAT32) {
      throw new IllegalStateException(
          "Cannot use kernels cuda: no "
              + precision
              + " products there (set precision to float32)");
    }
    try {
      refuseOtherGpus(address);
      int device = GpuAddress.device(address, cuda.visible(), cuda.devices());
      return proved("cuda:" + device, precision, () -> cuda.backend(device));
    } catch (IllegalStateException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith("Cannot ")
          ? e
          : new IllegalStateException("Cannot use kernels cuda: " + message, e);
    }
  }

  /**
   * Before ND4J loads: on a GPU that it has no machine code for, it would fail in native code, at
   * its first kernel. Where nobody can tell what GPU it is, a line in the log says so.
   */
  private void refuseOtherGpus(String address) {
    SortedSet<ComputeCapability> possible;
    try {
      possible = cuda.capabilities(address);
    } catch (IOException e) {
      warn("the compute capability of the GPU is not known: " + e.getMessage());
      return;
    }
    String device = address.isEmpty() ? "the first device" : "GPU address " + address;
    String problem = ComputeCapability.problem(possible);
    if (problem != null) {
      throw new IllegalStateException(device + " has " + problem + " (set kernels to cpu)");
    }
    if (!possible.stream().allMatch(ComputeCapability::runsNd4j)) {
      warn(
          "nothing tells whether the compute capability of "
              + device
              + " is "
              + ComputeCapability.list(possible)
              + " (a UUID or CUDA_DEVICE_ORDER=PCI_BUS_ID would)");
    }
  }

  private void warn(String doubt) {
    if (logged.add(doubt)) {
      LOG.log(System.Logger.Level.WARNING, "Kernels cuda: " + doubt + "; trying it");
    }
  }

  /** ND4J of a build with CUDA would take a GPU, and it has one device kind per JVM. */
  private Backend cpu(Precision precision) {
    if (cuda.built()) {
      cuda.hide();
    }
    return proved("cpu", precision, () -> cpu.apply(precision));
  }

  /** The one that is known by this name, or a new one that has proved itself. */
  private Backend proved(String name, Precision precision, Supplier<Backend> made) {
    Backend known = proved.get(name + " " + precision);
    if (known != null) {
      return known;
    }
    Backend backend;
    try {
      backend = made.get();
    } catch (LinkageError | RuntimeException e) {
      throw new IllegalStateException("Cannot use kernels " + name + ": " + reason(e), e);
    }
    long start = System.nanoTime();
    SelfCheck.prove(backend, precision);
    proofs.put(name + " " + precision, (System.nanoTime() - start) * 1e-9);
    proved.put(name + " " + precision, backend);
    LOG.log(System.Logger.Level.INFO, limits(name));
    return backend;
  }

  /** A GPU where there is one, else the CPU, else Java: the line says why. */
  private Backend auto(Precision precision, String address) {
    String noCuda = "this build has no CUDA backend";
    if (cuda.built()) {
      try {
        return said(cuda(precision, address), "cuda, " + place(address));
      } catch (IllegalStateException e) {
        noCuda = String.valueOf(e.getMessage());
      }
    }
    try {
      return said(cpu(precision), "cpu, for " + noCuda);
    } catch (IllegalStateException e) {
      String both = (cuda.built() ? noCuda + "; " : "") + e.getMessage();
      return said(choose("java", precision, address), "java, many times slower, for: " + both);
    }
  }

  /** What bounds a backend in this JVM: said once, when it is opened. */
  static String limits(String name) {
    return String.format(
        Locale.ROOT,
        "Kernels %s: native arrays up to %,d MiB of JavaCPP's (process up to %,d MiB), heap up to %,d"
            + " MiB, OMP_NUM_THREADS %s (each task's calls set their own)",
        name,
        Pointer.maxBytes() >> 20,
        Pointer.maxPhysicalBytes() >> 20,
        Runtime.getRuntime().maxMemory() >> 20,
        System.getenv().getOrDefault("OMP_NUM_THREADS", "not set"));
  }

  private static String place(String address) {
    return address.isEmpty()
        ? "the first device, for Spark assigned no GPU"
        : "GPU address " + address + ", as Spark assigned";
  }

  private Backend said(Backend chosen, String why) {
    choice = "Kernels auto: " + why + " (" + chosen.describe() + ")";
    if (logged.add(choice)) {
      LOG.log(System.Logger.Level.INFO, choice);
    }
    return chosen;
  }

  /** The message of the innermost cause: JavaCPP and ND4J wrap what the loader said. */
  static String reason(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
