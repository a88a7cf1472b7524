package tributary.merge;

import java.io.Serializable;

/**
 * Attention of one query row and head over some of its keys, mergeable (Rabe and Staats 2021;
 * reference: partial_state, merge_states, finish_state): m the largest score, l the sum of
 * exp(score - m), acc that sum weighted by values. In double; the identity is (-inf, 0, 0). Merging
 * is commutative, and associative up to rounding: a fixed order gives fixed bits. Lives in a task;
 * Java's serialization takes it through a shuffle of Spark's, between equal builds.
 */
public final class AttentionState implements Serializable {
  private static final long serialVersionUID = 1;

  private double max = Double.NEGATIVE_INFINITY;
  private double sum;
  private final double[] weighted;

  /** The identity, for values of `channels` channels. */
  public AttentionState(int channels) {
    this.weighted = new double[channels];
  }

  /**
   * Takes one key: its score and the row of `values` that starts at offset. A score of -inf is a
   * masked key.
   */
  public void accept(double score, float[] values, int offset) {
    if (score == Double.NEGATIVE_INFINITY) {
      return;
    }
    rescale(score);
    double weight = Math.exp(score - max);
    sum += weight;
    for (int i = 0; i < weighted.length; i++) {
      weighted[i] += weight * values[offset + i];
    }
  }

  /** Merges another state into this one. */
  public void merge(AttentionState other) {
    if (other.weighted.length != weighted.length) {
      throw new IllegalArgumentException(
          "Cannot merge states: " + other.weighted.length + " channels into " + weighted.length);
    }
    if (other.max == Double.NEGATIVE_INFINITY) {
      return;
    }
    rescale(other.max);
    double scale = Math.exp(other.max - max);
    sum += other.sum * scale;
    for (int i = 0; i < weighted.length; i++) {
      weighted[i] += other.weighted[i] * scale;
    }
  }

  /**
   * Merges what a kernel found for other keys.
   *
   * @param shift near the largest score, -infinity where there was no key
   * @param total the sum of exp(score - shift)
   * @param attended the mean of the values by those weights, from its place on
   */
  public void merge(double shift, double total, float[] attended, int offset) {
    if (total == 0) {
      return;
    }
    rescale(shift);
    double weight = total * Math.exp(shift - max);
    sum += weight;
    for (int i = 0; i < weighted.length; i++) {
      weighted[i] += weight * attended[offset + i];
    }
  }

  /** acc / l as float; zero where no key was seen, NaN where a score was. */
  public float[] finish() {
    float[] out = new float[weighted.length];
    if (sum != 0) {
      for (int i = 0; i < out.length; i++) {
        out[i] = (float) (weighted[i] / sum);
      }
    }
    return out;
  }

  /** Whether no key was seen. */
  public boolean empty() {
    return sum == 0;
  }

  private void rescale(double score) {
    if (score > max) {
      double scale = max == Double.NEGATIVE_INFINITY ? 0 : Math.exp(max - score);
      sum *= scale;
      for (int i = 0; i < weighted.length; i++) {
        weighted[i] *= scale;
      }
      max = score;
    }
  }
}
