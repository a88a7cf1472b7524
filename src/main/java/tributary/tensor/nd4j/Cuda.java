package tributary.tensor.nd4j;

import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;
import tributary.tensor.Backend;

/** What a JVM knows of CUDA; the tests give one that pretends. */
interface Cuda {
  /** Whether the build has ND4J's CUDA bindings: -Pcuda. */
  boolean built();

  /**
   * How many devices there are, at least one.
   *
   * @throws IllegalStateException with the reason where ND4J can't run on any
   */
  int devices();

  /** The value of CUDA_VISIBLE_DEVICES; empty where it is not set. */
  String visible();

  /** A backend on one of the devices. */
  Backend backend(int device);

  /** ND4J's. */
  final class OfNd4j implements Cuda {
    private static final String NAME = "org.nd4j.linalg.jcublas.JCublasBackend";

    /** What the first try said: later ones only say that a class failed before. */
    private @Nullable IllegalStateException failure;

    @Override
    public boolean built() {
      return Nd4j.class.getResource("/" + NAME.replace('.', '/') + ".class") != null;
    }

    /** Asks the bindings first, for ND4J takes the CPU where they fail and says no more why. */
    @Override
    public synchronized int devices() {
      if (failure != null) {
        throw failure;
      }
      try {
        ServiceLoader.load(org.nd4j.linalg.factory.Nd4jBackend.class).stream()
            .filter(p -> p.type().getName().equals(NAME))
            .forEach(p -> p.get().canRun());
      } catch (LinkageError | RuntimeException e) {
        failure = new IllegalStateException("no CUDA device: " + Backends.reason(e), e);
        throw failure;
      }
      if (Nd4j.getEnvironment().isCPU()) {
        throw new IllegalStateException("ND4J has taken the CPU in this JVM");
      }
      return Nd4j.getAffinityManager().getNumberOfDevices();
    }

    @Override
    public String visible() {
      String value = System.getenv("CUDA_VISIBLE_DEVICES");
      return value == null ? "" : value;
    }

    @Override
    public Backend backend(int device) {
      return new ArrayBackend(device);
    }
  }
}
