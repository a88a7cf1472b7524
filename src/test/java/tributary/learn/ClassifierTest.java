package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.Problems.Refused;
import tributary.model.Safetensors;
import tributary.model.Weight;

class ClassifierTest {
  @TempDir Path folder;

  private static final Classifier TWO =
      new Classifier(
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
    Classifier read = Classifier.load(folder);
    assertThat(read.label()).isEqualTo("kind");
    assertThat(read.classes()).isEqualTo(TWO.classes());
    assertThat(read.weight().values()).isEqualTo(TWO.weight().values());
    assertThat(read.bias().values()).isEqualTo(TWO.bias().values());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> Classifier.load(folder))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no such file");
    Safetensors.write(
        folder.resolve(Classifier.FILE),
        Map.of("weight", TWO.weight(), "bias", TWO.bias()),
        Map.of("label", "kind", "classes", "[\"a\"]"));
    assertThatThrownBy(() -> Classifier.load(folder))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("[2, 3] and [2] (1 rows)");
    Safetensors.write(
        folder.resolve(Classifier.FILE),
        Map.of("weight", TWO.weight(), "bias", TWO.bias()),
        Map.of("classes", "no list"));
    assertThatThrownBy(() -> Classifier.load(folder)).isInstanceOf(Refused.class);
  }
}
