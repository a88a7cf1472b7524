package tributary.read;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The bits of one packet, the lowest of each byte first (Vorbis I specification, section 2). */
final class VorbisBits {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes = {};
  private int at;
  private int end;

  /** The next bits; those from `count` on may be there already or be 0. */
  private long held;

  private int count;
  private boolean over;

  void open(byte[] packet, int from, int length) {
    bytes = packet;
    at = from;
    end = from + length;
    held = 0;
    count = 0;
    over = false;
  }

  /** Whether more was read than there is. */
  boolean isOver() {
    return over;
  }

  /** Says that nothing that follows can be read. */
  void abandon() {
    over = true;
    at = end;
    held = 0;
    count = 0;
  }

  /** Up to 32 bits; 0 and {@link #isOver} where there are fewer. */
  int read(int n) {
    int value = (int) (peek() & (1L << n) - 1);
    return skip(n) ? value : 0;
  }

  /** The next 32 bits at least, zeros after the end. */
  long peek() {
    if (count < 32) {
      if (end - at >= Long.BYTES) {
        held |= (long) LONG.get(bytes, at) << count;
        at += (63 - count) >> 3;
        count |= 56;
      } else {
        while (count <= 56 && at < end) {
          held |= (bytes[at++] & 0xFFL) << count;
          count += 8;
        }
      }
    }
    return held;
  }

  /** Steps over bits that were peeked at; false if there are fewer. */
  boolean skip(int n) {
    if (n > count) {
      abandon();
      return false;
    }
    held >>>= n;
    count -= n;
    return true;
  }
}
