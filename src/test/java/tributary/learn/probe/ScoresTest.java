package tributary.learn.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoresTest {
  private static final Examples FOUR =
      new Examples(new double[5], 1, new int[] {0, 0, 0, 1, 2}, List.of("a", "b", "c", "d"));

  /** a: 2 of 3, said 3 times; b: 1 of 1, said once; c: 0 of 1, said once; d does not occur. */
  @Test
  void theyAreCountedByClass() {
    Scores scores = Scores.of(FOUR, new int[] {0, 0, 2, 1, 0});
    assertThat(scores.tested()).isEqualTo(5);
    assertThat(scores.right()).isEqualTo(3);
    assertThat(scores.accuracy()).isEqualTo(0.6);
    assertThat(scores.macroF1()).isCloseTo((2.0 * 2 / 6 + 1 + 0) / 3, within(1e-15));
    assertThat(scores.classes().get(0)).isEqualTo(new Scores.ClassScore("a", 3, 2, 3, 2.0 / 3));
    assertThat(scores.classes().get(3)).isEqualTo(new Scores.ClassScore("d", 0, 0, 0, 0));
  }

  /** Values of the formula in another language. */
  @ParameterizedTest
  @CsvSource({
    "8, 10, 0.4901624715366418, 0.9433178485456247",
    "0, 5, 0, 0.43448246478317476",
    "5, 5, 0.5655175352168252, 1"
  })
  void intervalsAreWilsons(int right, int tested, double low, double high) {
    double[] interval = Scores.wilson(right, tested);
    assertThat(interval[0]).isCloseTo(low, within(1e-14));
    assertThat(interval[1]).isCloseTo(high, within(1e-14));
  }

  @Test
  void nothingTestedHasNoScore() {
    assertThatThrownBy(() -> Scores.of(FOUR, new int[4]))
        .hasMessage("Invalid predictions: 4 (as many as rows, 5, >= 1)");
  }

  @Test
  void aReportTellsFiguresAndWhatWasLeftOut() {
    Scores scores = Scores.of(FOUR, new int[] {0, 0, 2, 1, 0});
    ProbeReport report =
        new ProbeReport(
            "t",
            "u",
            "kind",
            "by column s",
            10,
            2,
            3,
            1,
            256,
            4,
            0.01,
            false,
            "a",
            0.6,
            scores,
            7,
            scores);
    assertThat(report.lines())
        .containsExactly(
            "table       t, kind in 4 classes, 256 numbers",
            "divided     by column s",
            "fitted to   10 records of u; 2 of them chose l2: 0.01",
            "tested on   5 records",
            "left out    3 without a label, 1 without an embedding",
            "accuracy    0.6000 (0.2307 to 0.8824, Wilson 95 %)",
            "macro-F1    0.5556",
            "majority    0.6000 (always a)",
            "neighbours  0.6000 (0.2307 to 0.8824, Wilson 95 %), macro-F1 0.5556, 7 by cosine",
            "warning     The fit did not converge: the figures are those of its last step",
            "by class    accuracy, right of tested",
            "  0.6667        2 of       3  a",
            "  1.0000        1 of       1  b",
            "  0.0000        0 of       1  c",
            "  0.0000        0 of       0  d");
    assertThat(report.json()).contains("\"macroF1\"", "\"vote\"", "\"label\" : \"d\"");
  }

  /** Of a hash made in another language: who divided by it before divides by it still. */
  @Test
  void recordsAreDividedByTheirIds() {
    assertThat(new Division(3, 0.25024).fits("é")).isFalse();
    assertThat(new Division(3, 0.25025).fits("é")).isTrue();
    assertThat(new Division(3, 1).validates("é")).as("0.80069").isFalse();
    int fit = 0;
    int both = 0;
    Division division = new Division(1, 0.8);
    for (int i = 0; i < 10_000; i++) {
      fit += division.fits("r" + i) ? 1 : 0;
      both += division.fits("r" + i) && division.validates("r" + i) ? 1 : 0;
    }
    // Six deviations of the binomial distribution.
    assertThat(fit).isBetween(7_760, 8_240);
    assertThat(both).isBetween(1_380, 1_820);
    assertThat(new Division(1, 1).fits("anything")).isTrue();
    assertThatThrownBy(() -> new Division(1, 0))
        .hasMessage("Invalid fraction: 0.0 (above 0, at most 1)");
  }
}
