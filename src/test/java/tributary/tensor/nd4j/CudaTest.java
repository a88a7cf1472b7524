package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tributary.tensor.Backend;
import tributary.tensor.SelfCheck;

/**
 * The CUDA backend on the GPU that is here: a build of -Pcuda on a machine with a device. Elsewhere
 * it is skipped and says why; {@link ArrayBackendTest} runs the same checks on ND4J's CPU.
 */
class CudaTest {
  private static @Nullable Backend opened;

  @BeforeAll
  static void skippedWithoutADevice() {
    Cuda cuda = new Cuda.OfNd4j();
    assumeTrue(cuda.built(), "Skipped, not run: this build has no CUDA backend");
    int devices = 0;
    String reason = "ND4J sees no device";
    try {
      devices = cuda.devices();
    } catch (IllegalStateException e) {
      reason = String.valueOf(e.getMessage());
    }
    assumeTrue(devices >= 1, "Skipped, not run: " + reason);
    opened = Backends.named("cuda");
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
