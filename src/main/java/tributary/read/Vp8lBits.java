package tributary.read;

/** Bits of a lossless WebP picture, the lowest of each byte first. */
final class Vp8lBits {
  private final byte[] bytes;
  private final int end;
  private int at;
  private long value;
  private int count;

  Vp8lBits(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** At most 24 bits as a number. */
  int read(int bits) {
    int number = peek(bits);
    skip(bits);
    return number;
  }

  /** The next bits, at most 24, which stay; zeros behind the end. */
  int peek(int bits) {
    while (count < bits && at < end) {
      value |= (bytes[at++] & 0xFFL) << count;
      count += 8;
    }
    return (int) value & (1 << bits) - 1;
  }

  /**
   * Goes on.
   *
   * @throws Rejected CORRUPT_IMAGE behind the end
   */
  void skip(int bits) {
    if (bits > count) {
      throw Webp.corrupt("its picture needs more bytes than there are");
    }
    value >>>= bits;
    count -= bits;
  }
}
