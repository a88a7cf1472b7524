package tributary.tensor.nd4j;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;
import tributary.tensor.Backend;

/** What a JVM knows of CUDA; the tests give one that pretends. */
interface Cuda {
  /** Whether the build has ND4J's CUDA bindings: -Pcuda. */
  boolean built();

  /**
   * The compute capability of the device at an address of Spark's, or those that it may have where
   * nothing tells which of the machine's GPUs it is. Asks the driver; loads neither ND4J nor CUDA.
   *
   * @param address as {@link GpuAddress} takes it
   * @return at least one
   * @throws IOException with the reason where it can't be told
   */
  SortedSet<ComputeCapability> capabilities(String address) throws IOException;

  /** Has ND4J take the CPU in this JVM, unless it has been loaded. */
  void hide();

  /**
   * How many devices there are, at least one.
   *
   * @throws IllegalStateException with the reason where ND4J can't run on any
   */
  int devices();

  /** The value of CUDA_VISIBLE_DEVICES; empty where it is not set. */
  String visible();

  /** A backend on one of the devices, for so many tasks that share it. */
  Backend backend(int device, int tasks);

  /** ND4J's. */
  final class OfNd4j implements Cuda {
    private static final String NAME = "org.nd4j.linalg.jcublas.JCublasBackend";

    private final NvidiaSmi smi;
    private final Map<String, String> environment;

    /** What the first try said: later ones only say that a class failed before. */
    private @Nullable IllegalStateException failure;

    /** Once they are counted. */
    private int devices;

    /** What the machine has, or why nobody can tell, once it was asked. */
    private @Nullable List<NvidiaSmi.Gpu> gpus;

    private @Nullable IOException untold;

    OfNd4j() {
      this(new NvidiaSmi(), System.getenv());
    }

    OfNd4j(NvidiaSmi smi, Map<String, String> environment) {
      this.smi = smi;
      this.environment = environment;
    }

    /** By the name of the file: a class of ND4J's would be loaded. */
    @Override
    public boolean built() {
      return OfNd4j.class.getResource("/" + NAME.replace('.', '/') + ".class") != null;
    }

    @Override
    public SortedSet<ComputeCapability> capabilities(String address) throws IOException {
      boolean byBus = "PCI_BUS_ID".equals(environment.get("CUDA_DEVICE_ORDER"));
      SortedSet<ComputeCapability> capabilities = new TreeSet<>();
      for (NvidiaSmi.Gpu gpu : GpuAddress.candidates(address, visible(), byBus, gpus())) {
        capabilities.add(gpu.capability());
      }
      return capabilities;
    }

    /** Asked once in a JVM: a hung driver shall not hold up every task. */
    private synchronized List<NvidiaSmi.Gpu> gpus() throws IOException {
      if (untold != null) {
        throw untold;
      }
      if (gpus == null) {
        try {
          gpus = smi.gpus();
        } catch (IOException e) {
          untold = e;
          throw e;
        }
      }
      return gpus;
    }

    @Override
    public void hide() {
      CpuOnly.install();
    }

    /** Asks the bindings first, for ND4J takes the CPU where they fail and says no more why. */
    @Override
    public synchronized int devices() {
      if (failure != null) {
        throw failure;
      }
      if (devices > 0) {
        return devices;
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
        throw new IllegalStateException(
            "ND4J has taken the CPU in this JVM, which has one kind of device");
      }
      devices = Nd4j.getAffinityManager().getNumberOfDevices();
      return devices;
    }

    @Override
    public String visible() {
      return environment.getOrDefault("CUDA_VISIBLE_DEVICES", "");
    }

    @Override
    public Backend backend(int device, int tasks) {
      return new ArrayBackend(device, tasks);
    }
  }
}
