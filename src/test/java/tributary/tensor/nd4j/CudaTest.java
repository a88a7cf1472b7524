package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tributary.tensor.Backend;
import tributary.tensor.SelfCheck;

/**
 * The CUDA backend on the GPU that is here: a build of -Pcuda on a machine with a device. Elsewhere
 * it is skipped and says why; {@link ArrayBackendTest} runs the same checks on ND4J's CPU.
 */
class CudaTest {
  private static @Nullable Backend opened;

  private static String absent = "";

  @BeforeAll
  static void opensTheDevice() {
    Cuda cuda = new Cuda.OfNd4j();
    absent = cuda.built() ? missing(cuda) : "this build has no CUDA backend";
    if (absent.isEmpty()) {
      opened = Backends.open(Kernels.of("cuda"));
    }
  }

  private static String missing(Cuda cuda) {
    try {
      String problem = ComputeCapability.problem(cuda.capabilities(""));
      if (problem != null) {
        return "the first device has " + problem;
      }
    } catch (IOException e) {
      System.out.println("CudaTest: nobody tells the compute capability: " + e.getMessage());
    }
    try {
      return cuda.devices() >= 1 ? "" : "ND4J sees no device";
    } catch (IllegalStateException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** One by one, so that each is counted as skipped. */
  @BeforeEach
  void skippedWithoutADevice() {
    assumeTrue(absent.isEmpty(), "Skipped, not run: " + absent);
  }

  @AfterAll
  static void givesItsMemoryBack() {
    if (opened != null) {
      opened.close();
      assertThat(opened.nativeUse().now()).isZero();
    }
  }

  private static Backend cuda() {
    return Objects.requireNonNull(opened);
  }

  @Test
  void isCudaAndProvesItself() {
    assertThat(cuda().name()).isEqualTo("cuda");
    assertThat(cuda().describe()).contains("whole arrays, device 0");
    SelfCheck.prove(cuda());
  }

  @Test
  void agreesWithTheOracleTwice() {
    DeviceChecks.agreesWithTheOracleTwice(cuda());
  }

  @Test
  void sameBitsInEveryThread() throws Exception {
    DeviceChecks.sameBitsInEveryThread(cuda(), 4);
  }

  @Test
  void goldenCasesAgree() {
    DeviceChecks.goldenCasesAgree(cuda());
  }
}
