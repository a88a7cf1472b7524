package tributary.read;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Bytes to text: strict UTF-8 (Unicode 15, table 3-7). Overlong forms, surrogates, values above
 * U+10FFFF and truncated sequences are refused, nothing is repaired. A byte order mark is three
 * bytes like any others. No bytes are a text: the empty one.
 */
public final class TextReader {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;

  private TextReader() {}

  /**
   * The text that the bytes are; the array is kept, not copied.
   *
   * @throws Rejected NOT_UTF8 with the offset of the first byte that no well-formed text has there,
   *     or of the text's end where its last sequence is cut
   */
  public static Signal.Text read(byte[] utf8) {
    int bad = firstBad(utf8);
    if (bad >= 0) {
      String found = bad == utf8.length ? "the end" : String.format("0x%02X", utf8[bad] & 0xFF);
      throw new Rejected(
          Rejected.Reason.NOT_UTF8,
          String.format(
              "Cannot read text: %s at byte %d of %d is not UTF-8", found, bad, utf8.length));
    }
    return new Signal.Text(utf8);
  }

  /** Offset of the first bad byte, the length if the last sequence is cut, -1 if all is well. */
  static int firstBad(byte[] utf8) {
    int at = 0;
    while (at < utf8.length) {
      if (utf8[at] >= 0) {
        at = skipAscii(utf8, at);
        continue;
      }
      int lead = utf8[at] & 0xFF;
      int following = following(lead);
      if (following < 0) {
        return at;
      }
      for (int i = 1; i <= following; i++) {
        int place = at + i;
        if (place == utf8.length) {
          return place;
        }
        int low = i == 1 ? lowestSecond(lead) : 0x80;
        int high = i == 1 ? highestSecond(lead) : 0xBF;
        int next = utf8[place] & 0xFF;
        if (next < low || next > high) {
          return place;
        }
      }
      at += following + 1;
    }
    return -1;
  }

  private static int skipAscii(byte[] utf8, int from) {
    int at = from;
    while (at <= utf8.length - Long.BYTES && ((long) LONGS.get(utf8, at) & HIGH_BITS) == 0) {
      at += Long.BYTES;
    }
    while (at < utf8.length && utf8[at] >= 0) {
      at++;
    }
    return at;
  }

  /** How many bytes follow the lead byte; -1: no sequence starts so. */
  private static int following(int lead) {
    if (lead < 0xC2 || lead > 0xF4) {
      return -1;
    }
    if (lead < 0xE0) {
      return 1;
    }
    return lead < 0xF0 ? 2 : 3;
  }

  private static int lowestSecond(int lead) {
    return switch (lead) {
      case 0xE0 -> 0xA0; // shorter would be overlong
      case 0xF0 -> 0x90;
      default -> 0x80;
    };
  }

  private static int highestSecond(int lead) {
    return switch (lead) {
      case 0xED -> 0x9F; // above are the surrogates
      case 0xF4 -> 0x8F; // above is no Unicode
      default -> 0xBF;
    };
  }
}
