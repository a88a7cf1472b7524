package tributary.tensor;

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

  public boolean allowed(int group, int query, int key) {
    return allowed[((groups == 1 ? 0 : group) * queries + (queries == 1 ? 0 : query)) * keys + key];
  }
}
