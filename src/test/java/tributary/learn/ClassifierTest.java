package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
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
    Classifier read = Classifier.load(folder, "hash");
    assertThat(read.label()).isEqualTo("kind");
    assertThat(read.classes()).isEqualTo(TWO.classes());
    assertThat(read.weight().values()).isEqualTo(TWO.weight().values());
    assertThat(read.bias().values()).isEqualTo(TWO.bias().values());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version | 2        | version 2, this program knows 1",
        "version |          | no version in its metadata",
        "model   | other    | it is of model other, not of hash",
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
