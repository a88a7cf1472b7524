package tributary.learn.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tributary.base.Invalid;

/**
 * How often predictions were right. On the driver.
 *
 * @param tested number of rows
 * @param right of them
 * @param accuracy right / tested
 * @param low lower end of Wilson's 95 % interval of the accuracy
 * @param high its upper end
 * @param macroF1 mean of the classes' F1, over classes that occur among labels or predictions
 * @param classes by class, in the order of their numbers
 */
public record Scores(
    int tested,
    int right,
    double accuracy,
    double low,
    double high,
    double macroF1,
    List<ClassScore> classes) {
  /** The normal distribution's 0.975 quantile. */
  private static final double Z = 1.959963984540054;

  /**
   * One class.
   *
   * @param tested rows of this class
   * @param right of them
   * @param predicted rows that were said to be of it
   * @param accuracy right / tested (the recall); 0 where none was tested
   */
  public record ClassScore(String label, int tested, int right, int predicted, double accuracy) {
    private double f1() {
      return 2.0 * right / (tested + predicted);
    }
  }

  /** Of predictions, one per row. */
  public static Scores of(Examples examples, int[] predicted) {
    return of(examples.labels(), predicted, examples.classes());
  }

  /**
   * Of predictions, one per row.
   *
   * @param labels [n], at least one, as numbers of classes
   * @param predicted [n], likewise
   */
  public static Scores of(int[] labels, int[] predicted, List<String> names) {
    int n = labels.length;
    if (n == 0 || predicted.length != n) {
      throw Invalid.argument("predictions", predicted.length, "as many as rows, " + n + ", >= 1");
    }
    int classes = names.size();
    int[] tested = new int[classes];
    int[] right = new int[classes];
    int[] said = new int[classes];
    int all = 0;
    for (int i = 0; i < n; i++) {
      int label = labels[i];
      tested[label]++;
      said[predicted[i]]++;
      if (predicted[i] == label) {
        right[label]++;
        all++;
      }
    }
    List<ClassScore> each = new ArrayList<>();
    for (int k = 0; k < classes; k++) {
      double accuracy = tested[k] == 0 ? 0 : (double) right[k] / tested[k];
      each.add(new ClassScore(names.get(k), tested[k], right[k], said[k], accuracy));
    }
    double macro =
        each.stream()
            .filter(c -> c.tested() + c.predicted() > 0)
            .mapToDouble(ClassScore::f1)
            .average()
            .orElseThrow();
    double[] interval = wilson(all, n);
    return new Scores(n, all, (double) all / n, interval[0], interval[1], macro, List.copyOf(each));
  }

  /** The accuracy with its interval, for a person. */
  public String told() {
    return String.format(Locale.ROOT, "%.4f (%.4f to %.4f, Wilson 95 %%)", accuracy, low, high);
  }

  /** Wilson's score interval at 95 % (E. B. Wilson, JASA 22, 1927): lower and upper end. */
  static double[] wilson(int right, int tested) {
    double p = (double) right / tested;
    double zz = Z * Z / tested;
    double middle = (p + zz / 2) / (1 + zz);
    double half = Z / (1 + zz) * Math.sqrt(p * (1 - p) / tested + zz / (4 * tested));
    return new double[] {Math.max(0, middle - half), Math.min(1, middle + half)};
  }
}
