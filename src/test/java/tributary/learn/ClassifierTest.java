package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems.Refused;
import tributary.model.Safetensors;
import tributary.model.Weight;

class ClassifierTest {
  private static final Path GOLDEN = Path.of("src/test/resources/classifier/version-1");

  @TempDir Path folder;

  private static final Classifier TWO =
      new Classifier(
          "hash",
          "kind",
          List.of("a, b", "\"c\""),
          new Weight(new long[] {2, 3}, new float[] {1, 0, -1, 0, 2, 1}),
          new Weight(new long[] {2}, new float[] {0.5f, 0}));

  @Test
  void theLargestLogitTellsTheClass() {
    assertThat(TWO.predict(new float[] {1, 0, 0})).isEqualTo(0); // 1.5, 0
    assertThat(TWO.predict(new float[] {1, 1, 0})).isEqualTo(1); // 1.5, 2
    assertThat(TWO.predict(new float[] {0, 0.25f, 0})).as("0.5, 0.5: the first").isEqualTo(0);
    assertThatThrownBy(() -> TWO.predict(new float[2]))
        .hasMessage("Invalid embedding: 2 numbers (3 of them)");
  }

  @Test
  void itIsReadAsItWasWritten() throws IOException {
    TWO.save(folder);
    same(Classifier.load(folder, "hash"), TWO);
  }

  private static void same(Classifier read, Classifier expected) {
    assertThat(read.model()).isEqualTo(expected.model());
    assertThat(read.label()).isEqualTo(expected.label());
    assertThat(read.classes()).isEqualTo(expected.classes());
    assertThat(read.weight().shape()).isEqualTo(expected.weight().shape());
    assertThat(read.weight().values()).isEqualTo(expected.weight().values());
    assertThat(read.bias().values()).isEqualTo(expected.bias().values());
  }

  /** Kept for ever: later versions read it. */
  @Test
  void theFirstVersionIsRead() throws IOException {
    same(Classifier.load(GOLDEN, "hash"), TWO);
    TWO.save(folder);
    assertThat(folder.resolve(Classifier.FILE))
        .hasSameBinaryContentAs(GOLDEN.resolve(Classifier.FILE));
  }

  @Test
  void theFileOfAnotherVersionIsRefusedWithBothSides() throws IOException {
    String golden = Files.readString(GOLDEN.resolve(Classifier.FILE), StandardCharsets.ISO_8859_1);
    String other = golden.replace("\"version\":\"1\"", "\"version\":\"7\"");
    assertThat(other).isNotEqualTo(golden);
    Path file = folder.resolve(Classifier.FILE);
    Files.writeString(file, other, StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> Classifier.load(folder, "hash"))
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot read classifier " + file + ": version 7 (expected 1)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version | 2        | version 2 (expected 1)",
        "version |          | no version in its metadata",
        "model   | other    | model other (expected hash)",
        "label   |          | no label in its metadata",
        "classes | null     | classes with null",
        "classes | [null, 1] | classes with null",
        "classes | no list  | Unrecognized token",
        "classes | [1]      | [2, 3] and [2] (1 rows)",
      })
  void metadataThatDoNotFitAreRefused(String key, @Nullable String value, String message) {
    Map<String, String> metadata = new HashMap<>();
    metadata.putAll(Map.of("version", "1", "model", "hash", "label", "l", "classes", "[1, 2]"));
    if (value == null) {
      metadata.remove(key);
    } else {
      metadata.put(key, value);
    }
    write(TWO.bias(), metadata);
    assertThatThrownBy(() -> Classifier.load(folder, "hash"))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("Cannot read classifier " + folder.resolve(Classifier.FILE))
        .hasMessageContaining(message);
  }

  @Test
  void tensorsThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> Classifier.load(folder, "hash"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no such file");
    write(
        new Weight(new long[] {2, 1}, new float[2]),
        Map.of("version", "1", "model", "hash", "label", "l", "classes", "[1, 2]"));
    assertThatThrownBy(() -> Classifier.load(folder, "hash"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("[2, 3] and [2, 1] (2 rows)");
  }

  private void write(Weight bias, Map<String, String> metadata) {
    Safetensors.write(
        folder.resolve(Classifier.FILE), Map.of("weight", TWO.weight(), "bias", bias), metadata);
  }
}
