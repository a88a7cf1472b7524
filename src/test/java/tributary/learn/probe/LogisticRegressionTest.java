package tributary.learn.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.tensor.Tolerance;

class LogisticRegressionTest {
  /** The loss as its formula says, row by row. */
  private static double plain(Examples e, double[] w, double l2) {
    int classes = e.classes().size();
    double loss = 0;
    for (int i = 0; i < e.n(); i++) {
      double sum = 0;
      double own = 0;
      for (int k = 0; k < classes; k++) {
        double z = w[classes * e.width() + k];
        for (int c = 0; c < e.width(); c++) {
          z += w[k * e.width() + c] * e.rows()[i * e.width() + c];
        }
        sum += Math.exp(z);
        own = k == e.labels()[i] ? z : own;
      }
      loss += Math.log(sum) - own;
    }
    double squares = 0;
    for (int i = 0; i < classes * e.width(); i++) {
      squares += w[i] * w[i];
    }
    return loss / e.n() + l2 / 2 * squares;
  }

  @ParameterizedTest(name = "{0} rows of {1}, {2} classes")
  @CsvSource({"1, 1, 2", "63, 5, 3", "64, 4, 2", "65, 7, 4", "2100, 3, 5"})
  void lossAndGradientAreThoseOfTheFormula(int n, int width, int classes) {
    Examples e = Clouds.of(n, width, classes, 1, 4);
    double[] w = new Random(5).doubles(Softmax.parameters(e), -0.5, 0.5).toArray();
    double[] gradient = new double[w.length];
    double loss = new Softmax(e, 0.3).applyAsDouble(w, gradient);
    assertThat(loss).isCloseTo(plain(e, w, 0.3), within(Tolerance.sum(n, 1).absolute()));
    double step = 1e-4;
    for (int i = 0; i < w.length; i++) {
      double at = w[i];
      w[i] = at + step;
      double above = plain(e, w, 0.3);
      w[i] = at - step;
      double below = plain(e, w, 0.3);
      w[i] = at;
      // The difference quotient's own error is of the order of step squared.
      assertThat(gradient[i])
          .as("entry %d", i)
          .isCloseTo((above - below) / (2 * step), within(100 * step * step));
    }
  }

  /** With columns of zeros the intercepts alone fit: the classes' shares. */
  @Test
  void interceptsAreTheLogarithmsOfTheShares() {
    Examples e = new Examples(new double[4], 1, new int[] {0, 1, 1, 1}, List.of("a", "b"));
    LogisticRegression fit = LogisticRegression.fit(e, 0.1);
    assertThat(fit.converged()).isTrue();
    double[] w = fit.parameters();
    assertThat(w[0]).isZero();
    assertThat(w[3] - w[2]).isCloseTo(Math.log(3), within(1e-4));
    assertThat(fit.predict(e)).containsExactly(1, 1, 1, 1);
  }

  @Test
  void aFitIsTheSameFromWhereverItStarts() {
    Examples e = Clouds.of(400, 6, 4, 1, 1);
    LogisticRegression cold = LogisticRegression.fit(e, 1e-2);
    LogisticRegression warm = LogisticRegression.fit(e, 1).refit(e, 1e-2);
    assertThat(warm.converged()).isTrue();
    assertThat(warm.l2()).isEqualTo(1e-2);
    assertThat(warm.crossEntropy(e)).isCloseTo(cold.crossEntropy(e), within(1e-6));
    assertThat(LogisticRegression.fit(e, 1).crossEntropy(e)).isGreaterThan(cold.crossEntropy(e));
  }

  /** Moments / 2 + l2 times the solution is what was asked for; of intercepts, half of it. */
  @Test
  void theBoundsMatrixIsSolvedWith() {
    Examples e = Clouds.of(70, 4, 2, 1, 3);
    Curvature curvature = Curvature.of(e);
    double[] asked = new Random(2).doubles(10, -1, 1).toArray();
    double[] x = asked.clone();
    curvature.solve(curvature.triangle(0.1), x);
    for (int k = 0; k < 2; k++) {
      for (int i = 0; i < 4; i++) {
        double sum = 0.1 * x[k * 4 + i];
        for (int r = 0; r < 70; r++) {
          for (int j = 0; j < 4; j++) {
            sum += e.rows()[r * 4 + i] * e.rows()[r * 4 + j] / 140 * x[k * 4 + j];
          }
        }
        assertThat(sum).isCloseTo(asked[k * 4 + i], within(1e-12));
      }
      assertThat(x[8 + k] / 2).isEqualTo(asked[8 + k]);
    }
    assertThatThrownBy(() -> LogisticRegression.fit(e, 0)).hasMessage("Invalid l2: 0.0 (above 0)");
  }

  /** Columns that are nearly one, as an embedding's are. */
  @Test
  void columnsThatSayTheSameTakeFewSteps() {
    Examples e = Clouds.of(500, 12, 3, 1, 5);
    double[] rows = e.rows().clone();
    for (int i = 0; i < rows.length; i++) {
      rows[i] = 0.01 * rows[i] + rows[i - i % 12];
    }
    Examples near = new Examples(rows, 12, e.labels(), e.classes());
    LogisticRegression fit = LogisticRegression.fit(Standard.of(near).apply(near), 1e-5);
    assertThat(fit.converged()).isTrue();
    assertThat(fit.iterations()).isLessThan(100);
  }

  @Test
  void threadsChangeNoBit() throws ExecutionException, InterruptedException {
    Examples e = Clouds.of(3000, 9, 3, 0.5, 2);
    double[] one = inPool(1, e);
    assertThat(inPool(4, e)).containsExactly(one);
  }

  private static double[] inPool(int threads, Examples e)
      throws ExecutionException, InterruptedException {
    ForkJoinPool pool = new ForkJoinPool(threads);
    try {
      return pool.submit(() -> LogisticRegression.fit(e, 1e-3).parameters()).get();
    } finally {
      pool.shutdown();
    }
  }
}
