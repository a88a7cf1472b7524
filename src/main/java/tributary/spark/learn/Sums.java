package tributary.spark.learn;

import java.util.ArrayList;
import java.util.List;

/** Sums by one binary tree: sum(lo, hi) = sum(lo, mid) + sum(mid, hi), element by element. */
final class Sums {
  private Sums() {}

  /** out[o + i] = x[p + i] + y[q + i]; out may be x or y at the same position. */
  static void add(float[] out, int o, float[] x, int p, float[] y, int q, int length) {
    for (int i = 0; i < length; i++) {
      out[o + i] = x[p + i] + y[q + i];
    }
  }

  /** Of a power of two of vectors of one length. */
  static double[] doubles(List<double[]> leaves) {
    if (leaves.size() == 1) {
      return leaves.get(0).clone();
    }
    int mid = leaves.size() / 2;
    double[] sum = doubles(leaves.subList(0, mid));
    double[] right = doubles(leaves.subList(mid, leaves.size()));
    for (int i = 0; i < sum.length; i++) {
      sum[i] += right[i];
    }
    return sum;
  }

  /**
   * Pieces of all tasks' vectors, wherever each of them is. Scratch is kept: used by one thread.
   */
  static final class Pieces {
    private final float[][] floats;
    private final int[] at;
    private final List<float[]> scratch = new ArrayList<>();
    private final int longest;

    /**
     * @param tasks a power of two, at least 2
     * @param longest of a piece
     */
    Pieces(int tasks, int longest) {
      this.floats = new float[tasks][];
      this.at = new int[tasks];
      this.longest = longest;
    }

    void set(int task, float[] vector, int offset) {
      floats[task] = vector;
      at[task] = offset;
    }

    /** The sum into out, which may be one of the pieces: it is written last. */
    void sum(float[] out, int o, int length) {
      sum(0, at.length, out, o, length, 0);
    }

    private void sum(int lo, int hi, float[] out, int o, int length, int depth) {
      int mid = (lo + hi) >>> 1;
      if (hi - lo == 2) {
        add(out, o, floats[lo], at[lo], floats[mid], at[mid], length);
        return;
      }
      float[] left = scratch(2 * depth);
      float[] right = scratch(2 * depth + 1);
      sum(lo, mid, left, 0, length, depth + 1);
      sum(mid, hi, right, 0, length, depth + 1);
      add(out, o, left, 0, right, 0, length);
    }

    private float[] scratch(int i) {
      while (scratch.size() <= i) {
        scratch.add(new float[longest]);
      }
      return scratch.get(i);
    }
  }

  /**
   * The sum up a task's own subtree as its shards' gradients come, in order: a binary counter, so
   * that log2(shards) + 1 vectors are enough. They are kept from step to step; used by one thread.
   */
  static final class Subtree {
    private final int length;
    private final List<float[]> sums = new ArrayList<>();
    private final List<Integer> leaves = new ArrayList<>();
    private final List<float[]> free = new ArrayList<>();

    Subtree(int length) {
      this.length = length;
    }

    /** A vector to be overwritten, then added. */
    float[] next() {
      return free.isEmpty() ? new float[length] : free.remove(free.size() - 1);
    }

    void add(float[] gradient) {
      sums.add(gradient);
      leaves.add(1);
      int top = sums.size() - 1;
      while (top > 0 && leaves.get(top - 1).equals(leaves.get(top))) {
        float[] right = sums.remove(top);
        float[] left = sums.get(top - 1);
        Sums.add(left, 0, left, 0, right, 0, length);
        free.add(right);
        leaves.set(top - 1, 2 * leaves.remove(top));
        top--;
      }
    }

    /** The sum of a power of two of vectors; used until {@link #reset}. */
    float[] total() {
      if (sums.size() != 1) {
        throw new IllegalStateException("Cannot sum shards: " + leaves + " are no whole subtree");
      }
      return sums.get(0);
    }

    /** Takes the vectors back. */
    void reset() {
      free.addAll(sums);
      sums.clear();
      leaves.clear();
    }
  }
}
