package tributary.split;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tributary.base.Envelope;
import tributary.tokenize.TokenBlock;

/**
 * The one class that knows the bytes of a {@link Subsequence}, as a shuffle carries it, in their
 * {@link Envelope}. Little-endian:
 *
 * <pre>
 * magic "TSUB" | version u8 = 1 | type u8 (0 ids, 1 values) | name length u16 | index i64 | channels i32 | tokens i32 | name, UTF-8 | tokens | CRC-32C of all before
 * </pre>
 */
public final class SubsequenceBytes {
  private static final Envelope ENVELOPE = new Envelope("subsequence", "TSUB", 1, 24);

  private SubsequenceBytes() {}

  /** The bytes of a subsequence whose blocks are all of one type and width. */
  public static byte[] write(Subsequence s) {
    byte[] name = s.modality().getBytes(StandardCharsets.UTF_8);
    boolean ids = s.blocks().get(0) instanceof TokenBlock.Ids;
    int channels = s.blocks().get(0) instanceof TokenBlock.Values v ? v.channels() : 1;
    int tokens = s.tokens();
    ByteBuffer b = ENVELOPE.write(name.length + (long) tokens * channels * (ids ? 1 : Float.BYTES));
    b.put((byte) (ids ? 0 : 1)).putShort((short) name.length);
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
    return ENVELOPE.seal(b);
  }

  /** The subsequence of these bytes. */
  public static Subsequence read(byte[] bytes) {
    ByteBuffer b = ENVELOPE.read(bytes);
    boolean ids = b.get() == 0;
    byte[] name = new byte[b.getShort() & 0xffff];
    long index = b.getLong();
    int channels = b.getInt();
    int tokens = b.getInt();
    ENVELOPE.expectLength(name.length + (long) tokens * channels * (ids ? 1 : Float.BYTES), b);
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
}
