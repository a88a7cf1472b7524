package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Precision;
import tributary.tensor.SelfCheck;

class BackendsTest {
  private static final Kernels JAVA = Kernels.of("java");
  private static final Kernels CPU = Kernels.of("cpu");
  private static final Kernels CUDA = Kernels.of("cuda");
  private static final Kernels AUTO = Kernels.of("auto");

  @Test
  void namesGiveBackendsOneOfAKind() {
    assertThat(Backends.open(JAVA).name()).isEqualTo("java");
    assertThat(Backends.open(CPU).name()).isEqualTo("cpu");
    assertThat(Backends.open(AUTO)).isSameAs(Backends.open(CPU));
    Backends backends = new Backends(k -> new Nd4jBackend(), PretendedCuda.absent());
    assertThat(backends.choose(AUTO)).isSameAs(backends.choose(CPU));
    assertThat(backends.logged())
        .singleElement()
        .asString()
        .startsWith("Kernels auto: cpu, for this build has no CUDA backend (ND4J 1.0.0-M2.1, ");
  }

  @ParameterizedTest(name = "{0}: {1} and {2}")
  @MethodSource("pairs")
  void equalKernelsShareABackend(String name, Kernels one, Kernels other, boolean shared) {
    PretendedCuda cuda = new PretendedCuda(2, "", "");
    Backends backends =
        new Backends(k -> new Nd4jBackend(k.threads(), RowKernels.best(), k.precision()), cuda);
    Backend first = backends.choose(one);
    assertThat(first == backends.choose(other)).as("shared").isEqualTo(shared);
    assertThat(backends.choose(one)).isSameAs(first);
  }

  static List<Arguments> pairs() {
    Kernels cuda = Kernels.of("cuda");
    return List.of(
        arguments("threads", CPU, CPU.on(2), false),
        arguments("no GPU", CPU.at("0"), CPU.at("1").sharedBy(4), true),
        arguments("threads", AUTO.at("0"), cuda.at("0").on(3), true),
        arguments("one GPU", cuda, cuda.at("0"), true),
        arguments("two GPUs", cuda.at("0"), cuda.at("1"), false),
        arguments("tasks", cuda, cuda.sharedBy(2), false),
        arguments("oracle", JAVA, JAVA.at("1").on(2).sharedBy(3), true),
        arguments("precision", JAVA, JAVA.in(Precision.BFLOAT16), false));
  }

  @Test
  void oneBackendForAllThreads() {
    AtomicInteger made = new AtomicInteger();
    Backends backends =
        new Backends(
            k -> {
              made.incrementAndGet();
              return new Nd4jBackend();
            },
            PretendedCuda.absent());
    long kinds =
        IntStream.range(0, 16).parallel().mapToObj(i -> backends.choose(CPU)).distinct().count();
    assertThat(kinds).isEqualTo(1);
    assertThat(made).hasValue(1);
  }

  @Test
  void refusesOtherNamesAndCuda() {
    assertThatThrownBy(() -> Kernels.of("gpu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid kernels: gpu (auto, cpu, cuda or java)");
    assertThatThrownBy(() -> Backends.open(CUDA))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot use kernels cuda: this build has no CUDA backend (set kernels to cpu, java or"
                + " auto)");
  }

  @Test
  void provesGoodBackends() {
    SelfCheck.prove(new JavaBackend());
    SelfCheck.prove(new Nd4jBackend());
    SelfCheck.prove(new Nd4jBackend(1, new ScalarRows()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plus", "normalize", "exponentials", "weights"})
  void refusesABackendThatComputesWrongly(String wrong) {
    Backends backends =
        new Backends(k -> new Nd4jBackend(1, new WrongRows(wrong)), PretendedCuda.absent());
    assertThatThrownBy(() -> backends.choose(CPU))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(
            "Cannot use kernels cpu: (add|normalize|attend)\\b.* of \\[\\d+, \\d+, \\d+\\] is off"
                + " by \\S+ \\(at most 1.0E-4; ND4J .*\\)");
    Backend fallback = backends.choose(AUTO);
    assertThat(fallback.name()).isEqualTo("java");
    assertThat(backends.logged())
        .last()
        .asString()
        .startsWith("Kernels auto: java, many times slower, for: Cannot use kernels cpu: ");
  }

  @Test
  void saysWhyALibraryDoesNotLoad() {
    Backends backends =
        new Backends(
            k -> {
              throw new ExceptionInInitializerError(new UnsatisfiedLinkError("no jniopenblas"));
            },
            PretendedCuda.absent());
    assertThatThrownBy(() -> backends.choose(CPU))
        .hasMessage("Cannot use kernels cpu: no jniopenblas");
  }

  /** How long it takes is a row of the bench. */
  @Test
  void aProofLeavesNothingAndItsTimeIsKept() {
    Backend backend = new Nd4jBackend();
    SelfCheck.prove(backend);
    assertThat(backend.nativeUse().now()).isZero();
    Backends.open(CPU);
    assertThat(Backends.proofSeconds(CPU)).isPositive();
    assertThat(Backends.proofSeconds(CPU.on(63))).as("not opened").isNaN();
  }

  @Test
  void threadsOfACallAreSetAndTold() {
    Backend one = Backends.open(CPU);
    Backend two = Backends.open(CPU.on(2));
    assertThat(two.describe()).contains(", 2 threads per product, ");
    assertThat(one.describe()).as("another's are his own").contains(", 1 thread per product, ");
    assertThatThrownBy(() -> CPU.on(0)).hasMessage("Invalid threads: 0 (at least 1)");
    assertThatThrownBy(() -> CPU.sharedBy(0)).hasMessage("Invalid tasks: 0 (at least 1)");
  }

  /** What each was opened with is not another's to change. */
  @Test
  void tasksOfAGpuAreABackendsOwn() {
    Backends backends = new Backends(k -> new Nd4jBackend(), new PretendedCuda(1, "", ""));
    Backend alone = backends.choose(CUDA);
    Backend shared = backends.choose(CUDA.sharedBy(4));
    assertThat(alone.describe()).endsWith(" MiB free for 1 task");
    assertThat(shared.describe()).endsWith(" MiB free for 4 tasks");
  }

  @Test
  void tasksGetKernelsAsTheDriverMadeThem() throws Exception {
    Kernels kernels = new Kernels("cuda", Precision.FLOAT32, 3, "GPU-1a", 2);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(kernels);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(kernels);
    }
  }

  @Test
  void takesTheDeviceAtTheAddress() {
    PretendedCuda cuda = new PretendedCuda(2, "", "");
    Backends backends = new Backends(k -> new Nd4jBackend(), cuda);
    Backend second = backends.choose(CUDA.at("1"));
    assertThat(backends.choose(CUDA.at("1"))).isSameAs(second);
    assertThat(backends.choose(AUTO.at("1"))).isSameAs(second);
    assertThat(backends.logged())
        .last()
        .asString()
        .startsWith("Kernels auto: cuda, GPU address 1, as Spark assigned (");
    assertThat(backends.choose(CUDA.at("0"))).isNotSameAs(second);
    assertThat(backends.choose(CUDA)).isSameAs(backends.choose(CUDA.at("0")));
    assertThat(cuda.opened()).containsExactly(1, 0);
    backends.choose(AUTO);
    assertThat(backends.logged())
        .last()
        .asString()
        .startsWith("Kernels auto: cuda, the first device, for Spark assigned no GPU (");
    assertThatThrownBy(() -> backends.choose(CUDA.at("2")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot use GPU address 2: CUDA sees 2 devices");
  }

  @Test
  void refusesCudaWithoutADeviceAndAutoSaysWhy() {
    Backends backends =
        new Backends(k -> new Nd4jBackend(), new PretendedCuda(0, "", "no CUDA device: no driver"));
    assertThatThrownBy(() -> backends.choose(CUDA))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot use kernels cuda: no CUDA device: no driver");
    assertThat(backends.choose(AUTO).name()).isEqualTo("cpu");
    assertThat(backends.logged())
        .last()
        .asString()
        .startsWith(
            "Kernels auto: cpu, for Cannot use kernels cuda: no CUDA device: no driver (ND4J");
  }

  /** Devices and a backend are never asked for: ND4J would be loaded by then. */
  @ParameterizedTest
  @CsvSource({"9.0, 9.0", "12.0, 12.0", "3.5, 3.5", "12.0 9.0, 9.0 or 12.0"})
  void refusesAGpuThatNd4jHasNoCodeForAndAutoSaysWhy(String capabilities, String told) {
    PretendedCuda cuda = new PretendedCuda(0, "", "CUDA was asked", capabilities.split(" "));
    Backends backends = new Backends(k -> new Nd4jBackend(), cuda);
    String why =
        "Cannot use kernels cuda: the first device has compute capability "
            + told
            + ": ND4J 1.0.0-M2.1 holds machine code for 3.7 to 8.6, which runs on all from 3.7 to"
            + " 8.x, and no PTX that the driver could compile for others (set kernels to cpu)";
    assertThatThrownBy(() -> backends.choose(CUDA))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(why);
    assertThatThrownBy(() -> backends.choose(CUDA.at("3")))
        .hasMessageStartingWith(
            "Cannot use kernels cuda: GPU address 3 has compute capability " + told);
    assertThat(cuda.hidden()).hasValue(0);
    assertThat(backends.choose(AUTO).name()).isEqualTo("cpu");
    assertThat(backends.logged())
        .last()
        .asString()
        .startsWith("Kernels auto: cpu, for " + why + " (ND4J ");
    assertThat(cuda.hidden()).hasValue(1);
    assertThat(cuda.opened()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.7", "7.5", "8.6", "8.9", "8.6 9.0"})
  void takesAGpuThatNd4jHasOrMayHaveCodeFor(String capabilities) {
    PretendedCuda cuda = new PretendedCuda(1, "", "", capabilities.split(" "));
    Backends backends = new Backends(k -> new Nd4jBackend(), cuda);
    assertThat(backends.choose(CUDA)).isSameAs(backends.choose(AUTO));
    assertThat(cuda.opened()).containsExactly(0);
    assertThat(cuda.hidden()).hasValue(0);
  }

  @ParameterizedTest(name = "{0} of {2} devices, visible {1}: {3}")
  @CsvSource(
      delimiter = ';',
      value = {
        "''; ''; 1; 0",
        "''; '2,3'; 2; 0",
        "0; ''; 2; 0",
        "1; ''; 2; 1",
        "3; '2, 3'; 2; 1",
        "2; '2,3'; 2; 0",
        "GPU-7c; 'GPU-1a,GPU-7c'; 2; 1",
      })
  void mapsAddresses(String address, String visible, int devices, int device) {
    assertThat(GpuAddress.device(address, visible, devices)).isEqualTo(device);
  }

  /** The machine has an 8.0, a 9.0 and an 8.6, in the order of their buses. */
  @ParameterizedTest(name = "{0}, visible {1}, by bus {2}: {3}")
  @CsvSource(
      delimiter = ';',
      value = {
        "''; ''; true; 8.0",
        "''; '1,0'; true; 9.0",
        "''; 'GPU-7c, GPU-1a'; false; 9.0",
        "1; ''; true; 9.0",
        "2; '1,2'; true; 8.6",
        "GPU-7c11; ''; false; 9.0",
        "GPU-1a90; 'GPU-7c11,GPU-1a90'; true; 8.6",
        "1; ''; false; 8.0 or 8.6 or 9.0",
        "3; ''; true; 8.0 or 8.6 or 9.0",
        "GPU-1a; ''; true; 8.0 or 8.6 or 9.0",
        "''; 'MIG-7c11'; true; 8.0 or 8.6 or 9.0",
      })
  void whichOfTheMachinesGpusAnAddressMayMean(
      String address, String visible, boolean byBus, String capabilities) {
    List<NvidiaSmi.Gpu> machine =
        List.of(
            new NvidiaSmi.Gpu(0, "GPU-1a07", ComputeCapability.of("8.0")),
            new NvidiaSmi.Gpu(1, "GPU-7c11", ComputeCapability.of("9.0")),
            new NvidiaSmi.Gpu(2, "GPU-1a90", ComputeCapability.of("8.6")));
    SortedSet<ComputeCapability> found = new TreeSet<>();
    GpuAddress.candidates(address, visible, byBus, machine).forEach(g -> found.add(g.capability()));
    assertThat(ComputeCapability.list(found)).isEqualTo(capabilities);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "2; ''; 2; CUDA sees 2 devices",
        "-1; ''; 1; CUDA sees 1 device",
        "0; '2,3'; 2; CUDA sees 2 devices, CUDA_VISIBLE_DEVICES=2,3",
        "GPU-7c; ''; 2; CUDA sees 2 devices",
        "3; '0,1,2,3'; 2; CUDA sees 2 devices, CUDA_VISIBLE_DEVICES=0,1,2,3",
        "99999999999; ''; 2; CUDA sees 2 devices",
      })
  void refusesAddressesOfNoDevice(String address, String visible, int devices, String why) {
    assertThatThrownBy(() -> GpuAddress.device(address, visible, devices))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot use GPU address " + address + ": " + why);
  }
}
