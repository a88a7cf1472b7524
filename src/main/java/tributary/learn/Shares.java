package tributary.learn;

import java.util.Arrays;

/** How a whole number is divided among some that take no more than so much each. */
final class Shares {
  private Shares() {}

  /**
   * In proportion to weights: what one can't take goes to the others in their proportion, and what
   * rounding leaves to the largest fractions, of equal ones to the first.
   *
   * @param weights 0 or more; where all that is left have 0 they count alike
   * @param most for each
   * @param budget at most the sum of `most`
   */
  static int[] proportional(double[] weights, int[] most, int budget) {
    int[] given = new int[most.length];
    boolean[] full = new boolean[most.length];
    double[] ideal = new double[most.length];
    int left = budget;
    boolean again = true;
    while (again) {
      again = false;
      ideals(weights, full, left, ideal);
      int rest = left;
      for (int i = 0; i < most.length; i++) {
        if (!full[i] && ideal[i] >= most[i]) {
          full[i] = true;
          given[i] = Math.min(most[i], rest);
          rest -= given[i];
          again = true;
        }
      }
      left = rest;
    }
    round(ideal, full, left, given);
    return given;
  }

  private static void ideals(double[] weights, boolean[] full, int left, double[] ideal) {
    double sum = 0;
    int open = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += full[i] ? 0 : weights[i];
      open += full[i] ? 0 : 1;
    }
    for (int i = 0; i < weights.length; i++) {
      ideal[i] = sum > 0 ? left * (weights[i] / sum) : (double) left / Math.max(1, open);
    }
  }

  private static void round(double[] ideal, boolean[] full, int budget, int[] given) {
    int left = budget;
    for (int i = 0; i < ideal.length; i++) {
      if (!full[i]) {
        given[i] = Math.min((int) ideal[i], left);
        left -= given[i];
      }
    }
    for (; left > 0; left--) {
      int best = -1;
      for (int i = 0; i < ideal.length; i++) {
        boolean more = best < 0 || ideal[i] - given[i] > ideal[best] - given[best];
        best = !full[i] && more ? i : best;
      }
      given[best]++;
    }
  }

  /**
   * Evenly: who wants less than the others' part has all that it wants, the others share what is
   * left, one more for the first where it does not divide.
   *
   * @param wanted by each
   * @param budget at most the sum of `wanted`
   */
  static long[] even(long[] wanted, long budget) {
    long[] sorted = wanted.clone();
    Arrays.sort(sorted);
    long left = budget;
    int open = sorted.length;
    while (open > 0 && sorted[sorted.length - open] <= left / open) {
      left -= sorted[sorted.length - open];
      open--;
    }
    long part = open == 0 ? 0 : left / open;
    long more = open == 0 ? 0 : left % open;
    long[] given = new long[wanted.length];
    for (int i = 0; i < wanted.length; i++) {
      boolean all = open == 0 || wanted[i] <= part;
      given[i] = all ? wanted[i] : part + (more-- > 0 ? 1 : 0);
    }
    return given;
  }
}
