package tributary.models.hip;

import java.util.Arrays;
import java.util.List;
import tributary.base.Invalid;

/**
 * Which level-0 groups a modality's tokens fill (reference: assign_groups): one group a modality,
 * each spare one to the modality with most tokens a group, the first of several. Every group has
 * `size` rows; what tokens do not fill is zero, and attended to like the rest.
 *
 * @param start number of a modality's first group
 * @param groups number of a modality's groups
 * @param size rows of every group
 */
@SuppressWarnings("ArrayRecordComponent")
record HipLayout(int[] lengths, int[] start, int[] groups, int size) {
  public static HipLayout of(int groups, List<Integer> lengths) {
    int n = lengths.size();
    if (n < 1 || n > groups) {
      throw Invalid.argument("groups", groups, "at least one for each of " + n + " modalities");
    }
    int[] assigned = new int[n];
    Arrays.fill(assigned, 1);
    for (int spare = groups - n; spare > 0; spare--) {
      assigned[fullest(lengths, assigned)]++;
    }
    int fullest = fullest(lengths, assigned);
    int size = ceil(lengths.get(fullest), assigned[fullest]);
    int[] start = new int[n];
    for (int i = 1; i < n; i++) {
      start[i] = start[i - 1] + assigned[i - 1];
    }
    return new HipLayout(
        lengths.stream().mapToInt(Integer::intValue).toArray(), start, assigned, size);
  }

  /** The modality with most tokens a group, the first of several. */
  private static int fullest(List<Integer> lengths, int[] assigned) {
    int best = 0;
    for (int i = 1; i < assigned.length; i++) {
      if ((double) lengths.get(i) / assigned[i] > (double) lengths.get(best) / assigned[best]) {
        best = i;
      }
    }
    return best;
  }

  private static int ceil(int a, int b) {
    return (a + b - 1) / b;
  }

  /** Tokens in each group of modality i but the last ones. */
  public int perGroup(int i) {
    return ceil(lengths[i], groups[i]);
  }

  /** Whether every row of modality i's groups is a token's. */
  boolean whole(int i) {
    return lengths[i] == groups[i] * size;
  }

  /** Rows [length, width] of modality i to its groups [groups, size, width]. */
  float[] group(int i, float[] rows, int width) {
    float[] out = new float[groups[i] * size * width];
    for (int g = 0; g < filled(i); g++) {
      System.arraycopy(rows, g * perGroup(i) * width, out, g * size * width, count(i, g) * width);
    }
    return out;
  }

  /** The other way: groups [groups, size, width] to rows [length, width]. */
  float[] ungroup(int i, float[] grouped, int width) {
    float[] out = new float[lengths[i] * width];
    for (int g = 0; g < filled(i); g++) {
      System.arraycopy(
          grouped, g * size * width, out, g * perGroup(i) * width, count(i, g) * width);
    }
    return out;
  }

  /** Groups that hold a token; after rounding up, the last ones may be padding alone. */
  private int filled(int i) {
    return ceil(lengths[i], perGroup(i));
  }

  /** Tokens of modality i in its group g. */
  private int count(int i, int g) {
    return Math.min(perGroup(i), lengths[i] - g * perGroup(i));
  }
}
