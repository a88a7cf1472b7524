package tributary.learn.probe;

import java.util.List;
import java.util.stream.IntStream;
import tributary.base.Invalid;

/**
 * A linear probe: standardised rows, a {@link LogisticRegression} with the l2 weight that does best
 * on a part of the rows it is fitted to. On the driver.
 */
public final class Probe {
  /** L2 weights tried, largest first. */
  static final List<Double> L2 = List.of(1e-1, 1e-2, 1e-3, 1e-4, 1e-5);

  private final Standard standard;
  private final LogisticRegression model;

  private Probe(Standard standard, LogisticRegression model) {
    this.standard = standard;
    this.model = model;
  }

  /**
   * Fits one per l2 weight to the rows that do not validate, keeps the weight with the most right
   * of those that do (of equal ones, with the lower cross-entropy there), fits that to all.
   *
   * @param validates [n], at least one row of each kind
   */
  public static Probe fit(Examples examples, boolean[] validates) {
    Examples rest = examples.select(numbers(validates, false));
    Examples validation = examples.select(numbers(validates, true));
    if (rest.n() == 0 || validation.n() == 0) {
      throw Invalid.argument(
          "validation", validation.n() + " of " + examples.n() + " rows", "some, not all");
    }
    Standard own = Standard.of(rest);
    Examples fitted = own.apply(rest);
    Examples held = own.apply(validation);
    LogisticRegression model = null;
    LogisticRegression best = null;
    int most = -1;
    double least = 0;
    for (double l2 : L2) {
      model = model == null ? LogisticRegression.fit(fitted, l2) : model.refit(fitted, l2);
      int right = Scores.of(held, model.predict(held)).right();
      double loss = model.crossEntropy(held);
      if (best == null || right > most || (right == most && loss < least)) {
        best = model;
        most = right;
        least = loss;
      }
    }
    if (best == null) {
      throw new IllegalStateException("Cannot fit a probe: no l2 weight");
    }
    Standard standard = Standard.of(examples);
    return new Probe(standard, best.refit(standard.apply(examples), best.l2()));
  }

  private static int[] numbers(boolean[] validates, boolean which) {
    return IntStream.range(0, validates.length).filter(i -> validates[i] == which).toArray();
  }

  /** The likeliest class of each row: [n]. */
  public int[] predict(Examples examples) {
    return model.predict(standard.apply(examples));
  }

  /** What was fitted to all rows. */
  public LogisticRegression model() {
    return model;
  }
}
