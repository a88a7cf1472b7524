package tributary.learn.probe;

import java.util.List;
import tributary.base.Invalid;

/**
 * Labelled rows, as a probe is fitted to and tested on. On the driver.
 *
 * @param rows [n, width], row-major
 * @param labels [n], each in 0 .. classes - 1
 * @param classes the labels' names, in the order of their numbers
 */
@SuppressWarnings("ArrayRecordComponent")
public record Examples(double[] rows, int width, int[] labels, List<String> classes) {
  public Examples {
    if (width < 1 || rows.length != (long) labels.length * width) {
      throw Invalid.argument(
          "rows", rows.length + " values", labels.length + " rows of width " + width);
    }
    for (int label : labels) {
      if (label < 0 || label >= classes.size()) {
        throw Invalid.argument("label", label, "0 to " + (classes.size() - 1));
      }
    }
    classes = List.copyOf(classes);
  }

  /** Number of rows. */
  public int n() {
    return labels.length;
  }

  /** The rows of these numbers, in their order. */
  public Examples select(int[] numbers) {
    double[] chosen = new double[Math.multiplyExact(numbers.length, width)];
    int[] theirs = new int[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      System.arraycopy(rows, numbers[i] * width, chosen, i * width, width);
      theirs[i] = labels[numbers[i]];
    }
    return new Examples(chosen, width, theirs, classes);
  }
}
