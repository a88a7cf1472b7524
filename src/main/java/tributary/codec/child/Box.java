package tributary.codec.child;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A box of a file of boxes (ISO/IEC 14496-12, and 15444-1).
 *
 * @param type four letters
 * @param body what follows its header
 */
record Box(String type, ByteBuffer body) {
  /** Boxes that are looked at, and items of lists in them. */
  static final int MOST = 1 << 16;

  private static final int HEADER = 8;

  /**
   * Those that follow each other; the last one to the end, where it claims more.
   *
   * @throws IllegalArgumentException for a size that is less than its header's
   * @throws java.nio.BufferUnderflowException where a header is cut
   */
  static List<Box> all(ByteBuffer from) {
    List<Box> boxes = new ArrayList<>();
    while (from.remaining() >= HEADER && boxes.size() < MOST) {
      int start = from.position();
      long size = from.getInt() & 0xFFFFFFFFL;
      byte[] type = new byte[4];
      from.get(type);
      if (size == 1) {
        size = from.getLong();
      }
      int header = from.position() - start;
      int left = from.limit() - start;
      int whole = size == 0 || size > left || size < 0 ? left : (int) size;
      if (whole < header) {
        throw new IllegalArgumentException("a box of " + size + " bytes");
      }
      ByteBuffer body = from.slice(start + header, whole - header);
      boxes.add(new Box(new String(type, StandardCharsets.ISO_8859_1), body));
      from.position(start + whole);
    }
    return boxes;
  }
}
