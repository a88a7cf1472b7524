package tributary.tensor;

import java.util.Arrays;
import tributary.base.Invalid;

/**
 * How many rows each group has, where groups of unequal length follow each other in [1, total, c]
 * (variable-length attention). Immutable.
 */
public final class Lengths {
  private final int[] starts; // [groups + 1]

  private Lengths(int[] starts) {
    this.starts = starts;
  }

  /**
   * Of groups in their order.
   *
   * @param lengths at least 1 each
   */
  public static Lengths of(int... lengths) {
    int[] starts = new int[lengths.length + 1];
    for (int g = 0; g < lengths.length; g++) {
      if (lengths[g] < 1) {
        throw Invalid.argument("length", lengths[g] + " of group " + g, "at least 1");
      }
      starts[g + 1] = Math.addExact(starts[g], lengths[g]);
    }
    return new Lengths(starts);
  }

  public int groups() {
    return starts.length - 1;
  }

  /** Row of a group's first. */
  public int start(int group) {
    return starts[group];
  }

  public int length(int group) {
    return starts[group + 1] - starts[group];
  }

  /** Rows of all groups. */
  public int total() {
    return starts[groups()];
  }

  /** Whether all groups have as many rows. */
  public boolean equal() {
    for (int g = 1; g < groups(); g++) {
      if (length(g) != length(0)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    int[] lengths = new int[groups()];
    Arrays.setAll(lengths, this::length);
    return Arrays.toString(lengths);
  }
}
