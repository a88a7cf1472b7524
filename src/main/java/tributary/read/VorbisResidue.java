package tributary.read;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a spectrum has besides its coarse curve (Vorbis I specification, section 8). Immutable,
 * shared by threads.
 *
 * @param type 0 interleaved, 1 in order, 2 in order over all channels
 * @param books by class and pass; [classes, 8]
 */
@SuppressWarnings("ArrayRecordComponent")
record VorbisResidue(
    int type,
    int from,
    int to,
    int partition,
    VorbisCodebook classes,
    @Nullable VorbisCodebook[][] books) {
  private static final int PASSES = 8;

  /**
   * Adds it to spectra until the packet ends.
   *
   * @param spectra zeros; [channels, n]
   * @param used the channels that have one; [channels]
   */
  void read(VorbisBits bits, float[][] spectra, boolean[] used, int n) {
    float[][] vectors = new float[spectra.length][];
    int count = 0;
    for (int i = 0; i < spectra.length; i++) {
      if (used[i]) {
        vectors[count++] = spectra[i];
      }
    }
    if (count == 0) {
      return;
    }
    if (type < 2 || spectra.length == 1) {
      vectors(bits, Arrays.copyOf(vectors, count), n);
      return;
    }
    float[] all = new float[n * spectra.length]; // [n, channels]
    vectors(bits, new float[][] {all}, all.length);
    for (int channel = 0; channel < spectra.length; channel++) {
      float[] spectrum = spectra[channel];
      for (int i = 0, at = channel; i < n; i++, at += spectra.length) {
        spectrum[i] = all[at];
      }
    }
  }

  private void vectors(VorbisBits bits, float[][] vectors, int n) {
    int begin = Math.min(from, n);
    int partitions = (Math.min(to, n) - begin) / partition;
    int together = classes.dimensions;
    int[][] kinds = new int[vectors.length][Math.max(0, partitions)];
    for (int pass = 0; pass < PASSES; pass++) {
      for (int first = 0; first < partitions; first += together) {
        if (pass == 0 && !kinds(bits, kinds, first)) {
          return;
        }
        for (int i = first; i < Math.min(first + together, partitions); i++) {
          int at = begin + i * partition;
          for (int channel = 0; channel < vectors.length; channel++) {
            VorbisCodebook book = books[kinds[channel][i]][pass];
            if (book != null && !add(bits, book, vectors[channel], at)) {
              return;
            }
          }
        }
      }
    }
  }

  /** Classes of some partitions of each vector. */
  private boolean kinds(VorbisBits bits, int[][] kinds, int first) {
    for (int[] of : kinds) {
      int rest = classes.entry(bits);
      if (rest < 0) {
        return false;
      }
      // One class needs no numbers, and its word may stand for any number of partitions.
      for (int i = books.length == 1 ? -1 : classes.dimensions - 1; i >= 0; i--) {
        if (first + i < of.length) {
          of[first + i] = rest % books.length;
        }
        rest /= books.length;
      }
    }
    return true;
  }

  private boolean add(VorbisBits bits, VorbisCodebook book, float[] vector, int at) {
    int dimensions = book.dimensions;
    float[] values = book.values;
    if (type == 0) {
      return interleaved(bits, book, vector, at);
    }
    for (int i = at; i < at + partition; ) {
      int entry = book.entry(bits);
      if (entry < 0) {
        return false;
      }
      int value = entry * dimensions;
      int end = Math.min(i + dimensions, at + partition);
      while (i < end) {
        vector[i++] += values[value++];
      }
    }
    return true;
  }

  /** Nothing is added of a partition that is cut. */
  private boolean interleaved(VorbisBits bits, VorbisCodebook book, float[] vector, int at) {
    int dimensions = book.dimensions;
    int[] entries = new int[partition / dimensions];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = book.entry(bits);
      if (entries[i] < 0) {
        return false;
      }
    }
    for (int i = 0; i < entries.length; i++) {
      for (int d = 0; d < dimensions; d++) {
        vector[at + i + d * entries.length] += book.values[entries[i] * dimensions + d];
      }
    }
    return true;
  }
}
