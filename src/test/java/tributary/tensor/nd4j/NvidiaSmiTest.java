package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.nd4j.NvidiaSmi.Gpu;

/** On programs that pretend to be nvidia-smi, and on what it says. */
class NvidiaSmiTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path folder;

  /** An nvidia-smi that does this. */
  static Path program(Path folder, String body) throws IOException {
    Path program = Files.writeString(folder.resolve("nvidia-smi"), "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private List<Gpu> gpus(String body) throws IOException {
    return new NvidiaSmi(program(folder, body).toString(), LONG).gpus();
  }

  @Test
  void readsWhatItSays() throws IOException {
    assertThat(gpus("echo '0, GPU-5f2e, 8.6'; echo '1, GPU-90aa, 12.0'; echo trouble >&2"))
        .containsExactly(
            new Gpu(0, "GPU-5f2e", new ComputeCapability(8, 6)),
            new Gpu(1, "GPU-90aa", new ComputeCapability(12, 0)));
  }

  @Test
  void isAskedForWhatIsRead() {
    assertThatThrownBy(() -> gpus("echo \"$@\""))
        .hasMessageEndingWith(
            "nvidia-smi says: --query-gpu=index,uuid,compute_cap --format=csv,noheader");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exit 0 | nvidia-smi lists no GPU",
        "exit 9 | nvidia-smi exits with 9",
        "echo no driver | nvidia-smi says: no driver",
        "echo no driver; exit 9 | nvidia-smi exits with 9: no driver",
        "echo 0, GPU-5f2e | nvidia-smi says: 0, GPU-5f2e",
        "echo a, GPU-5f2e, 8.6 | nvidia-smi says: a, GPU-5f2e, 8.6",
        "echo 0, GPU-5f2e, [N/A]"
            + " | nvidia-smi: Invalid compute capability: [N/A] (major.minor, such as 8.6)",
      })
  void saysWhyItCannotTell(String body, String why) {
    assertThatThrownBy(() -> gpus(body)).isInstanceOf(IOException.class).hasMessageEndingWith(why);
  }

  @Test
  void itsAbsenceIsLegal() {
    NvidiaSmi absent = new NvidiaSmi(folder.resolve("nowhere").toString(), LONG);
    assertThatThrownBy(absent::gpus)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No such file");
  }

  /** It waits for a line that nobody writes. */
  @Test
  void isNotWaitedForLongerThanTheLimit() throws IOException {
    NvidiaSmi hung = new NvidiaSmi(program(folder, "read line").toString(), Duration.ofMillis(100));
    assertThatThrownBy(hung::gpus)
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("nvidia-smi does not answer within 100 ms");
  }

  @Test
  void aTaskThatIsKilledStopsWaiting() throws IOException {
    NvidiaSmi hung = new NvidiaSmi(program(folder, "read line").toString(), LONG);
    Thread.currentThread().interrupt();
    assertThatThrownBy(hung::gpus)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("nvidia-smi was asked");
    assertThat(Thread.interrupted()).isTrue();
  }

  /** By what the environment says of the devices; the tool is asked once. */
  @Test
  void capabilitiesOfAddresses() throws IOException {
    Path asked = folder.resolve("asked");
    String body = "echo once >> " + asked + "; echo '0, GPU-1a, 8.0'; echo '1, GPU-7c, 9.0'";
    NvidiaSmi smi = new NvidiaSmi(program(folder, body).toString(), LONG);
    Cuda plain = new Cuda.OfNd4j(smi, Map.of());
    assertThat(plain.capabilities("GPU-7c")).containsExactly(new ComputeCapability(9, 0));
    assertThat(plain.capabilities("1")).hasSize(2);
    assertThat(asked).hasContent("once");
    Cuda byBus = new Cuda.OfNd4j(smi, Map.of("CUDA_DEVICE_ORDER", "PCI_BUS_ID"));
    assertThat(byBus.capabilities("1")).containsExactly(new ComputeCapability(9, 0));
    assertThat(byBus.capabilities("")).containsExactly(new ComputeCapability(8, 0));
    Cuda second =
        new Cuda.OfNd4j(
            smi, Map.of("CUDA_DEVICE_ORDER", "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES", "1"));
    assertThat(second.capabilities("")).containsExactly(new ComputeCapability(9, 0));
  }

  @Test
  void aFailureIsKeptToo() throws IOException {
    Path asked = folder.resolve("asked");
    String body = "echo once >> " + asked + "; exit 9";
    Cuda cuda = new Cuda.OfNd4j(new NvidiaSmi(program(folder, body).toString(), LONG), Map.of());
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> cuda.capabilities("")).hasMessageEndingWith("exits with 9");
    }
    assertThat(asked).hasContent("once");
  }

  @ParameterizedTest
  @CsvSource({
    "2.1, false",
    "3.5, false",
    "3.7, true",
    "5.0, true",
    "7.5, true",
    "8.0, true",
    "8.6, true",
    "8.7, true",
    "8.9, true",
    "8.10, true",
    "9.0, false",
    "10.0, false",
    "12.1, false"
  })
  void whatNd4jRunsOn(String capability, boolean runs) {
    ComputeCapability read = ComputeCapability.of(capability);
    assertThat(read.runsNd4j()).isEqualTo(runs);
    assertThat(read).hasToString(capability);
  }

  /** Its CUDA build is to be looked into again where this fails. */
  @Test
  void theNd4jThatWasLookedIntoIsTheOneHere() {
    assertThat(Nd4jBackend.version()).isEqualTo(ComputeCapability.ND4J);
  }

  @Test
  void numbersAreInTheirOrder() {
    assertThat(
            new TreeSet<>(
                List.of(
                    ComputeCapability.of("12.0"),
                    ComputeCapability.of("8.10"),
                    ComputeCapability.of("8.9"))))
        .extracting(ComputeCapability::toString)
        .containsExactly("8.9", "8.10", "12.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "8", "8.", ".6", "8.6.1", "-8.6", "8,6", "99999.0", " 8.6"})
  void refusesWhatIsNoCapability(String text) {
    assertThatThrownBy(() -> ComputeCapability.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid compute capability: " + text + " (major.minor, such as 8.6)");
  }
}
