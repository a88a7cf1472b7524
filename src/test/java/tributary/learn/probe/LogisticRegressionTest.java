package tributary.learn.probe;

import static org.assertj.core.api.Assertions.assertThat;
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
