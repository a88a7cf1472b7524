package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;
import tributary.model.Weight;

class CheckpointFolderTest {
  private final List<String> said = new ArrayList<>();

  @TempDir Path dir;

  private CheckpointFolder open(int keep) {
    return CheckpointFolder.open(dir, keep, CheckpointFileTest.run(7), said::add);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  private static Checkpoint at(long step) {
    return CheckpointFileTest.checkpoint(step);
  }

  @Test
  void theLastFewAreKept() throws IOException {
    try (CheckpointFolder folder = open(2)) {
      assertThat(folder.latest()).isEmpty();
      for (long step : new long[] {0, 5, 10, 100}) {
        folder.write(at(step));
        CheckpointFileTest.same(folder.latest().orElseThrow(), at(step));
      }
    }
    assertThat(names())
        .containsExactly("lock", "step-0000000010.safetensors", "step-0000000100.safetensors");
    assertThat(said).isEmpty();
  }

  @Test
  void anOtherRunGoesOnFromThere() {
    try (CheckpointFolder folder = open(2)) {
      folder.write(at(3));
    }
    try (CheckpointFolder folder = open(2)) {
      CheckpointFileTest.same(folder.latest().orElseThrow(), at(3));
    }
    assertThat(said).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 40, -1})
  void aBrokenOneIsSaidAndTheOneBeforeTaken(int length) throws IOException {
    try (CheckpointFolder folder = open(3)) {
      folder.write(at(1));
      Path broken = folder.write(at(2));
      byte[] bytes = Files.readAllBytes(broken);
      Files.write(broken, Arrays.copyOf(bytes, Math.floorMod(length, bytes.length)));
      CheckpointFileTest.same(folder.latest().orElseThrow(), at(1));
      assertThat(said).hasSize(1);
      assertThat(said.get(0))
          .startsWith("Cannot read ")
          .contains(broken + ": ")
          .endsWith("; the one before is taken")
          .doesNotContain("\n");
      folder.write(at(2));
      CheckpointFileTest.same(folder.latest().orElseThrow(), at(2));
    }
  }

  @Test
  void aGoodOneIsNotDeletedForABrokenOneAfterIt() throws IOException {
    try (CheckpointFolder folder = open(1)) {
      Path broken = folder.write(at(9));
      Files.writeString(broken, "broken");
      folder.write(at(5));
      CheckpointFileTest.same(folder.latest().orElseThrow(), at(5));
      assertThat(folder.files()).hasSize(2);
    }
  }

  @Test
  void anotherRunsIsRefusedWithBothSides() {
    try (CheckpointFolder folder = open(2)) {
      folder.write(at(1));
    }
    RunIdentity other =
        RunIdentity.of("9f2c", 8, "1000 records of t\u00e4ble", Map.of("rate", "5e-4"));
    try (CheckpointFolder folder = CheckpointFolder.open(dir, 2, other, said::add)) {
      Path file = folder.files().get(0);
      assertThatThrownBy(folder::latest)
          .isInstanceOf(Refused.class)
          .extracting(e -> ((Refused) e).problems())
          .isEqualTo(
              List.of(
                  "Cannot use checkpoint "
                      + file
                      + ": its run is "
                      + CheckpointFileTest.run(7).hash()
                      + ", this one "
                      + other.hash(),
                  "configuration.objective: ours none, the checkpoint's masked \"0.5\"",
                  "seed: ours 8, the checkpoint's 7"));
      assertThatThrownBy(() -> folder.write(at(2)))
          .hasMessageStartingWith("Cannot write checkpoint");
      assertThat(folder.files()).containsExactly(file);
    }
  }

  /** A real full device, by a link from the place of the temporary file. */
  @Test
  void aFullDiskLeavesTheOthersAsTheyWere() throws IOException {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();
    try (CheckpointFolder folder = open(1)) {
      folder.write(at(1));
      Path part = dir.resolve(".step-0000000002.safetensors.part");
      Files.createSymbolicLink(part, full);
      assertThatThrownBy(() -> folder.write(at(2)))
          .isInstanceOf(LearningStopped.class)
          .hasMessage(
              "Cannot write checkpoint "
                  + dir.resolve("step-0000000002.safetensors")
                  + ": No space left on device (those before it are as they were; a run that is"
                  + " started again goes on)");
      assertThat(names()).containsExactly("lock", "step-0000000001.safetensors");
      CheckpointFileTest.same(folder.latest().orElseThrow(), at(1));
      folder.write(at(2));
      assertThat(names()).containsExactly("lock", "step-0000000002.safetensors");
    }
  }

  @Test
  void whatADeadRunLeftHalfWrittenIsRemoved() throws IOException {
    Files.writeString(dir.resolve(".step-0000000004.safetensors.part"), "half");
    Files.writeString(dir.resolve("report.html"), "kept");
    open(1).close();
    assertThat(names()).containsExactly("lock", "report.html");
  }

  @Test
  void averagesAreOfTheLast() {
    try (CheckpointFolder folder = open(5)) {
      for (long step = 1; step <= 4; step++) {
        folder.write(at(step));
      }
      Map<String, Weight> mean = folder.average(3);
      assertThat(Named.at(mean, "a.weight").values()).containsExactly(1, 0, 3, 1e-40f);
      assertThat(Named.at(mean, "a.weight").shape()).containsExactly(2, 2);
      assertThat(Named.at(mean, "b").values()).containsExactly(0.1f);
      assertThat(Named.at(folder.average(1), "a.weight").values()).containsExactly(1, 0, 4, 1e-40f);
      assertThatThrownBy(() -> folder.average(5))
          .hasMessage("Cannot average 5 checkpoints: " + dir + " has 4 whole ones");
      assertThatThrownBy(() -> folder.average(0)).hasMessage("Invalid average: 0 (1 or more)");
    }
  }

  @Test
  void averagesAreOfWholeOnes() throws IOException {
    try (CheckpointFolder folder = open(5)) {
      folder.write(at(1));
      Files.writeString(folder.write(at(2)), "broken");
      folder.write(at(3));
      assertThat(Named.at(folder.average(2), "a.weight").values()[2]).isEqualTo(2);
      assertThat(said).hasSize(1);
    }
  }

  @Test
  void aFolderIsMade() {
    Path deep = dir.resolve("a/b");
    CheckpointFolder.open(deep, 1, CheckpointFileTest.run(7), said::add).close();
    assertThat(deep).isDirectory();
    assertThatThrownBy(() -> open(0)).hasMessage("Invalid keep: 0 (1 or more)");
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "");
    assertThatThrownBy(() -> CheckpointFolder.open(file, 1, CheckpointFileTest.run(7), said::add))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("Cannot use checkpoint folder " + file + ": ");
  }

  @Test
  void twoRunsOfOneProcessAreTold() {
    CheckpointFolder first = open(1);
    assertThatThrownBy(() -> open(1))
        .isInstanceOf(Refused.class)
        .hasMessageMatching(
            "Cannot use checkpoint folder "
                + dir
                + ": it is in use by process "
                + ProcessHandle.current().pid()
                + " of host \\S+, started \\S+");
    first.close();
    open(1).close();
    assertThat(said).isEmpty();
  }

  /** A refused attempt must not free the folder for others. */
  @Test
  void whoeverIsRefusedLeavesTheLock() throws Exception {
    try (CheckpointFolder first = open(1)) {
      assertThatThrownBy(() -> open(1)).isInstanceOf(Refused.class);
      Process other = otherRun();
      assertThat(other.waitFor()).isEqualTo(1);
      assertThat(new String(other.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("it is in use by process " + ProcessHandle.current().pid() + " of host ");
      assertThat(first.files()).isEmpty();
    }
  }

  private Process otherRun() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("java.class.path", "");
    String run = OtherRun.class.getName();
    return new ProcessBuilder(
            java, "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", classes, run, dir.toString())
        .start();
  }

  /** Holds a folder until it is killed. */
  public static final class OtherRun {
    private OtherRun() {}

    public static void main(String[] arguments) throws IOException {
      RunIdentity run = CheckpointFileTest.run(7);
      try (CheckpointFolder held =
          CheckpointFolder.open(Path.of(arguments[0]), 1, run, line -> {})) {
        System.out.println("held " + held.files().size());
        System.in.read();
      }
    }
  }

  @Test
  void anotherProcessIsToldAndADeadOneTakenOver() throws Exception {
    Process other = otherRun();
    try (BufferedReader out = other.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("held 0");
      assertThatThrownBy(() -> open(1))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("it is in use by process " + other.pid() + " of host ");
    } finally {
      other.destroyForcibly().waitFor();
    }
    open(1).close();
    assertThat(said).hasSize(1);
    assertThat(said.get(0))
        .startsWith("Checkpoints in " + dir + ": taken over from process " + other.pid())
        .endsWith(", which has ended");
  }

  @Test
  void aRunOfAnotherHostIsLeftAlone() throws IOException {
    Files.writeString(dir.resolve("lock"), "elsewhere.example 12 2026-01-01T00:00:00Z\n");
    assertThatThrownBy(() -> open(1))
        .hasMessage(
            "Cannot use checkpoint folder "
                + dir
                + ": it is in use by process 12 of host elsewhere.example, started"
                + " 2026-01-01T00:00:00Z; if it has ended, remove "
                + dir.resolve("lock"));
  }

  @Test
  void anotherProcessWithThatNumberIsNotThatRun() throws IOException {
    String host = InetAddress.getLocalHost().getHostName();
    long pid = ProcessHandle.current().pid();
    Files.writeString(dir.resolve("lock"), host + " " + pid + " 2001-01-01T00:00:00Z\n");
    open(1).close();
    assertThat(said).hasSize(1);
  }

  /** Where the file system keeps no locks: what the file says is asked for. */
  @Test
  void aRunOfThisHostThatLivesIsLeftAlone() throws IOException {
    String host = InetAddress.getLocalHost().getHostName();
    ProcessHandle living = ProcessHandle.current().parent().orElseThrow();
    String start = living.info().startInstant().orElseThrow().toString();
    Files.writeString(dir.resolve("lock"), host + " " + living.pid() + " " + start + "\n");
    assertThatThrownBy(() -> open(1))
        .hasMessageEndingWith(
            "process " + living.pid() + " of host " + host + ", started " + start);
  }

  @Test
  void aLockThatNobodyWroteIsRefused() throws IOException {
    Files.writeString(dir.resolve("lock"), "mine\n");
    assertThatThrownBy(() -> open(1))
        .hasMessageEndingWith(
            "it is in use by \"mine\"; if it has ended, remove " + dir.resolve("lock"));
  }
}
