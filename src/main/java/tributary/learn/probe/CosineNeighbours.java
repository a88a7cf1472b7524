package tributary.learn.probe;

import java.util.Arrays;
import java.util.stream.IntStream;
import tributary.base.Invalid;

/**
 * The class that most of a row's k nearest fitted rows have, by cosine: exact, every row against
 * every other. Of classes with as many votes the one whose voters are nearer in sum, then the
 * first; of equally near rows the first; the cosine with a row of zeros is 0. On the driver.
 */
public final class CosineNeighbours {
  private final Examples fitted;
  private final int k;

  /**
   * @param fitted the rows that vote
   * @param k how many of them; all, where there are fewer
   */
  public CosineNeighbours(Examples fitted, int k) {
    if (k < 1) {
      throw Invalid.argument("neighbours", k, ">= 1");
    }
    this.fitted = unit(fitted);
    this.k = Math.min(k, fitted.n());
  }

  /** Each row at length 1. */
  private static Examples unit(Examples examples) {
    int width = examples.width();
    double[] x = examples.rows().clone();
    for (int at = 0; at < x.length; at += width) {
      double squares = 0;
      for (int c = 0; c < width; c++) {
        squares += x[at + c] * x[at + c];
      }
      double scale = squares == 0 ? 0 : 1 / Math.sqrt(squares);
      for (int c = 0; c < width; c++) {
        x[at + c] *= scale;
      }
    }
    return new Examples(x, width, examples.labels(), examples.classes());
  }

  /** What the neighbours of each row say: [n]. */
  public int[] predict(Examples examples) {
    Examples asked = unit(examples);
    int[] said = new int[asked.n()];
    int blocks = (asked.n() + Products.ROWS - 1) / Products.ROWS;
    IntStream.range(0, blocks).parallel().forEach(b -> block(asked, b * Products.ROWS, said));
    return said;
  }

  private void block(Examples asked, int from, int[] said) {
    int width = asked.width();
    int count = Math.min(Products.ROWS, asked.n() - from);
    double[] columns = new double[width * Products.ROWS];
    double[] cosines = new double[Products.ROWS];
    double[][] nearest = new double[count][k];
    int[][] numbers = new int[count][k];
    for (double[] row : nearest) {
      Arrays.fill(row, Double.NEGATIVE_INFINITY);
    }
    Products.transpose(asked.rows(), from, count, width, columns);
    for (int i = 0; i < fitted.n(); i++) {
      Products.dot(columns, width, fitted.rows(), i * width, 0, cosines, 0);
      for (int r = 0; r < count; r++) {
        if (cosines[r] > nearest[r][k - 1]) {
          insert(nearest[r], numbers[r], cosines[r], i);
        }
      }
    }
    for (int r = 0; r < count; r++) {
      said[from + r] = vote(nearest[r], numbers[r]);
    }
  }

  /** Puts a row among the nearest, behind those that are as near. */
  private static void insert(double[] nearest, int[] numbers, double cosine, int number) {
    int at = nearest.length - 1;
    for (; at > 0 && nearest[at - 1] < cosine; at--) {
      nearest[at] = nearest[at - 1];
      numbers[at] = numbers[at - 1];
    }
    nearest[at] = cosine;
    numbers[at] = number;
  }

  private int vote(double[] nearest, int[] numbers) {
    int[] votes = new int[fitted.classes().size()];
    double[] sums = new double[votes.length];
    for (int j = 0; j < k; j++) {
      int label = fitted.labels()[numbers[j]];
      votes[label]++;
      sums[label] += nearest[j];
    }
    int best = 0;
    for (int c = 1; c < votes.length; c++) {
      if (votes[c] > votes[best] || (votes[c] == votes[best] && sums[c] > sums[best])) {
        best = c;
      }
    }
    return best;
  }
}
