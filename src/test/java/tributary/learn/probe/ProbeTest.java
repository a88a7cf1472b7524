package tributary.learn.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProbeTest {
  private static final Examples CLOUDS = Clouds.of(600, 8, 4, 3, 3);

  private static boolean[] everyFifth(int n) {
    boolean[] validates = new boolean[n];
    for (int i = 0; i < n; i += 5) {
      validates[i] = true;
    }
    return validates;
  }

  @Test
  void cloudsAreToldApartWhateverTheirColumnsScales() {
    double[] rows = CLOUDS.rows().clone();
    for (int i = 0; i < rows.length; i++) {
      rows[i] = 7 + rows[i] * (i % 8 == 0 ? 1e4 : 1e-4);
    }
    Examples scaled = new Examples(rows, 8, CLOUDS.labels(), CLOUDS.classes());
    for (Examples e : List.of(CLOUDS, scaled)) {
      Probe probe = Probe.fit(e, everyFifth(e.n()));
      assertThat(probe.model().converged()).isTrue();
      assertThat(Scores.of(e, probe.predict(e)).accuracy()).isGreaterThan(0.95);
    }
  }

  /** Where the label can't be read, the strongest penalty is as good as any on other rows. */
  @Test
  void noiseIsFittedWithALargePenalty() {
    Random random = new Random(8);
    int n = 300;
    Examples noise =
        new Examples(
            random.doubles(n * 40L, -1, 1).toArray(),
            40,
            random.ints(n, 0, 3).toArray(),
            Clouds.names(3));
    Probe probe = Probe.fit(noise, everyFifth(n));
    assertThat(probe.model().l2()).isIn(Probe.L2);
    Examples other = Clouds.of(300, 40, 3, 0, 9);
    assertThat(Scores.of(other, probe.predict(other)).accuracy()).isLessThan(0.5);
    Probe clear = Probe.fit(CLOUDS, everyFifth(CLOUDS.n()));
    assertThat(clear.model().l2()).isLessThanOrEqualTo(probe.model().l2());
  }

  @Test
  void somethingHasToChoose() {
    assertThatThrownBy(() -> Probe.fit(CLOUDS, new boolean[600]))
        .hasMessage("Invalid validation: 0 of 600 rows (some, not all)");
  }

  @Test
  void standardisedColumnsHaveMeanZeroAndDeviationOne() {
    Examples e =
        new Examples(new double[] {1, 5, 3, 5, 5, 5}, 2, new int[] {0, 0, 0}, List.of("a"));
    double r = Math.sqrt(1.5);
    double[] expected = {-r, 0, 0, 0, r, 0};
    double[] found = Standard.of(e).apply(e).rows();
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-15));
    }
  }

  @Test
  void neighboursAreThoseOfAPlainSort() {
    Examples fitted = Clouds.of(301, 5, 3, 1, 6);
    Examples asked = Clouds.of(131, 5, 3, 1, 7);
    int k = 7;
    int[] expected = new int[asked.n()];
    for (int q = 0; q < asked.n(); q++) {
      int row = q;
      Integer[] order = new Integer[fitted.n()];
      Arrays.setAll(order, i -> i);
      Arrays.sort(
          order,
          (a, b) -> Double.compare(cosine(asked, row, fitted, b), cosine(asked, row, fitted, a)));
      int[] votes = new int[3];
      double[] sums = new double[3];
      for (int j = 0; j < k; j++) {
        votes[fitted.labels()[order[j]]]++;
        sums[fitted.labels()[order[j]]] += cosine(asked, row, fitted, order[j]);
      }
      for (int c = 1; c < 3; c++) {
        int best = expected[q];
        boolean nearer = votes[c] == votes[best] && sums[c] > sums[best];
        expected[q] = votes[c] > votes[best] || nearer ? c : best;
      }
    }
    assertThat(new CosineNeighbours(fitted, k).predict(asked)).containsExactly(expected);
  }

  private static double cosine(Examples a, int i, Examples b, int j) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int c = 0; c < a.width(); c++) {
      double x = a.rows()[i * a.width() + c];
      double y = b.rows()[j * a.width() + c];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    return dot / Math.sqrt(aa * bb);
  }

  @Test
  void aRowIsItsOwnNeighbourAndZerosGoByOrder() {
    Examples e =
        new Examples(
            new double[] {0, 0, 1, 2, 2, 4, -1, 3},
            2,
            new int[] {2, 0, 1, 1},
            List.of("a", "b", "c"));
    // Rows 1 and 2 have one direction: the first of them votes. Zeros are as far from all.
    assertThat(new CosineNeighbours(e, 1).predict(e)).containsExactly(2, 0, 0, 1);
    assertThat(new CosineNeighbours(e, 99).predict(e)).containsOnly(1);
    assertThatThrownBy(() -> new CosineNeighbours(e, 0)).hasMessage("Invalid neighbours: 0 (>= 1)");
  }

  @Test
  void examplesBelongTogether() {
    assertThatThrownBy(() -> new Examples(new double[3], 2, new int[2], List.of("a")))
        .hasMessage("Invalid rows: 3 values (2 rows of width 2)");
    assertThatThrownBy(() -> new Examples(new double[2], 1, new int[] {0, 1}, List.of("a")))
        .hasMessage("Invalid label: 1 (0 to 0)");
  }
}
