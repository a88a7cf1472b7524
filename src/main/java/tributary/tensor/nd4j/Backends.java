package tributary.tensor.nd4j;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Precision;
import tributary.tensor.SelfCheck;

/**
 * The backends of this JVM: one for all who ask for equal {@link Kernels}, proved against the
 * oracle before its first use; others have others, so nothing that one asks for changes what
 * another has. Executor-wide; safe for all threads.
 */
public final class Backends {
  private static final System.Logger LOG = System.getLogger(Backends.class.getName());
  private static final Backends JVM =
      new Backends(
          k -> new Nd4jBackend(k.threads(), RowKernels.best(), k.precision()), new Cuda.OfNd4j());

  private final Function<Kernels, Backend> cpu;
  private final Cuda cuda;
  private final Map<Kernels, Backend> proved = new HashMap<>();
  private final Map<Kernels, Double> proofs = new HashMap<>();
  private final Set<String> logged = new LinkedHashSet<>();
  private final Map<Kernels, String> choices = new HashMap<>();

  /**
   * @param cpu makes the cpu backend: the tests give a broken one
   */
  Backends(Function<Kernels, Backend> cpu, Cuda cuda) {
    this.cpu = cpu;
    this.cuda = cuda;
  }

  /**
   * The backend of these kernels. It lives as long as the JVM: free its constants, don't close it.
   * That of a GPU pins each thread that opens a scope to its device.
   *
   * @throws IllegalStateException if the backend is absent, has no products of the precision, or
   *     computes wrong values
   */
  public static Backend open(Kernels kernels) {
    return JVM.choose(kernels);
  }

  /** Whether this build has a CUDA backend: Maven's -Pcuda. */
  public static boolean hasCuda() {
    return JVM.cuda.built();
  }

  /**
   * Seconds that a backend took to prove itself in this JVM before its first use; NaN where it has
   * not.
   *
   * @param kernels java, cpu or, with the number of a device for its address, cuda
   */
  public static double proofSeconds(Kernels kernels) {
    return JVM.proof(kernels.settled());
  }

  private synchronized double proof(Kernels backend) {
    return proofs.getOrDefault(backend, Double.NaN);
  }

  /**
   * Why `auto` took what it did in this JVM, from a comma on: ", for this build has no CUDA
   * backend". Empty of kernels that were asked for by name, or not yet opened.
   */
  public static String choice(Kernels kernels) {
    synchronized (JVM) {
      return JVM.choices.getOrDefault(kernels, "");
    }
  }

  /** What `auto` chose and why, and doubts about devices: each line once, as it was logged. */
  synchronized List<String> logged() {
    return List.copyOf(logged);
  }

  synchronized Backend choose(Kernels kernels) {
    return switch (kernels.name()) {
      case "java" -> java(kernels);
      case "cpu" -> cpu(kernels);
      case "cuda" -> cuda(kernels);
      default -> auto(kernels);
    };
  }

  private Backend java(Kernels kernels) {
    return proved.computeIfAbsent(
        kernels.named("java").settled(), k -> new JavaBackend(k.precision()));
  }

  private Backend cuda(Kernels kernels) {
    Precision precision = kernels.precision();
    String address = kernels.gpu();
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
      return proved(
          "cuda:" + device,
          kernels.named("cuda").at(Integer.toString(device)).settled(),
          k -> cuda.backend(device, k.gpuTasks()));
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
  private Backend cpu(Kernels kernels) {
    if (cuda.built()) {
      cuda.hide();
    }
    return proved("cpu", kernels.named("cpu").settled(), cpu);
  }

  /** The one that is known by its kernels, or a new one that has proved itself. */
  private Backend proved(String name, Kernels settled, Function<Kernels, Backend> made) {
    Backend known = proved.get(settled);
    if (known != null) {
      return known;
    }
    Backend backend;
    try {
      backend = made.apply(settled);
    } catch (LinkageError | RuntimeException e) {
      throw new IllegalStateException("Cannot use kernels " + name + ": " + reason(e), e);
    }
    long start = System.nanoTime();
    SelfCheck.prove(backend, settled.precision());
    proofs.put(settled, (System.nanoTime() - start) * 1e-9);
    proved.put(settled, backend);
    LOG.log(System.Logger.Level.INFO, limits(name));
    return backend;
  }

  /** A GPU where there is one, else the CPU, else Java: the line says why. */
  private Backend auto(Kernels kernels) {
    String noCuda = "this build has no CUDA backend";
    if (cuda.built()) {
      try {
        return said(kernels, cuda(kernels), "cuda, " + place(kernels.gpu()));
      } catch (IllegalStateException e) {
        noCuda = String.valueOf(e.getMessage());
      }
    }
    try {
      return said(kernels, cpu(kernels), "cpu, for " + noCuda);
    } catch (IllegalStateException e) {
      String both = (cuda.built() ? noCuda + "; " : "") + e.getMessage();
      return said(kernels, java(kernels), "java, many times slower, for: " + both);
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

  private Backend said(Kernels asked, Backend chosen, String why) {
    choices.put(asked, why.substring(why.indexOf(',')));
    String choice = "Kernels auto: " + why + " (" + chosen.describe() + ")";
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
