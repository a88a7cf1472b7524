package tributary.learn.probe;

import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;

/**
 * Multinomial logistic regression's loss over one set of rows: the mean of the rows' cross-entropy
 * and half of l2 times the squared length of the weights; the intercepts are free. Rows are cut
 * into shards by their number alone; threads take shards, and one binary tree over the shards'
 * numbers adds them, so the number of threads changes no bit. On the driver.
 */
final class Softmax implements ToDoubleBiFunction<double[], double[]> {
  private final Examples examples;
  private final int classes;
  private final double l2;

  Softmax(Examples examples, double l2) {
    this.examples = examples;
    this.classes = examples.classes().size();
    this.l2 = l2;
  }

  /** Number of parameters: weights [classes, width], then intercepts [classes]. */
  static int parameters(Examples examples) {
    return Math.multiplyExact(examples.classes().size(), examples.width() + 1);
  }

  /**
   * The loss in nats; its gradient is written.
   *
   * @param parameters [classes x (width + 1)]
   * @param gradient as long
   */
  @Override
  public double applyAsDouble(double[] parameters, double[] gradient) {
    double[][] sums =
        IntStream.range(0, Shards.count(examples.n()))
            .parallel()
            .mapToObj(s -> shard(s, parameters))
            .toArray(double[][]::new);
    double[] sum = Shards.sum(sums);
    int weights = classes * examples.width();
    double loss = sum[sum.length - 1] / examples.n();
    double squares = 0;
    for (int i = 0; i < parameters.length; i++) {
      double pull = i < weights ? l2 * parameters[i] : 0;
      gradient[i] = sum[i] / examples.n() + pull;
      squares += pull * parameters[i];
    }
    return loss + squares / 2;
  }

  /** Of all rows of one shard: the gradient's sum, and behind it the loss's. */
  private double[] shard(int shard, double[] parameters) {
    int width = examples.width();
    double[] columns = new double[width * Products.ROWS];
    double[] scores = new double[classes * Products.ROWS];
    double[] sum = new double[parameters.length + 1];
    int end = Shards.end(examples.n(), shard);
    for (int from = Shards.from(examples.n(), shard); from < end; from += Products.ROWS) {
      int count = Math.min(Products.ROWS, end - from);
      scores(examples, from, count, parameters, columns, scores);
      for (int r = 0; r < count; r++) {
        sum[sum.length - 1] += residual(scores, r, examples.labels()[from + r]);
      }
      for (int k = 0; k < classes; k++) {
        for (int r = 0; r < count; r++) {
          double p = scores[k * Products.ROWS + r];
          Products.add(sum, k * width, p, examples.rows(), (from + r) * width, width);
          sum[classes * width + k] += p;
        }
      }
    }
    return sum;
  }

  /** The scores of a few rows: [classes, ROWS]. */
  static void scores(
      Examples examples,
      int from,
      int count,
      double[] parameters,
      double[] columns,
      double[] scores) {
    int width = examples.width();
    int classes = examples.classes().size();
    Products.transpose(examples.rows(), from, count, width, columns);
    for (int k = 0; k < classes; k++) {
      double intercept = parameters[classes * width + k];
      Products.dot(columns, width, parameters, k * width, intercept, scores, k * Products.ROWS);
    }
  }

  /** Turns a row's scores into probabilities less its label; its cross-entropy. */
  private double residual(double[] scores, int r, int label) {
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      most = Math.max(most, scores[k * Products.ROWS + r]);
    }
    double own = scores[label * Products.ROWS + r] - most;
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      double e = StrictMath.exp(scores[k * Products.ROWS + r] - most);
      scores[k * Products.ROWS + r] = e;
      sum += e;
    }
    for (int k = 0; k < classes; k++) {
      scores[k * Products.ROWS + r] /= sum;
    }
    scores[label * Products.ROWS + r] -= 1;
    return StrictMath.log(sum) - own;
  }
}
