package tributary.tensor;

import tributary.base.Invalid;

/**
 * How much each key counts (proportional attention; Bolya et al. 2023, equation 1), on the heap:
 * key j counts as w_j keys, so its share is w_j exp(score_j) of the sum of these. Weights that are
 * all 1 are none, to the bit; a factor that all weights of a group share changes nothing but the
 * rounding. Unlike {@link Mask} it leaves no key out. Immutable.
 */
public final class KeyWeights {
  private final float[] weights; // [groups or 1, keys]
  private final int groups;
  private final int keys;

  /**
   * @param weights [groups, keys] row-major, each finite and > 0; copied
   * @param groups 1 (the same for every group) or the number of groups
   * @param keys number of keys
   */
  public KeyWeights(float[] weights, int groups, int keys) {
    if (groups < 0 || keys < 0 || weights.length != (long) groups * keys) {
      throw Invalid.argument(
          "key weights", weights.length + " entries", "shape [" + groups + ", " + keys + "]");
    }
    this.weights = weights.clone();
    this.groups = groups;
    this.keys = keys;
    for (int i = 0; i < this.weights.length; i++) {
      if (!(this.weights[i] > 0 && this.weights[i] < Float.POSITIVE_INFINITY)) {
        throw Invalid.argument(
            "key weight",
            this.weights[i] + " of key " + i % keys + " of group " + i / keys,
            "> 0 and finite");
      }
    }
  }

  /** 1 where the weights are the same for every group. */
  public int groups() {
    return groups;
  }

  public int keys() {
    return keys;
  }

  /** The weight of a key; one group serves all of them. */
  public float at(int group, int key) {
    return weights[(groups == 1 ? 0 : group) * keys + key];
  }

  /** Of keys [first, last) alone. */
  public KeyWeights ofKeys(int first, int last) {
    int some = last - first;
    float[] own = new float[groups * some];
    for (int g = 0; g < groups; g++) {
      System.arraycopy(weights, g * keys + first, own, g * some, some);
    }
    return new KeyWeights(own, groups, some);
  }

  /** These weights as those of so many equal groups, one after the other. */
  public KeyWeights of(int equal) {
    return new KeyWeights(weights, equal, weights.length / equal);
  }

  /** Of groups [first, last) alone; these weights themselves where they serve all groups. */
  public KeyWeights ofGroups(int first, int last) {
    if (groups == 1 || (first == 0 && last == groups)) {
      return this;
    }
    float[] some = new float[(last - first) * keys];
    System.arraycopy(weights, first * keys, some, 0, some.length);
    return new KeyWeights(some, last - first, keys);
  }
}
