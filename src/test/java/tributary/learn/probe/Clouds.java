package tributary.learn.probe;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Rows around one centre per class. */
final class Clouds {
  private Clouds() {}

  /**
   * Rows of classes in turn.
   *
   * @param spread of the centres, where rows have deviation 1 around theirs
   */
  static Examples of(int n, int width, int classes, double spread, long seed) {
    Random random = new Random(seed);
    double[] centres =
        random.doubles((long) classes * width).map(u -> (2 * u - 1) * spread).toArray();
    double[] rows = new double[n * width];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % classes;
      for (int c = 0; c < width; c++) {
        rows[i * width + c] = centres[labels[i] * width + c] + random.nextGaussian();
      }
    }
    return new Examples(rows, width, labels, names(classes));
  }

  static List<String> names(int classes) {
    return IntStream.range(0, classes).mapToObj(k -> "c" + k).toList();
  }
}
