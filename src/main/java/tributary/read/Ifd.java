package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The first directory of a TIFF or BigTIFF file, and of Exif, which has the same form: tags and
 * their values. What is not within the bytes is absent.
 */
final class Ifd {
  static final int PHOTOMETRIC = 262;
  static final int ORIENTATION = 274;
  static final int EXTRA_SAMPLES = 338;
  static final int SAMPLE_FORMAT = 339;
  static final int XMP = 700;
  static final int PROFILE = 34675;

  private static final int BYTE = 1;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int UNDEFINED = 7;
  private static final int LONG8 = 16;

  private final ByteBuffer in;
  private final boolean big;
  private final long entries;
  private final long count;

  private Ifd(ByteBuffer in, boolean big, long entries, long count) {
    this.in = in;
    this.big = big;
    this.entries = entries;
    this.count = count;
  }

  /** The directory of a file, or null where there is none. */
  static @Nullable Ifd first(byte[] bytes, int from, int end) {
    if (end - from < 16) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, from, end - from).slice();
    in.order(in.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    boolean big = in.getShort(2) == 43;
    if (in.get(0) != in.get(1) || (in.get(0) != 'I' && in.get(0) != 'M')) {
      return null;
    }
    long at = big ? in.getLong(8) : in.getInt(4) & 0xFFFFFFFFL;
    int head = big ? 8 : 2;
    if (at < 8 || at > in.limit() - head) {
      return null;
    }
    long count = big ? in.getLong((int) at) : in.getShort((int) at) & 0xFFFF;
    long fitting = (in.limit() - at - head) / (big ? 20 : 12);
    return new Ifd(in, big, at + head, count < 0 ? 0 : Math.min(count, fitting));
  }

  /** The first value of a tag of whole numbers, or another where there is none. */
  long number(int tag, long otherwise) {
    int at = find(tag);
    if (at < 0) {
      return otherwise;
    }
    int type = in.getShort(at + 2);
    int size = size(type);
    long from = size == 0 ? -1 : values(at, size);
    if (from < 0) {
      return otherwise;
    }
    int value = (int) from;
    return switch (type) {
      case BYTE, UNDEFINED -> in.get(value) & 0xFF;
      case SHORT -> in.getShort(value) & 0xFFFF;
      case LONG -> in.getInt(value) & 0xFFFFFFFFL;
      default -> in.getLong(value);
    };
  }

  /** The bytes of a tag, or null. */
  byte @Nullable [] bytes(int tag) {
    int at = find(tag);
    if (at < 0 || size(in.getShort(at + 2)) != 1) {
      return null;
    }
    long from = values(at, 1);
    if (from < 0) {
      return null;
    }
    byte[] bytes = new byte[(int) length(at)];
    in.get((int) from, bytes);
    return bytes;
  }

  private int find(int tag) {
    int size = big ? 20 : 12;
    for (int i = 0; i < count; i++) {
      int at = (int) entries + i * size;
      if ((in.getShort(at) & 0xFFFF) == tag) {
        return at;
      }
    }
    return -1;
  }

  private static int size(int type) {
    return switch (type) {
      case BYTE, UNDEFINED -> 1;
      case SHORT -> 2;
      case LONG -> 4;
      case LONG8 -> 8;
      default -> 0;
    };
  }

  private long length(int at) {
    return big ? in.getLong(at + 4) : in.getInt(at + 4) & 0xFFFFFFFFL;
  }

  /** Where the values of an entry are, or -1 where they aren't within the bytes. */
  private long values(int at, int size) {
    int own = big ? 8 : 4;
    int field = at + (big ? 12 : 8);
    long length = length(at);
    if (length < 1 || length > in.limit()) {
      return -1;
    }
    long from = field;
    if (length * size > own) {
      from = big ? in.getLong(field) : in.getInt(field) & 0xFFFFFFFFL;
    }
    return from < 0 || from > in.limit() - length * size ? -1 : from;
  }
}
