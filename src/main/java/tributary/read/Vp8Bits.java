package tributary.read;

/** The arithmetic decoder of VP8 (RFC 6386, section 7) over one partition of the data. */
final class Vp8Bits {
  private final byte[] bytes;
  private final int end;
  private int at;

  /** Range less one, 127 to 254. */
  private int range = 254;

  private long value;

  /** Bits of value below the eight that are compared; negative where more must be read. */
  private int below = -8;

  private boolean exhausted;

  Vp8Bits(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** A bit that is 0 with probability / 256. */
  int bit(int probability) {
    if (below < 0) {
      fill();
    }
    int split = range * probability >> 8;
    int bit;
    int left;
    if ((int) (value >> below) > split) {
      left = range - split - 1;
      value -= (long) (split + 1) << below;
      bit = 1;
    } else {
      left = split;
      bit = 0;
    }
    if (left < 127) {
      int shift = Integer.numberOfLeadingZeros(left + 1) - 24;
      left = (left + 1 << shift) - 1;
      below -= shift;
    }
    range = left;
    return bit;
  }

  boolean flag() {
    return bit(128) != 0;
  }

  /** An unsigned number, the highest bit first. */
  int number(int bits) {
    int number = 0;
    for (int i = 0; i < bits; i++) {
      number = number << 1 | bit(128);
    }
    return number;
  }

  /** A number and its sign behind a flag; 0 without. */
  int optional(int bits) {
    if (!flag()) {
      return 0;
    }
    int number = number(bits);
    return flag() ? -number : number;
  }

  /** Whether more was read than there is. */
  boolean isExhausted() {
    return exhausted;
  }

  private void fill() {
    while (below < 0) {
      int next = 0;
      if (at < end) {
        next = bytes[at++] & 0xFF;
      } else {
        exhausted = true;
      }
      value = value << 8 | next;
      below += 8;
    }
    while (below < 24 && at < end) {
      value = value << 8 | bytes[at++] & 0xFF;
      below += 8;
    }
  }
}
