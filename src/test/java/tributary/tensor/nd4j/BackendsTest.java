package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
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
            () -> {
              made.incrementAndGet();
              return new Nd4jBackend();
            });
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
  @ValueSource(strings = {"plus", "normalize", "exponentials"})
  void refusesABackendThatComputesWrongly(String wrong) {
    Backends backends = new Backends(() -> new Nd4jBackend(1, new WrongRows(wrong)));
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
            () -> {
              throw new ExceptionInInitializerError(new UnsatisfiedLinkError("no jniopenblas"));
            });
    assertThatThrownBy(() -> backends.choose("cpu"))
        .hasMessage("Cannot use kernels cpu: no jniopenblas");
  }

  @Test
  void provesItselfInNoTime() {
    Backend backend = new Nd4jBackend();
    SelfCheck.prove(backend);
    // Processor time: the machine may be busy with something else.
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    SelfCheck.prove(backend);
    assertThat(threads.getCurrentThreadCpuTime() - start).isLessThan(100_000_000L);
    assertThat(backend.nativeUse().now()).isZero();
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
  }
}
