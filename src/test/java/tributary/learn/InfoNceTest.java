package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InfoNceTest {
  private static float[][] units(int n, int d, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] all = new float[n][d];
    for (float[] row : all) {
      double squares = 0;
      for (int c = 0; c < d; c++) {
        row[c] = (float) random.nextDouble(-1, 1);
        squares += (double) row[c] * row[c];
      }
      for (int c = 0; c < d; c++) {
        row[c] /= (float) Math.sqrt(squares);
      }
    }
    return all;
  }

  private static boolean[] all(int n) {
    boolean[] all = new boolean[n];
    Arrays.fill(all, true);
    return all;
  }

  /** The mean over all pairs, by the formula, in double. */
  private static double mean(double[][] a, double[][] b, double temperature) {
    int n = a.length;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double row = 0;
      double column = 0;
      for (int j = 0; j < n; j++) {
        row += Math.exp(dot(a[i], b[j]) / temperature);
        column += Math.exp(dot(a[j], b[i]) / temperature);
      }
      double own = dot(a[i], b[i]) / temperature;
      sum += 0.5 * (Math.log(row) - own) + 0.5 * (Math.log(column) - own);
    }
    return sum / n;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int c = 0; c < x.length; c++) {
      sum += x[c] * y[c];
    }
    return sum;
  }

  private static double[][] doubles(float[][] x) {
    double[][] all = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int c = 0; c < x[i].length; c++) {
        all[i][c] = x[i][c];
      }
    }
    return all;
  }

  /** Sums in float over d and n: a few units in the last place of numbers up to 1 / temperature. */
  @ParameterizedTest
  @CsvSource({"2, 1, 1", "3, 5, 0.5", "7, 16, 0.1", "10, 33, 0.07"})
  void lossesAndGradientsAreThoseOfTheFormula(int n, int d, double temperature) {
    float[][] a = units(n, d, 1);
    float[][] b = units(n, d, 2);
    float[][] da = new float[n][d];
    float[][] db = new float[n][d];

    double[] losses = InfoNce.losses(a, b, temperature, all(n), da, db);

    double[][] x = doubles(a);
    double[][] y = doubles(b);
    double close = 1e-6 / temperature;
    assertThat(Arrays.stream(losses).average().orElseThrow())
        .isCloseTo(mean(x, y, temperature), within(close));
    double step = 1e-5;
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < d; c++) {
        assertThat((double) da[i][c])
            .isCloseTo(slope(x, y, x[i], c, temperature, step), within(close));
        assertThat((double) db[i][c])
            .isCloseTo(slope(x, y, y[i], c, temperature, step), within(close));
      }
    }
  }

  private static double slope(
      double[][] x, double[][] y, double[] moved, int c, double temperature, double step) {
    double at = moved[c];
    moved[c] = at + step;
    double more = mean(x, y, temperature);
    moved[c] = at - step;
    double less = mean(x, y, temperature);
    moved[c] = at;
    return (more - less) / (2 * step);
  }

  @Test
  void theBitsOfAPairDoNotDependOnWhichOthersAreWanted() {
    int n = 9;
    int d = 17;
    float[][] a = units(n, d, 3);
    float[][] b = units(n, d, 4);
    float[][] da = new float[n][d];
    float[][] db = new float[n][d];
    double[] losses = InfoNce.losses(a, b, 0.1, all(n), da, db);
    boolean[] some = {false, true, true, false, false, false, true, false, true};
    float[][] ea = new float[n][d];
    float[][] eb = new float[n][d];

    assertThat(InfoNce.losses(a, b, 0.1, some, ea, eb)).isEqualTo(losses);

    for (int i = 0; i < n; i++) {
      assertThat(ea[i]).isEqualTo(some[i] ? da[i] : new float[d]);
      assertThat(eb[i]).isEqualTo(some[i] ? db[i] : new float[d]);
    }
  }

  /** A temperature so low that exp of a logit alone would be infinite. */
  @Test
  void aLowTemperatureStaysFinite() {
    float[][] a = units(4, 8, 5);
    float[][] d = new float[4][8];

    double[] losses = InfoNce.losses(a, units(4, 8, 6), 1e-3, all(4), d, new float[4][8]);

    assertThat(Arrays.stream(losses).allMatch(Double::isFinite)).isTrue();
    for (float[] row : d) {
      for (float x : row) {
        assertThat(x).isFinite();
      }
    }
  }
}
