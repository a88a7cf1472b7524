package tributary.read;

import org.jspecify.annotations.Nullable;

/** A curve of straight lines on a scale of decibels (Vorbis I specification, section 7). */
final class VorbisFloor1 implements VorbisFloor {
  /** A kind of partition: posts that are coded together. */
  @SuppressWarnings("ArrayRecordComponent")
  record Kind(
      int posts, int bits, @Nullable VorbisCodebook master, @Nullable VorbisCodebook[] books) {}

  private static final int[] RANGES = {256, 128, 86, 64};
  private static final int UNUSED = 1 << 15;

  /** Amplitudes, 140 dB in 256 steps. */
  private static final float[] DECIBELS = decibels();

  private final Kind[] partitions;
  private final int multiplier;
  private final int range;

  /** Where the posts are; [posts]. */
  private final int[] x;

  /** Posts by their place; [posts]. */
  private final int[] order;

  /** The nearest posts below and above among those before; [posts]. */
  private final int[] low;

  private final int[] high;

  /**
   * @param x where the posts are: 0, the end, and those of the partitions
   * @throws Rejected CORRUPT_AUDIO where two posts are in one place
   */
  VorbisFloor1(int number, Kind[] partitions, int multiplier, int[] x) {
    this.partitions = partitions;
    this.multiplier = multiplier;
    this.range = RANGES[multiplier - 1];
    this.x = x;
    this.order = new int[x.length];
    this.low = new int[x.length];
    this.high = new int[x.length];
    for (int i = 0; i < x.length; i++) {
      int at = i;
      for (; at > 0 && x[order[at - 1]] >= x[i]; at--) {
        if (x[order[at - 1]] == x[i]) {
          throw VorbisSetup.corrupt("floor " + number + " has two posts at " + x[i]);
        }
        order[at] = order[at - 1];
      }
      order[at] = i;
      if (i > 1) {
        low[i] = order[at - 1];
        high[i] = order[at + 1];
      }
    }
  }

  @Override
  public @Nullable Curve read(VorbisBits bits) {
    if (bits.read(1) == 0) {
      return null;
    }
    int[] y = new int[x.length];
    int width = VorbisSetup.bits(range - 1);
    y[0] = bits.read(width);
    y[1] = bits.read(width);
    int at = 2;
    for (Kind kind : partitions) {
      int choice = kind.master() == null ? 0 : kind.master().entry(bits);
      for (int i = 0; i < kind.posts(); i++) {
        VorbisCodebook book = kind.books()[choice & (1 << kind.bits()) - 1];
        choice >>= kind.bits();
        y[at++] = book == null ? 0 : book.entry(bits);
      }
    }
    if (bits.isOver()) {
      return null;
    }
    unpredict(y);
    return (spectrum, n) -> multiply(y, spectrum, n);
  }

  /** Differences from the line between two neighbours to heights. */
  private void unpredict(int[] y) {
    for (int i = 2; i < y.length; i++) {
      int x0 = x[low[i]];
      int y0 = y[low[i]] & UNUSED - 1;
      int y1 = y[high[i]] & UNUSED - 1;
      int slope = Math.abs(y1 - y0) * (x[i] - x0) / (x[high[i]] - x0);
      int predicted = y1 < y0 ? y0 - slope : y0 + slope;
      int value = y[i];
      if (value == 0) {
        y[i] = predicted | UNUSED;
        continue;
      }
      y[low[i]] &= UNUSED - 1;
      y[high[i]] &= UNUSED - 1;
      int above = range - predicted;
      int room = 2 * Math.min(above, predicted);
      int offset;
      if (value >= room) {
        offset = above > predicted ? value - predicted : above - 1 - value;
      } else {
        offset = (value & 1) != 0 ? -((value + 1) >> 1) : value >> 1;
      }
      y[i] = predicted + offset & UNUSED - 1;
    }
  }

  private void multiply(int[] y, float[] spectrum, int n) {
    int x0 = 0;
    int y0 = height(y[0] & UNUSED - 1);
    for (int i = 1; i < order.length; i++) {
      int post = order[i];
      if ((y[post] & UNUSED) != 0) {
        continue;
      }
      int y1 = height(y[post]);
      line(x0, y0, x[post], y1, spectrum, n);
      x0 = x[post];
      y0 = y1;
    }
    line(x0, y0, Math.max(n, x0 + 1), y0, spectrum, n);
  }

  private int height(int y) {
    if (y * multiplier >= DECIBELS.length) {
      throw SoundFiles.corrupt("Cannot read OGG: a post of height " + y + " of " + range);
    }
    return y * multiplier;
  }

  /** From (x0, y0) to (x1, y1) without its end. */
  private static void line(int x0, int y0, int x1, int y1, float[] spectrum, int n) {
    int dx = x1 - x0;
    int base = (y1 - y0) / dx;
    int sign = y1 < y0 ? -1 : 1;
    int rest = Math.abs(y1 - y0) - Math.abs(base) * dx;
    int error = 0;
    int y = y0;
    for (int at = x0; at < Math.min(x1, n); at++) {
      spectrum[at] *= DECIBELS[y];
      error += rest;
      y += base;
      if (error >= dx) {
        error -= dx;
        y += sign;
      }
    }
  }

  private static float[] decibels() {
    float[] decibels = new float[256];
    for (int i = 0; i < 256; i++) {
      decibels[i] = (float) StrictMath.pow(10, (i - 255) * (140 / 256.0 / 20));
    }
    return decibels;
  }
}
