package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One page of an Ogg file (RFC 3533, section 6), a view of the file.
 *
 * @param in the whole file, little-endian
 * @param at where its header begins
 * @param body where its segments begin
 * @param length bytes of all its segments
 */
record OggPage(ByteBuffer in, int at, int body, int length) {
  static final int HEADER = 27;

  int version() {
    return in.get(at + 4);
  }

  /** Whether its first segment goes on with a packet of the page before. */
  boolean continues() {
    return (in.get(at + 5) & 1) != 0;
  }

  boolean isFirst() {
    return (in.get(at + 5) & 2) != 0;
  }

  boolean isLast() {
    return (in.get(at + 5) & 4) != 0;
  }

  /** Of the last packet that ends here; -1 where none does. */
  long granule() {
    return in.getLong(at + 6);
  }

  int serial() {
    return in.getInt(at + 14);
  }

  int number() {
    return in.getInt(at + 18);
  }

  int segments() {
    return in.get(at + 26) & 0xFF;
  }

  /** Bytes of a segment: 255 where its packet goes on in the next. */
  int segment(int i) {
    return in.get(at + HEADER + i) & 0xFF;
  }

  /** Whether its body begins with those bytes. */
  boolean starts(byte[] magic) {
    return length >= magic.length
        && java.util.Arrays.equals(in.array(), body, body + magic.length, magic, 0, magic.length);
  }

  /** A view of a file for pages. */
  static ByteBuffer view(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }
}
