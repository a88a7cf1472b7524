package tributary.read;

import java.util.Arrays;

/**
 * Packets of one Vorbis stream to samples, one after the other: the right half of each block is
 * kept for the next one to lap over. Lives in a task, used by one thread.
 */
final class VorbisDecoder {
  private final VorbisSetup setup;
  private final VorbisBits bits = new VorbisBits();
  private final int channels;

  /** [channels, half the longer block]. */
  private final float[][] spectra;

  private final float[][] scratch;

  /** The left half of a block before its window; [half the longer block]. */
  private final float[] left;

  /** What the block before leaves to lap with, before its window; [channels, lastHalf]. */
  private final float[][] tail;

  private int lastHalf;
  private final boolean[] used;
  private final boolean[] decoded;
  private final VorbisFloor.Curve[] curves;

  /** Samples of the last packet; [channels, its frames]. */
  final float[][] pcm;

  VorbisDecoder(VorbisSetup setup) {
    int half = setup.blocks[1] / 2;
    this.setup = setup;
    this.channels = setup.channels;
    this.spectra = new float[channels][half];
    this.scratch = new float[4][half / 2];
    this.left = new float[half];
    this.tail = new float[channels][half];
    this.pcm = new float[channels][half];
    this.used = new boolean[channels];
    this.decoded = new boolean[channels];
    this.curves = new VorbisFloor.Curve[channels];
  }

  /** Fills {@link #pcm}: frames there are, 0 for the first packet; -1 where it is no sound. */
  int decode(byte[] packet, int from, int length) {
    bits.open(packet, from, length);
    if (bits.read(1) != 0) {
      return -1;
    }
    int number = bits.read(VorbisSetup.bits(setup.modes.length - 1));
    if (number >= setup.modes.length) {
      return -1;
    }
    VorbisSetup.Mode mode = setup.modes[number];
    if (mode.isLong()) {
      bits.skip(2); // how long the neighbours are, which they say themselves
    }
    if (bits.isOver()) {
      return -1;
    }
    int half = setup.blocks[mode.isLong() ? 1 : 0] / 2;
    spectra(mode.mapping(), half);
    for (int channel = 0; channel < channels; channel++) {
      if (used[channel]) {
        setup.mdct(half).dct4(spectra[channel], scratch);
      }
    }
    return lap(half);
  }

  private void spectra(VorbisSetup.Mapping mapping, int half) {
    for (int channel = 0; channel < channels; channel++) {
      Arrays.fill(spectra[channel], 0, half, 0);
      curves[channel] = mapping.floors()[mapping.submaps()[channel]].read(bits);
      used[channel] = curves[channel] != null;
    }
    System.arraycopy(used, 0, decoded, 0, channels);
    for (int i = 0; i < mapping.magnitudes().length; i++) {
      int magnitude = mapping.magnitudes()[i];
      int angle = mapping.angles()[i];
      decoded[magnitude] |= decoded[angle];
      decoded[angle] |= decoded[magnitude];
    }
    for (int submap = 0; submap < mapping.residues().length; submap++) {
      residue(mapping, submap, half);
    }
    for (int i = mapping.magnitudes().length - 1; i >= 0; i--) {
      uncouple(spectra[mapping.magnitudes()[i]], spectra[mapping.angles()[i]], half);
    }
    for (int channel = 0; channel < channels; channel++) {
      if (used[channel]) {
        curves[channel].multiply(spectra[channel], half);
      } else {
        Arrays.fill(spectra[channel], 0, half, 0);
      }
    }
  }

  private void residue(VorbisSetup.Mapping mapping, int submap, int half) {
    if (mapping.residues().length == 1) {
      mapping.residues()[0].read(bits, spectra, decoded, half);
      return;
    }
    int count = 0;
    float[][] vectors = new float[channels][];
    boolean[] wanted = new boolean[channels];
    for (int channel = 0; channel < channels; channel++) {
      if (mapping.submaps()[channel] == submap) {
        wanted[count] = decoded[channel];
        vectors[count++] = spectra[channel];
      }
    }
    mapping.residues()[submap].read(bits, Arrays.copyOf(vectors, count), wanted, half);
  }

  /** Magnitude and angle to two channels (section 1.3.3 of the specification). */
  private static void uncouple(float[] magnitudes, float[] angles, int half) {
    for (int i = 0; i < half; i++) {
      float m = magnitudes[i];
      float a = angles[i];
      float signed = m > 0 ? a : -a;
      if (a > 0) {
        angles[i] = m - signed;
      } else {
        angles[i] = m;
        magnitudes[i] = m + signed;
      }
    }
  }

  /** Samples from the middle of the block before to the middle of this one. */
  private int lap(int half) {
    int frames = lastHalf == 0 ? 0 : (lastHalf + half) / 2;
    int overlap = Math.min(lastHalf, half);
    float[] slope = setup.slope(overlap);
    for (int channel = 0; channel < channels; channel++) {
      float[] values = spectra[channel]; // [half], of which the block is made by mirrors
      float[] right = tail[channel];
      if (frames > 0) {
        lap(right, values, half, overlap, slope, pcm[channel]);
      }
      int quarter = half / 2;
      for (int i = 0; i < quarter; i++) {
        right[quarter - 1 - i] = -values[i];
        right[quarter + i] = -values[i];
      }
    }
    lastHalf = half;
    return frames;
  }

  private void lap(
      float[] right, float[] values, int half, int overlap, float[] slope, float[] to) {
    int flat = (lastHalf - overlap) / 2; // samples before this block begins
    int skipped = (half - overlap) / 2; // samples of this block before it is heard
    int quarter = half / 2;
    System.arraycopy(right, 0, to, 0, flat);
    for (int i = 0; i < quarter; i++) {
      left[i] = values[quarter + i];
      left[half - 1 - i] = -values[quarter + i];
    }
    for (int i = 0; i < overlap; i++) {
      to[flat + i] = right[flat + i] * slope[overlap - 1 - i] + left[skipped + i] * slope[i];
    }
    System.arraycopy(left, skipped + overlap, to, flat + overlap, half - skipped - overlap);
  }
}
