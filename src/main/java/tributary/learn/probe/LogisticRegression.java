package tributary.learn.probe;

import java.util.stream.IntStream;
import tributary.base.Invalid;

/**
 * A multinomial logistic regression, fitted by full-batch L-BFGS in double: what a linear probe
 * asks an embedding with. It minimises the mean cross-entropy plus l2 / 2 times the squared length
 * of the weights; intercepts are free. Strictly convex but for a shift of the intercepts, so the
 * fit depends on the data and on l2 alone. On the driver.
 *
 * <p>Equal bits for any number of threads: shards of rows are summed in one fixed tree.
 */
public final class LogisticRegression {
  private static final double TOLERANCE = 1e-5;
  private static final int ITERATIONS = 1000;

  private final Curvature curvature;
  private final double[] parameters;
  private final double l2;
  private final int iterations;
  private final boolean converged;

  private LogisticRegression(Curvature curvature, Lbfgs.Minimum minimum, double l2) {
    this.curvature = curvature;
    this.parameters = minimum.point();
    this.l2 = l2;
    this.iterations = minimum.iterations();
    this.converged = minimum.largest() <= TOLERANCE;
  }

  /**
   * Fitted from weights of 0.
   *
   * @param examples standardised rows
   * @param l2 above 0
   */
  public static LogisticRegression fit(Examples examples, double l2) {
    return fit(Curvature.of(examples), l2, new double[Softmax.parameters(examples)]);
  }

  /** Fitted from where this one is: quicker, of one l2 after another. */
  public LogisticRegression refit(Examples examples, double l2) {
    boolean known = curvature.examples() == examples;
    return fit(known ? curvature : Curvature.of(examples), l2, parameters);
  }

  private static LogisticRegression fit(Curvature curvature, double l2, double[] start) {
    if (!(l2 > 0)) {
      throw Invalid.argument("l2", l2, "above 0");
    }
    double[] lower = curvature.triangle(l2);
    Lbfgs.Minimum minimum =
        new Lbfgs(TOLERANCE, ITERATIONS)
            .minimise(new Softmax(curvature.examples(), l2), x -> curvature.solve(lower, x), start);
    return new LogisticRegression(curvature, minimum, l2);
  }

  /** The likeliest class of each row: [n]. Of equal ones the first. */
  public int[] predict(Examples examples) {
    int classes = examples.classes().size();
    int[] best = new int[examples.n()];
    int blocks = (examples.n() + Products.ROWS - 1) / Products.ROWS;
    IntStream.range(0, blocks)
        .parallel()
        .forEach(
            b -> {
              double[] columns = new double[examples.width() * Products.ROWS];
              double[] scores = new double[classes * Products.ROWS];
              int from = b * Products.ROWS;
              int count = Math.min(Products.ROWS, examples.n() - from);
              Softmax.scores(examples, from, count, parameters, columns, scores);
              for (int r = 0; r < count; r++) {
                for (int k = 1; k < classes; k++) {
                  if (scores[k * Products.ROWS + r] > scores[best[from + r] * Products.ROWS + r]) {
                    best[from + r] = k;
                  }
                }
              }
            });
    return best;
  }

  /** The mean cross-entropy over these rows, in nats. */
  public double crossEntropy(Examples examples) {
    return new Softmax(examples, 0).applyAsDouble(parameters, new double[parameters.length]);
  }

  /** The weights, then the intercepts: [classes, width], [classes]. */
  double[] parameters() {
    return parameters.clone();
  }

  public double l2() {
    return l2;
  }

  /** Steps that the fit took. */
  public int iterations() {
    return iterations;
  }

  /** Whether no entry of the gradient is above 1e-5; else the fit ended before. */
  public boolean converged() {
    return converged;
  }
}
