package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Tags that programs put before and behind a sound, whatever its format: ID3v2 before (or behind,
 * with a footer), ID3v1 and APE behind.
 */
final class Tags {
  private static final int ID3V2 = 10;
  private static final int ID3V1 = 128;
  private static final int APE = 32;

  private Tags() {}

  /** The payload from where its tags end: itself where it begins with none. */
  static byte[] without(byte[] payload) {
    int start = start(payload);
    return start == 0 ? payload : Arrays.copyOfRange(payload, start, payload.length);
  }

  /** Where what is behind the first tags begins; 0 where there is nothing. */
  private static int start(byte[] payload) {
    int at = 0;
    while (is(payload, at, "ID3") && payload.length - at >= ID3V2) {
      long size = 0;
      for (int i = 6; i < ID3V2; i++) {
        size = size << 7 | payload[at + i] & 0x7F;
      }
      boolean footer = (payload[at + 5] & 0x10) != 0;
      long next = at + ID3V2 + size + (footer ? ID3V2 : 0);
      while (next < payload.length && payload[(int) next] == 0) {
        next++; // filled up beyond its size
      }
      if (next >= payload.length) {
        return 0;
      }
      at = (int) next;
    }
    return at;
  }

  /** Where the tags behind begin; the payload's length where there are none. */
  static int end(byte[] payload) {
    int end = payload.length;
    for (int before = -1; before != end; ) {
      before = end;
      if (is(payload, end - ID3V1, "TAG")) {
        end -= ID3V1;
      }
      if (is(payload, end - APE, "APETAGEX")) {
        end = ape(payload, end);
      }
    }
    return end;
  }

  /** Where an APE tag that ends at `end` begins: its size counts the footer, not the header. */
  private static int ape(byte[] payload, int end) {
    long size = little(payload, end - APE + 12) & 0xFFFFFFFFL;
    boolean header = little(payload, end - APE + 20) < 0;
    long start = end - size - (header ? APE : 0);
    return size < APE || start < 0 ? end : (int) start;
  }

  private static int little(byte[] payload, int at) {
    return ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  private static boolean is(byte[] payload, int at, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    int to = at + bytes.length;
    return at >= 0
        && payload.length >= to
        && Arrays.equals(payload, at, to, bytes, 0, bytes.length);
  }
}
