package tributary.split;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;
import tributary.tokenize.TokenBlock;

/**
 * The one class that knows the bytes of a {@link Subsequence}, as a shuffle carries it.
 * Little-endian:
 *
 * <pre>
 * magic "TSUB" | version u8 = 1 | type u8 (0 ids, 1 values) | name length u16 | index i64 | channels i32 | tokens i32 | name, UTF-8 | tokens | CRC-32C of all before
 * </pre>
 */
public final class SubsequenceBytes {
  private static final int MAGIC = 0x42555354; // "TSUB"
  private static final byte VERSION = 1;
  private static final int HEADER = 24;

  private SubsequenceBytes() {}

  /** The bytes of a subsequence whose blocks are all of one type and width. */
  public static byte[] write(Subsequence s) {
    byte[] name = s.modality().getBytes(StandardCharsets.UTF_8);
    boolean ids = s.blocks().get(0) instanceof TokenBlock.Ids;
    int channels = s.blocks().get(0) instanceof TokenBlock.Values v ? v.channels() : 1;
    int tokens = s.tokens();
    int body = Math.toIntExact((long) tokens * channels * (ids ? 1 : Float.BYTES));
    ByteBuffer b =
        ByteBuffer.allocate(HEADER + name.length + body + Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(MAGIC).put(VERSION).put((byte) (ids ? 0 : 1)).putShort((short) name.length);
    b.putLong(s.index()).putInt(channels).putInt(tokens).put(name);
    for (TokenBlock block : s.blocks()) {
      if (block instanceof TokenBlock.Ids i && ids) {
        b.put(i.ids());
      } else if (block instanceof TokenBlock.Values v && !ids && v.channels() == channels) {
        b.asFloatBuffer().put(v.values());
        b.position(b.position() + v.values().length * Float.BYTES);
      } else {
        throw new IllegalArgumentException(
            "Cannot write subsequence of "
                + s.modality()
                + ": blocks of different types or widths");
      }
    }
    b.putInt(checksum(b.array(), b.position()));
    return b.array();
  }

  /** The subsequence of these bytes. */
  public static Subsequence read(byte[] bytes) {
    if (bytes.length < HEADER + Integer.BYTES) {
      throw corrupt(bytes.length + " bytes (at least " + (HEADER + Integer.BYTES) + ")");
    }
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    expect("magic", MAGIC, b.getInt());
    expect("version", VERSION, b.get());
    int end = bytes.length - Integer.BYTES;
    expect("checksum", checksum(bytes, end), b.getInt(end));
    boolean ids = b.get() == 0;
    byte[] name = new byte[b.getShort() & 0xffff];
    long index = b.getLong();
    int channels = b.getInt();
    int tokens = b.getInt();
    expect(
        "length", HEADER + name.length + (long) tokens * channels * (ids ? 1 : Float.BYTES), end);
    b.get(name);
    TokenBlock block;
    if (ids) {
      byte[] values = new byte[tokens];
      b.get(values);
      block = new TokenBlock.Ids(values);
    } else {
      float[] values = new float[tokens * channels];
      b.asFloatBuffer().get(values);
      block = new TokenBlock.Values(channels, values);
    }
    return new Subsequence(new String(name, StandardCharsets.UTF_8), index, List.of(block));
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static void expect(String field, long expected, long found) {
    if (expected != found) {
      throw corrupt(field + " " + found + " (expected " + expected + ")");
    }
  }

  private static IllegalStateException corrupt(String what) {
    return new IllegalStateException("Cannot read subsequence: " + what);
  }
}
