package tributary.report;

import tributary.base.Invalid;
import tributary.model.ModalitySpec;

/**
 * One record's modality as it was and as the model filled it in. The tokens are those of the
 * modality from its first on. Of visible tokens the original is shown on both sides: the loss does
 * not see what a decoder makes of them.
 */
public sealed interface Reconstruction {
  /** The modality's name. */
  String modality();

  /** Its heading, such as the record's id. */
  String caption();

  /** Which tokens the model saw; [n]. */
  boolean[] visible();

  /** How many tokens the model did not see. */
  default int hidden() {
    int hidden = 0;
    for (boolean seen : visible()) {
      hidden += seen ? 0 : 1;
    }
    return hidden;
  }

  /**
   * Tokens of values. Where targets are normalised per token, the caller has undone that.
   *
   * @param spec what the tokens are, and their geometry: a picture's patches and their order, a
   *     sound's frames, a series' channels
   * @param original [n, channels], row-major
   * @param reconstructed [n, channels]; may be NaN or infinite, which is drawn as nothing
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Values(
      String modality,
      String caption,
      ModalitySpec spec,
      float[] original,
      float[] reconstructed,
      boolean[] visible)
      implements Reconstruction {
    public Values {
      expect(modality + ".original", original.length, visible.length * spec.channels());
      expect(modality + ".reconstructed", reconstructed.length, original.length);
    }

    /** Mean squared error over the hidden tokens' values; 0 where none is hidden. */
    public double error() {
      int channels = spec.channels();
      double sum = 0;
      for (int i = 0; i < original.length; i++) {
        double off = visible[i / channels] ? 0 : (double) reconstructed[i] - original[i];
        sum += off * off;
      }
      return sum / Math.max(1, (long) hidden() * channels);
    }

    /** A value as it is shown: of a visible token the original. */
    float shown(int at) {
      return visible[at / spec.channels()] ? original[at] : reconstructed[at];
    }
  }

  /**
   * Bytes of a text, UTF-8.
   *
   * @param original [n]
   * @param reconstructed the likeliest byte at each place; [n]
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Bytes(
      String modality, String caption, byte[] original, byte[] reconstructed, boolean[] visible)
      implements Reconstruction {
    public Bytes {
      expect(modality + ".original", original.length, visible.length);
      expect(modality + ".reconstructed", reconstructed.length, visible.length);
    }

    /** How many hidden bytes the model found. */
    public int found() {
      int found = 0;
      for (int i = 0; i < visible.length; i++) {
        found += !visible[i] && original[i] == reconstructed[i] ? 1 : 0;
      }
      return found;
    }
  }

  private static void expect(String key, int found, int expected) {
    if (found != expected) {
      throw Invalid.argument(key, found + " values", "as many as the tokens have, " + expected);
    }
  }
}
