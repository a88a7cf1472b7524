package tributary.learn.probe;

import java.util.Arrays;

/** How rows are cut and what is summed over them is added: by their number alone. */
final class Shards {
  /** At most: as many sums are held at once. */
  private static final int MOST = 32;

  private Shards() {}

  /** Rows of a shard: whole blocks. */
  private static int rows(int n) {
    int blocks = (n + Products.ROWS - 1) / Products.ROWS;
    return (blocks + MOST - 1) / MOST * Products.ROWS;
  }

  /** How many shards n rows, at least one, have. */
  static int count(int n) {
    return (n + rows(n) - 1) / rows(n);
  }

  /** A shard's first row. */
  static int from(int n, int shard) {
    return shard * rows(n);
  }

  /** The row behind its last. */
  static int end(int n, int shard) {
    return Math.min(n, (shard + 1) * rows(n));
  }

  /** Sums in pairs of neighbours, then of pairs; what is given is written to. */
  static double[] sum(double[][] sums) {
    for (int step = 1; step < sums.length; step *= 2) {
      for (int i = 0; i + step < sums.length; i += 2 * step) {
        double[] into = sums[i];
        double[] from = sums[i + step];
        Arrays.setAll(into, j -> into[j] + from[j]);
      }
    }
    return sums[0];
  }
}
