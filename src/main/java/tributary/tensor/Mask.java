package tributary.tensor;

import java.util.Arrays;
import tributary.base.Invalid;

/**
 * Which keys a query may attend to, on the heap.
 *
 * @param allowed [groups, queries, keys] row-major, true = may be attended to
 * @param groups 1 (the same for every group) or the number of groups
 * @param queries 1 (the same for every query) or the number of queries
 * @param keys number of keys
 */
@SuppressWarnings("ArrayRecordComponent")
public record Mask(boolean[] allowed, int groups, int queries, int keys) {
  public Mask {
    if (allowed.length != (long) groups * queries * keys) {
      throw Invalid.argument(
          "mask",
          allowed.length + " entries",
          "shape [" + groups + ", " + queries + ", " + keys + "]");
    }
  }

  /** [groups][keys], true = may be attended to, the same for every query. */
  public static Mask allowing(boolean[][] allowed) {
    int keys = allowed.length == 0 ? 0 : allowed[0].length;
    return new Mask(flat(allowed, keys, true), allowed.length, 1, keys);
  }

  /** [groups][queries][keys], true = may be attended to. */
  public static Mask allowing(boolean[][][] allowed) {
    return ofQueries(allowed, true);
  }

  /** [groups][keys], true = is ignored (padding, as PyTorch has it), the same for every query. */
  public static Mask ignoring(boolean[][] ignored) {
    int keys = ignored.length == 0 ? 0 : ignored[0].length;
    return new Mask(flat(ignored, keys, false), ignored.length, 1, keys);
  }

  /** [groups][queries][keys], true = is ignored. */
  public static Mask ignoring(boolean[][][] ignored) {
    return ofQueries(ignored, false);
  }

  private static Mask ofQueries(boolean[][][] flags, boolean polarity) {
    int queries = flags.length == 0 ? 0 : flags[0].length;
    int keys = queries == 0 ? 0 : flags[0][0].length;
    boolean[] allowed = new boolean[flags.length * queries * keys];
    for (int g = 0; g < flags.length; g++) {
      if (flags[g].length != queries) {
        throw Invalid.argument(
            "mask", "group " + g + " of " + flags[g].length + " queries", "group 0 has " + queries);
      }
      boolean[] group = flat(flags[g], keys, polarity);
      System.arraycopy(group, 0, allowed, g * group.length, group.length);
    }
    return new Mask(allowed, flags.length, queries, keys);
  }

  /** Row by row, true where a flag is the polarity. */
  private static boolean[] flat(boolean[][] flags, int keys, boolean polarity) {
    boolean[] allowed = new boolean[flags.length * keys];
    for (int r = 0; r < flags.length; r++) {
      if (flags[r].length != keys) {
        throw Invalid.argument(
            "mask", "row " + r + " of " + flags[r].length + " keys", "row 0 has " + keys);
      }
      for (int k = 0; k < keys; k++) {
        allowed[r * keys + k] = flags[r][k] == polarity;
      }
    }
    return allowed;
  }

  /**
   * Each query sees the keys up to its own place, the queries being the last of as many rows as
   * there are keys.
   */
  public static Mask causal(int queries, int keys) {
    if (queries < 0 || keys < queries) {
      throw Invalid.argument("queries", queries, "the last of " + keys + " keys");
    }
    boolean[] allowed = new boolean[queries * keys];
    for (int i = 0; i < queries; i++) {
      Arrays.fill(allowed, i * keys, i * keys + keys - queries + i + 1, true);
    }
    return new Mask(allowed, 1, queries, keys);
  }

  public boolean allowed(int group, int query, int key) {
    return allowed[((groups == 1 ? 0 : group) * queries + (queries == 1 ? 0 : query)) * keys + key];
  }
}
