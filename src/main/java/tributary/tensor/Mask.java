package tributary.tensor;

import java.util.Arrays;

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
      throw new IllegalArgumentException(
          "Invalid mask: "
              + allowed.length
              + " entries (shape ["
              + groups
              + ", "
              + queries
              + ", "
              + keys
              + "])");
    }
  }

  /**
   * Each query sees the keys up to its own place, the queries being the last of as many rows as there
   * are keys.
   */
  public static Mask causal(int queries, int keys) {
    if (queries < 0 || keys < queries) {
      throw new IllegalArgumentException(
          "Invalid queries: " + queries + " (the last of " + keys + " keys)");
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
