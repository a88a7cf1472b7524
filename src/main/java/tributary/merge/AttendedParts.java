package tributary.merge;

import java.util.Arrays;

/**
 * What fixed queries found in the parts of a long sequence, merged in double (Rabe and Staats 2021;
 * reference: merge_states). Parts come as the kernels give them (Scope.attendToPart): for each
 * query a row [heads * e] of attended values, then each head's shift [heads] and sum [heads]. The
 * same parts in the same order give the same bits; no part at all gives 0. Lives in a task, used by
 * one thread.
 */
public final class AttendedParts {
  private final int heads;
  private final int width;
  private final double scale;
  private final AttentionState[] states; // [queries, heads]

  /**
   * @param width e, channels of a head's values
   * @param scale what scores are multiplied by
   */
  public AttendedParts(int queries, int heads, int width, double scale) {
    this.heads = heads;
    this.width = width;
    this.scale = scale;
    this.states = new AttentionState[queries * heads];
    Arrays.setAll(states, i -> new AttentionState(width));
  }

  /** Merges the part in: [queries, heads * (e + 2)]. */
  public void accept(float[] part) {
    int stride = heads * (width + 2);
    if (part.length != states.length / heads * stride) {
      throw new IllegalArgumentException(
          "Cannot merge part: "
              + part.length
              + " values (["
              + states.length / heads
              + ", "
              + stride
              + "])");
    }
    for (int i = 0; i < states.length; i++) {
      int at = i / heads * stride;
      int head = i % heads;
      double shift = scale * part[at + heads * width + head];
      double total = part[at + heads * (width + 1) + head];
      states[i].merge(shift, total, part, at + head * width);
    }
  }

  /** What the queries found in all parts so far: [queries, heads * e]. */
  public float[] finish() {
    float[] out = new float[states.length * width];
    for (int i = 0; i < states.length; i++) {
      System.arraycopy(states[i].finish(), 0, out, i * width, width);
    }
    return out;
  }
}
