package tributary.learn.probe;

import java.util.stream.IntStream;

/**
 * A bound of the multinomial loss' curvature (D. Böhning, Annals of the Institute of Statistical
 * Mathematics 44, 1992): per class at most half of the rows' second moments. Its inverse brings
 * columns that say nearly the same, as those of embeddings do, to one scale: hundreds of steps
 * become tens. On the driver.
 */
final class Curvature {
  private final Examples examples;
  private final double[] moments;

  private Curvature(Examples examples, double[] moments) {
    this.examples = examples;
    this.moments = moments;
  }

  /** Of standardised rows: one pass, shards summed in one tree. */
  static Curvature of(Examples examples) {
    int width = examples.width();
    double[][] sums =
        IntStream.range(0, Shards.count(examples.n()))
            .parallel()
            .mapToObj(s -> shard(examples, s))
            .toArray(double[][]::new);
    double[] moments = Shards.sum(sums);
    for (int i = 0; i < width; i++) {
      for (int j = i; j < width; j++) {
        moments[i * width + j] /= examples.n();
        moments[j * width + i] = moments[i * width + j];
      }
    }
    return new Curvature(examples, moments);
  }

  private static double[] shard(Examples examples, int shard) {
    int width = examples.width();
    double[] x = examples.rows();
    double[] sum = new double[width * width];
    for (int r = Shards.from(examples.n(), shard); r < Shards.end(examples.n(), shard); r++) {
      for (int i = 0; i < width; i++) {
        int at = r * width + i;
        Products.add(sum, i * width + i, x[at], x, at, width - i);
      }
    }
    return sum;
  }

  Examples examples() {
    return examples;
  }

  /** The lower triangle L of L L' = moments / 2 + l2: [width, width]. */
  double[] triangle(double l2) {
    int width = examples.width();
    double[] lower = new double[width * width];
    for (int i = 0; i < width; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = moments[i * width + j] / 2 + (i == j ? l2 : 0);
        for (int k = 0; k < j; k++) {
          sum -= lower[i * width + k] * lower[j * width + k];
        }
        lower[i * width + j] = i == j ? Math.sqrt(sum) : sum / lower[j * width + j];
      }
    }
    return lower;
  }

  /**
   * Solves in place with the bound's matrix: of each class' weights by the triangle, of the
   * intercepts by 1/2.
   *
   * @param x [classes x (width + 1)], weights first
   */
  void solve(double[] lower, double[] x) {
    int width = examples.width();
    int classes = examples.classes().size();
    for (int k = 0; k < classes; k++) {
      int at = k * width;
      for (int i = 0; i < width; i++) {
        double sum = x[at + i];
        for (int j = 0; j < i; j++) {
          sum -= lower[i * width + j] * x[at + j];
        }
        x[at + i] = sum / lower[i * width + i];
      }
      for (int i = width - 1; i >= 0; i--) {
        x[at + i] /= lower[i * width + i];
        Products.add(x, at, -x[at + i], lower, i * width, i);
      }
    }
    for (int k = classes * width; k < x.length; k++) {
      x[k] *= 2;
    }
  }
}
