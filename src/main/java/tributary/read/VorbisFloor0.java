package tributary.read;

import org.jspecify.annotations.Nullable;

/**
 * A curve by line spectral pairs (Vorbis I specification, section 6), as the first encoders wrote
 * it.
 *
 * @param rate samples a second
 */
@SuppressWarnings("ArrayRecordComponent")
record VorbisFloor0(
    int order, int rate, int steps, int amplitudeBits, int amplitudeOffset, VorbisCodebook[] books)
    implements VorbisFloor {

  @Override
  public @Nullable Curve read(VorbisBits bits) {
    int amplitude = bits.read(amplitudeBits);
    int number = bits.read(VorbisSetup.bits(books.length));
    if (amplitude == 0 || bits.isOver() || number >= books.length) {
      return null;
    }
    VorbisCodebook book = books[number];
    double[] cosines = new double[order];
    double last = 0;
    for (int at = 0; at < order; at += book.dimensions) {
      int entry = book.entry(bits);
      if (entry < 0) {
        return null;
      }
      int vector = entry * book.dimensions;
      for (int i = 0; i < Math.min(book.dimensions, order - at); i++) {
        cosines[at + i] = last + book.values[vector + i];
      }
      last += book.values[vector + book.dimensions - 1];
    }
    for (int i = 0; i < order; i++) {
      cosines[i] = 2 * StrictMath.cos(cosines[i]);
    }
    return (spectrum, n) -> multiply(amplitude, cosines, spectrum, n);
  }

  private void multiply(int amplitude, double[] cosines, float[] spectrum, int n) {
    for (int i = 0; i < n; ) {
      int step = step(i, n);
      float value = value(amplitude, cosines, 2 * StrictMath.cos(Math.PI * step / steps));
      do {
        spectrum[i++] *= value;
      } while (i < n && step(i, n) == step);
    }
  }

  private int step(int i, int n) {
    double at = bark((double) rate * i / (2.0 * n)) * steps / bark(0.5 * rate);
    return Math.min(steps - 1, (int) at);
  }

  private static double bark(double hertz) {
    return 13.1 * StrictMath.atan(0.00074 * hertz)
        + 2.24 * StrictMath.atan(1.85e-8 * hertz * hertz)
        + 0.0001 * hertz;
  }

  private float value(int amplitude, double[] cosines, double w) {
    double p = 1;
    double q = 1;
    for (int i = 0; i + 1 < order; i += 2) {
      q *= cosines[i] - w;
      p *= cosines[i + 1] - w;
    }
    if (order % 2 == 1) {
      q *= cosines[order - 1] - w;
      q = q * q / 4;
      p = p * p * (1 - w * w / 4);
    } else {
      q = q * q * (2 + w) / 4;
      p = p * p * (2 - w) / 4;
    }
    double most = (1L << amplitudeBits) - 1;
    double decibels =
        Integer.toUnsignedLong(amplitude) / most / Math.sqrt(p + q) * amplitudeOffset
            - amplitudeOffset;
    return (float) StrictMath.exp(0.11512925 * decibels);
  }
}
