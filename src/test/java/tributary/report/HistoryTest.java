package tributary.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.report.LearningReport.Step;
import tributary.report.LearningReport.Validation;

class HistoryTest {
  private static final Validation AT_2 =
      new Validation(
          2, new TreeMap<>(Map.of("masked/text", 0.5)), new TreeMap<>(Map.of("probe", 1 / 3.0)));

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve(History.FILE);
  }

  private static Step step(long step, double loss) {
    return new Step(
        step,
        step / 7.0,
        5e-4,
        1.5,
        80,
        new TreeMap<>(Map.of("masked/\"\u05d0\n", loss)),
        new TreeMap<>(Map.of("accuracy", 1 - loss)));
  }

  private void written(long steps) throws IOException {
    try (History history = History.open(file, 0)) {
      for (long i = 1; i <= steps; i++) {
        history.append(step(i, 1.0 / i));
        if (i == 2) {
          history.append(AT_2);
        }
      }
    }
  }

  @Test
  void comesBackAsItWas() throws IOException {
    List<Step> steps =
        List.of(
            step(1, Double.NaN),
            step(2, Double.NEGATIVE_INFINITY),
            step(3, Double.MIN_VALUE),
            step(5, Double.POSITIVE_INFINITY));
    try (History history = History.open(file, 0)) {
      for (Step step : steps) {
        history.append(step);
        if (step.step() == 2) {
          history.append(AT_2);
        }
      }
    }
    History.Recorded recorded = History.read(file);
    assertThat(recorded.steps()).isEqualTo(steps);
    assertThat(recorded.validations()).containsExactly(AT_2);
    assertThat(Files.readString(file)).contains("\"masked/\\\"\u05d0\\n\":\"NaN\"");
  }

  @Test
  void noFileIsAnEmptyHistory() throws IOException {
    assertThat(History.read(file).steps()).isEmpty();
    assertThat(History.read(file).validations()).isEmpty();
  }

  /** After every step that a checkpoint may be of, a resumed run ends with the same bytes. */
  @Test
  void aResumedRunWritesWhatAnUndisturbedOneDoes() throws IOException {
    written(4);
    byte[] undisturbed = Files.readAllBytes(file);
    for (long after = 0; after <= 4; after++) {
      Files.write(file, new byte[] {'{', '"', 's'}, StandardOpenOption.APPEND);
      try (History history = History.open(file, after)) {
        assertThat(History.read(file).steps()).hasSize((int) after);
        assertThat(History.read(file).validations()).hasSize(after < 2 ? 0 : 1);
        for (long i = after + 1; i <= 4; i++) {
          history.append(step(i, 1.0 / i));
          if (i == 2) {
            history.append(AT_2);
          }
        }
      }
      assertThat(Files.readAllBytes(file)).as("after %d", after).isEqualTo(undisturbed);
    }
  }

  /** Wherever a kill cuts the last line, all whole ones are there and it goes on behind them. */
  @Test
  void aTornLineCountsAsNeverWritten() throws IOException {
    written(3);
    byte[] whole = Files.readAllBytes(file);
    int last =
        new String(whole, java.nio.charset.StandardCharsets.ISO_8859_1)
                .lastIndexOf('\n', whole.length - 2)
            + 1;
    for (int length = last; length < whole.length; length++) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThat(History.read(file).steps()).as("%d bytes", length).hasSize(2);
      try (History history = History.open(file, 2)) {
        history.append(step(3, 1.0 / 3));
      }
      assertThat(Files.readAllBytes(file)).as("%d bytes", length).isEqualTo(whole);
    }
  }

  @Test
  void aLineThatCantBeReadIsNamed() throws IOException {
    written(1);
    Files.writeString(file, "{\"step\":2}\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> History.read(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot read history.jsonl: line 2: a step and its losses expected");
    Files.writeString(file, "{\"step\":2,\"losses\":{}}\n");
    assertThatThrownBy(() -> History.read(file))
        .hasMessage("Cannot read history.jsonl: line 1: a learning rate, or measures expected");
    Files.writeString(file, "{\"step\":2,\"losses\":{\"a\":\"x\"},\"measures\":{}}\n");
    assertThatThrownBy(() -> History.open(file, 2))
        .hasMessage("Cannot read history.jsonl: line 1: a number expected, found \"x\"");
    Files.writeString(file, "nonsense\n");
    assertThatThrownBy(() -> History.read(file))
        .hasMessageStartingWith("Cannot read history.jsonl: line 1: Unrecognized token 'nonsense'");
  }

  @Test
  void stepsAscendInTheFileToo() throws IOException {
    written(1);
    Files.write(file, Files.readAllBytes(file), StandardOpenOption.APPEND);
    assertThatThrownBy(() -> History.read(file))
        .hasMessage("Cannot read history.jsonl: line 2: step 1 after 1");
  }

  @Test
  void refusesWhatIsNotLater() throws IOException {
    assertThatThrownBy(() -> History.open(file, -1)).hasMessage("Invalid after: -1 (a step, or 0)");
    written(2);
    try (History history = History.open(file, 2)) {
      assertThatThrownBy(() -> history.append(step(2, 1)))
          .hasMessage("Invalid step: 2 (later than 2)");
      assertThatThrownBy(() -> history.append(AT_2)).hasMessage("Invalid step: 2 (later than 2)");
      history.append(step(4, 1));
      assertThatThrownBy(() -> history.append(new Validation(3, new TreeMap<>(), new TreeMap<>())))
          .hasMessage("Invalid step: 3 (later than 3)");
    }
  }
}
