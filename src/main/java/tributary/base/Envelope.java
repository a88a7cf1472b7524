package tributary.base;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * The one class that knows what lies around the bytes of anything that a shuffle carries; what lies
 * between is its owner's. Little-endian:
 *
 * <pre>
 * magic, four letters | version u8 | fields of fixed length | what has none | CRC-32C of all before
 * </pre>
 *
 * <p>Bytes that are too short, of another kind or version, changed on the way, of another length
 * than their fields say, or of another model are refused: {@code Cannot read WHAT: FIELD FOUND
 * (expected EXPECTED)}, an {@link IllegalStateException}. Immutable, for all threads.
 */
public final class Envelope {
  private static final int START = Integer.BYTES + Byte.BYTES;
  private static final int END = Integer.BYTES;

  private final String what;
  private final int magic;
  private final int version;
  private final int fixed;

  /**
   * @param what is inside, for messages: node
   * @param magic four letters
   * @param version 0 to 127
   * @param fixed bytes from the first one to the last field of fixed length: magic and version
   *     count
   */
  public Envelope(String what, String magic, int version, int fixed) {
    byte[] letters = magic.getBytes(StandardCharsets.US_ASCII);
    if (letters.length != Integer.BYTES) {
      throw Invalid.argument("magic", magic, "four letters");
    }
    if (version < 0 || version > Byte.MAX_VALUE) {
      throw Invalid.argument("version", version, "0 to 127");
    }
    if (fixed < START) {
      throw Invalid.argument("fixed", fixed, "at least " + START);
    }
    this.what = what;
    this.magic = ByteBuffer.wrap(letters).order(ByteOrder.LITTLE_ENDIAN).getInt();
    this.version = version;
    this.fixed = fixed;
  }

  /** The bytes that fields carry of a model's hash, hex of 16 digits or more. */
  public static long model(String hash) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hash.substring(0, 16))).getLong();
  }

  /**
   * A buffer at the first field, to be filled and sealed.
   *
   * @param rest bytes behind the fields of fixed length
   * @throws ArithmeticException if no array holds so many
   */
  public ByteBuffer write(long rest) {
    return ByteBuffer.allocate(Math.toIntExact(fixed + rest + END))
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(magic)
        .put((byte) version);
  }

  /** The filled buffer's bytes, with their checksum. */
  public byte[] seal(ByteBuffer filled) {
    byte[] bytes = filled.array();
    filled.putInt(bytes.length - END, (int) checksum(bytes));
    return bytes;
  }

  /** Whether bytes begin as those do that have this envelope. */
  public boolean isOf(byte[] bytes) {
    return bytes.length >= Integer.BYTES
        && ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt() == magic;
  }

  /** A buffer at the first field of bytes that arrived whole. */
  public ByteBuffer read(byte[] bytes) {
    if (bytes.length < fixed + END) {
      throw refused(bytes.length + " bytes (at least " + (fixed + END) + ")");
    }
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    expect("magic", magic, Integer.toUnsignedLong(b.getInt()));
    expect("version", version, b.get());
    long sum = Integer.toUnsignedLong(b.getInt(bytes.length - END));
    expect("checksum", checksum(bytes), sum);
    return b;
  }

  /** Refuses bytes of another model than this one's first bytes. */
  public void expectModel(long expected, long found) {
    expect("model", expected, found);
  }

  /**
   * Refuses bytes of another length than their fields say.
   *
   * @param rest bytes behind the fields of fixed length
   */
  public void expectLength(long rest, ByteBuffer read) {
    long expected = fixed + rest + END;
    if (read.limit() != expected) {
      throw refused("length " + read.limit() + " (expected " + expected + ")");
    }
  }

  private static long checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - END);
    return crc.getValue();
  }

  private void expect(String field, long expected, long found) {
    if (expected != found) {
      throw refused(
          field + " " + Long.toHexString(found) + " (expected " + Long.toHexString(expected) + ")");
    }
  }

  private IllegalStateException refused(String reason) {
    return new IllegalStateException("Cannot read " + what + ": " + reason);
  }
}
