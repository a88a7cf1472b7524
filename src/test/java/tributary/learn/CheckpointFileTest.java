package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;
import tributary.model.Safetensors;
import tributary.model.Weight;

class CheckpointFileTest {
  private static final Path FIRST = Path.of("src/test/resources/checkpoint/version-1.safetensors");
  private static final Path GOLDEN = Path.of("src/test/resources/checkpoint/version-2.safetensors");

  @TempDir Path dir;

  static RunIdentity run(long seed) {
    Map<String, String> settings = Map.of("rate", "5e-4", "objective", "masked \"0.5\"");
    return RunIdentity.of("9f2c", seed, "1000 records of t\u00e4ble", settings);
  }

  static Weight weight(float... values) {
    return new Weight(new long[] {values.length}, values);
  }

  static Checkpoint checkpoint(long step) {
    Map<String, Weight> weights =
        Map.of(
            "a.weight", new Weight(new long[] {2, 2}, new float[] {1, -0f, step, 1e-40f}),
            "b", new Weight(new long[] {}, new float[] {0.1f}));
    return Checkpoint.of(step, run(7), weights)
        .withMoments(Map.of("first.b", weight(3), "second.b", weight(4)))
        .withVersions(Map.of("tributary", "0.1.0", "java", "17"));
  }

  static void same(Checkpoint actual, Checkpoint expected) {
    assertThat(actual.step()).isEqualTo(expected.step());
    assertThat(actual.identity()).isEqualTo(expected.identity());
    assertThat(actual.versions()).isEqualTo(expected.versions());
    same(actual.weights(), expected.weights());
    same(actual.moments(), expected.moments());
  }

  private static void same(SortedMap<String, Weight> actual, SortedMap<String, Weight> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, w) -> {
          assertThat(Named.at(actual, name).shape()).as(name).isEqualTo(w.shape());
          assertThat(Named.at(actual, name).values()).as(name).isEqualTo(w.values());
        });
  }

  private Path written(Checkpoint checkpoint) throws IOException {
    Path file = dir.resolve("a.safetensors");
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      CheckpointFile.write(channel, checkpoint);
    }
    return file;
  }

  @Test
  void comesBackBitByBit() throws IOException {
    same(CheckpointFile.read(written(checkpoint(12))), checkpoint(12));
    Checkpoint bare = Checkpoint.of(0, run(1), Map.of());
    same(CheckpointFile.read(written(bare)), bare);
  }

  /** Kept for ever: later versions read it. */
  @Test
  void theSecondVersionIsRead() throws IOException {
    same(CheckpointFile.read(GOLDEN), checkpoint(12));
    assertThat(written(checkpoint(12))).hasSameBinaryContentAs(GOLDEN);
  }

  /** Before any release: it had places for what no run wrote. */
  @Test
  void theFirstVersionIsRefusedWithBothSides() {
    assertThatThrownBy(() -> CheckpointFile.read(FIRST))
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot read checkpoint " + FIRST + ": version 1 (expected 2)");
  }

  @Test
  void isASafetensorsFile() {
    Safetensors file = Safetensors.read(GOLDEN);
    assertThat(file.entries().keySet())
        .containsExactly("moment.first.b", "moment.second.b", "weight.a.weight", "weight.b");
    assertThat(file.metadata()).containsOnlyKeys("checkpoint", "sha256");
  }

  @Test
  void anyChangedByteIsSeen() throws IOException {
    byte[] whole = Files.readAllBytes(GOLDEN);
    Path file = dir.resolve("changed");
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 1;
      Files.write(file, changed);
      assertThatThrownBy(() -> CheckpointFile.read(file))
          .as("byte " + i)
          .isInstanceOf(Refused.class);
    }
  }

  @Test
  void theChecksumSaysBothSides() throws IOException {
    byte[] changed = Files.readAllBytes(GOLDEN);
    changed[changed.length - 1] ^= 1;
    Path file = Files.write(dir.resolve("changed"), changed);
    assertThatThrownBy(() -> CheckpointFile.read(file))
        .hasMessageMatching(
            "Cannot read checkpoint .*changed: sha256 [0-9a-f]{64} \\(expected [0-9a-f]{64}\\)");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 8, 100, 700})
  void aFileCutShortIsRefused(int length) throws IOException {
    byte[] whole = Files.readAllBytes(GOLDEN);
    Path file = Files.write(dir.resolve("cut"), Arrays.copyOf(whole, length));
    assertThatThrownBy(() -> CheckpointFile.read(file))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("Cannot read " + file + ": ");
  }

  /** One field changed, and the file sealed anew: the field itself is checked. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'kind':'tributary-checkpoint' | 'kind':'other' | kind other (expected"
            + " tributary-checkpoint)",
        "'version':2, | 'version':3, | version 3 (expected 2)",
        "'version':2, | '' | version missing (expected an integer)",
        "'step':12 | 'step':-1 | step -1 (expected 0 or more)",
        "'step':12 | 'step':1.5 | step 1.5 (expected an integer)",
        "'hash':'.{64}' | 'hash':'00' | hash 00 (expected HASH)",
        "'model':'9f2c' | 'model':'9f2d' | hash HASH (expected OTHER)",
        "'model':'9f2c' | 'model':3 | model 3 (expected text)",
        "'seed':7 | 'seed':8 | hash HASH (expected OTHER)",
        "'seed':7 | 'seed':'7' | seed \"7\" (expected an integer)",
        "'order':'1000 | 'order':'1001 | hash HASH (expected OTHER)",
        "'rate':'5e-4' | 'rate':'5e-3' | hash HASH (expected OTHER)",
        "'configuration':\\{.*?\\}, | '' | configuration missing (expected texts by name)",
        "'java':'17' | 'java':17 | java 17 (expected text)",
        "'versions':\\{.*?\\} | 'versions':0 | versions 0 (expected texts by name)",
        "'seed':7 | 'seed':7,'seed':7 | metadata is no valid JSON: Duplicate field 'seed'",
      })
  void eachFieldIsChecked(String field, String changed, String message) throws IOException {
    Safetensors golden = Safetensors.read(GOLDEN);
    String json = golden.metadata().getOrDefault("checkpoint", "");
    String other = json.replaceFirst(field.replace('\'', '"'), changed.replace('\'', '"'));
    if (changed.equals("''") || changed.isEmpty()) {
      other = json.replaceFirst(field.replace('\'', '"'), "");
    }
    assertThat(other).isNotEqualTo(json);
    Path file = sealed(tensors(golden), other);
    String said = "Cannot read checkpoint " + file + ": " + message;
    String pattern =
        Pattern.quote(said).replace("HASH", "\\E.{64}\\Q").replace("OTHER", "\\E.{64}\\Q");
    assertThatThrownBy(() -> CheckpointFile.read(file)).hasMessageMatching(pattern);
  }

  @Test
  void anUnknownTensorIsRefused() throws IOException {
    Safetensors golden = Safetensors.read(GOLDEN);
    Map<String, Weight> tensors = tensors(golden);
    tensors.put("other.b", weight(1));
    Path file = sealed(tensors, golden.metadata().getOrDefault("checkpoint", ""));
    assertThatThrownBy(() -> CheckpointFile.read(file))
        .hasMessageEndingWith("tensor other.b (expected one of [weight., moment.])");
  }

  @Test
  void aFileWithoutASealIsRefused() {
    Path file = dir.resolve("open");
    Safetensors.write(file, Map.of("weight.b", weight(1)), Map.of("sha256x", "1"));
    assertThatThrownBy(() -> CheckpointFile.read(file))
        .hasMessage("Cannot read checkpoint " + file + ": no sha256 among its metadata");
  }

  private static Map<String, Weight> tensors(Safetensors file) {
    Map<String, Weight> tensors = new LinkedHashMap<>();
    file.entries().keySet().forEach(name -> tensors.put(name, file.weight(name)));
    return tensors;
  }

  private Path sealed(Map<String, Weight> tensors, String json) throws IOException {
    Path file = dir.resolve("sealed");
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      Safetensors.write(channel, tensors, Map.of("checkpoint", json, Seal.KEY, Seal.OPEN));
      Seal.close(channel);
    }
    return file;
  }

  @Test
  void identitiesTellWhatDiffers() {
    RunIdentity a = RunIdentity.of("m", 1, "o", Map.of("x", "1", "y", "2"));
    RunIdentity b = RunIdentity.of("n", 2, "p", Map.of("x", "1", "z", "3"));
    assertThat(a.differences(a)).isEmpty();
    assertThat(a.differences(b))
        .containsExactly(
            "configuration.y: ours 2, the checkpoint's none",
            "configuration.z: ours none, the checkpoint's 3",
            "model: ours m, the checkpoint's n",
            "order: ours o, the checkpoint's p",
            "seed: ours 1, the checkpoint's 2");
    assertThat(a.hash()).hasSize(64).isNotEqualTo(b.hash());
    assertThat(RunIdentity.of("m", 1, "o", Map.of("y", "2", "x", "1")).hash()).isEqualTo(a.hash());
    assertThat(RunIdentity.of("m", 1, "o", Map.of("a", "bc")).hash())
        .isNotEqualTo(RunIdentity.of("m", 1, "o", Map.of("ab", "c")).hash());
  }

  @Test
  void aStepBelowZeroIsRefused() {
    assertThatThrownBy(() -> Checkpoint.of(-1, run(1), Map.of()))
        .hasMessage("Invalid step: -1 (0 or more)");
  }
}
