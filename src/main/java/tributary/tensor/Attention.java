package tributary.tensor;

import tributary.base.Invalid;

/**
 * How {@link Scope#attend} attends.
 *
 * @param heads number of heads; channels of queries and keys, and of values, are split evenly among
 *     them
 * @param scale what a score q.k is multiplied by, positive, usually 1 / sqrt(channels of a query /
 *     heads)
 * @param fullyMasked what a query yields that may attend to no key
 */
public record Attention(int heads, double scale, FullyMasked fullyMasked) {
  public Attention {
    if (!(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
      throw Invalid.argument("scale", scale, "> 0 and finite");
    }
  }

  /** The policies for a query without any key. */
  public enum FullyMasked {
    /** 0 (DeepMind). */
    ZERO,
    /** The mean of all values, allowed or not (Hugging Face); 0 where there are no keys at all. */
    UNIFORM
  }

  /** The usual scale 1 / sqrt(head width), zero for a fully masked query. */
  public static Attention of(int heads, int queryChannels) {
    return new Attention(heads, 1 / Math.sqrt(queryChannels / (double) heads), FullyMasked.ZERO);
  }
}
