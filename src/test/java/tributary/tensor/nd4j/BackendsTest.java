package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Precision;
import tributary.tensor.SelfCheck;

class BackendsTest {
  @Test
  void namesGiveBackendsOneOfAKind() {
    assertThat(Backends.named("java").name()).isEqualTo("java");
    assertThat(Backends.named("cpu").name()).isEqualTo("cpu");
    assertThat(Backends.named("auto")).isSameAs(Backends.named("cpu"));
    assertThat(Backends.choice())
        .startsWith("Kernels auto: cpu, for this build has no CUDA backend (ND4J 1.0.0-M2.1, ");
  }

  @Test
  void oneBackendForAllThreads() {
    AtomicInteger made = new AtomicInteger();
    Backends backends =
        new Backends(
            p -> {
              made.incrementAndGet();
              return new Nd4jBackend();
            },
            PretendedCuda.absent());
    long kinds =
        IntStream.range(0, 16).parallel().mapToObj(i -> backends.choose("cpu")).distinct().count();
    assertThat(kinds).isEqualTo(1);
    assertThat(made).hasValue(1);
  }

  @Test
  void refusesOtherNamesAndCuda() {
    assertThatThrownBy(() -> Backends.named("gpu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid kernels: gpu (auto, cpu, cuda or java)");
    assertThatThrownBy(() -> Backends.named("cuda"))
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
        new Backends(p -> new Nd4jBackend(1, new WrongRows(wrong)), PretendedCuda.absent());
    assertThatThrownBy(() -> backends.choose("cpu"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(
            "Cannot use kernels cpu: (add|normalize|attend)\\b.* of \\[\\d+, \\d+, \\d+\\] is off"
                + " by \\S+ \\(at most 1.0E-4; ND4J .*\\)");
    Backend fallback = backends.choose("auto");
    assertThat(fallback.name()).isEqualTo("java");
    assertThat(backends.choiceMade())
        .startsWith("Kernels auto: java, many times slower, for: Cannot use kernels cpu: ");
  }

  @Test
  void saysWhyALibraryDoesNotLoad() {
    Backends backends =
        new Backends(
            p -> {
              throw new ExceptionInInitializerError(new UnsatisfiedLinkError("no jniopenblas"));
            },
            PretendedCuda.absent());
    assertThatThrownBy(() -> backends.choose("cpu"))
        .hasMessage("Cannot use kernels cpu: no jniopenblas");
  }

  /** How long it takes is a row of the bench. */
  @Test
  void aProofLeavesNothingAndItsTimeIsKept() {
    Backend backend = new Nd4jBackend();
    SelfCheck.prove(backend);
    assertThat(backend.nativeUse().now()).isZero();
    Backends.named("cpu");
    assertThat(Backends.proofSeconds("cpu", Precision.FLOAT32)).isPositive();
    assertThat(Backends.proofSeconds("no such kernels", Precision.FLOAT32)).isNaN();
  }

  @Test
  void threadsOfACallAreSetAndTold() {
    try {
      assertThat(Backends.named("cpu", 2).describe()).contains(", 2 threads a call, ");
    } finally {
      assertThat(Backends.named("cpu").describe()).contains(", 1 thread a call, ");
    }
    assertThatThrownBy(() -> Backends.named("cpu", 0))
        .hasMessage("Invalid threads: 0 (at least 1)");
    assertThatThrownBy(() -> Backends.named("cpu", 1, Precision.FLOAT32, "", 0))
        .hasMessage("Invalid tasks: 0 (at least 1)");
  }

  @Test
  void takesTheDeviceAtTheAddress() {
    PretendedCuda cuda = new PretendedCuda(2, "", "");
    Backends backends = new Backends(p -> new Nd4jBackend(), cuda);
    Backend second = backends.choose("cuda", "1");
    assertThat(backends.choose("cuda", "1")).isSameAs(second);
    assertThat(backends.choose("auto", "1")).isSameAs(second);
    assertThat(backends.choiceMade())
        .startsWith("Kernels auto: cuda, GPU address 1, as Spark assigned (");
    assertThat(backends.choose("cuda", "0")).isNotSameAs(second);
    assertThat(backends.choose("cuda", "")).isSameAs(backends.choose("cuda", "0"));
    assertThat(cuda.opened()).containsExactly(1, 0);
    backends.choose("auto", "");
    assertThat(backends.choiceMade())
        .startsWith("Kernels auto: cuda, the first device, for Spark assigned no GPU (");
    assertThatThrownBy(() -> backends.choose("cuda", "2"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot use GPU address 2: CUDA sees 2 devices");
  }

  @Test
  void refusesCudaWithoutADeviceAndAutoSaysWhy() {
    Backends backends =
        new Backends(p -> new Nd4jBackend(), new PretendedCuda(0, "", "no CUDA device: no driver"));
    assertThatThrownBy(() -> backends.choose("cuda"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot use kernels cuda: no CUDA device: no driver");
    assertThat(backends.choose("auto").name()).isEqualTo("cpu");
    assertThat(backends.choiceMade())
        .startsWith(
            "Kernels auto: cpu, for Cannot use kernels cuda: no CUDA device: no driver (ND4J");
  }

  /** Devices and a backend are never asked for: ND4J would be loaded by then. */
  @ParameterizedTest
  @CsvSource({"9.0, 9.0", "12.0, 12.0", "3.5, 3.5", "12.0 9.0, 9.0 or 12.0"})
  void refusesAGpuThatNd4jHasNoCodeForAndAutoSaysWhy(String capabilities, String told) {
    PretendedCuda cuda = new PretendedCuda(0, "", "CUDA was asked", capabilities.split(" "));
    Backends backends = new Backends(p -> new Nd4jBackend(), cuda);
    String why =
        "Cannot use kernels cuda: the first device has compute capability "
            + told
            + ": ND4J 1.0.0-M2.1 holds machine code for 3.7 to 8.6, which runs on all from 3.7 to"
            + " 8.x, and no PTX that the driver could compile for others (set kernels to cpu)";
    assertThatThrownBy(() -> backends.choose("cuda"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(why);
    assertThatThrownBy(() -> backends.choose("cuda", "3"))
        .hasMessageStartingWith(
            "Cannot use kernels cuda: GPU address 3 has compute capability " + told);
    assertThat(cuda.hidden()).hasValue(0);
    assertThat(backends.choose("auto").name()).isEqualTo("cpu");
    assertThat(backends.choiceMade()).startsWith("Kernels auto: cpu, for " + why + " (ND4J ");
    assertThat(cuda.hidden()).hasValue(1);
    assertThat(cuda.opened()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.7", "7.5", "8.6", "8.9", "8.6 9.0"})
  void takesAGpuThatNd4jHasOrMayHaveCodeFor(String capabilities) {
    PretendedCuda cuda = new PretendedCuda(1, "", "", capabilities.split(" "));
    Backends backends = new Backends(p -> new Nd4jBackend(), cuda);
    assertThat(backends.choose("cuda")).isSameAs(backends.choose("auto"));
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
