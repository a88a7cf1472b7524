package tributary.merge;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * The one class that knows the bytes of a {@link Node}, as a shuffle carries it. Little-endian:
 *
 * <pre>
 * magic "TNOD" | version u8 = 2 | level u8 | name length u16 | index i64 | tokens i64 | model hash, first 8 bytes | latents i32 (values) | name, UTF-8 | latents f32 | CRC-32C of all before
 * </pre>
 *
 * Version 1 had no tokens; a shuffle never outlives its job, so it is refused.
 */
public final class NodeBytes {
  private static final int MAGIC = 0x444f4e54; // "TNOD"
  private static final byte VERSION = 2;
  private static final int HEADER = 36;

  private final long model;

  /**
   * @param modelHash hex; nodes of another model are refused
   */
  public NodeBytes(String modelHash) {
    this.model = ByteBuffer.wrap(HexFormat.of().parseHex(modelHash.substring(0, 16))).getLong();
  }

  public byte[] write(Node node) {
    byte[] name = node.modality().getBytes(StandardCharsets.UTF_8);
    int n = node.latents().length;
    ByteBuffer b =
        ByteBuffer.allocate(HEADER + name.length + n * Float.BYTES + Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(MAGIC).put(VERSION).put((byte) node.level()).putShort((short) name.length);
    b.putLong(node.index()).putLong(node.tokens()).putLong(model).putInt(n).put(name);
    b.asFloatBuffer().put(node.latents());
    int end = b.position() + n * Float.BYTES;
    b.putInt(end, checksum(b.array(), end));
    return b.array();
  }

  public Node read(byte[] bytes) {
    if (bytes.length < HEADER + Integer.BYTES) {
      throw corrupt(bytes.length + " bytes (at least " + (HEADER + Integer.BYTES) + ")");
    }
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    expect("magic", MAGIC, b.getInt());
    expect("version", VERSION, b.get());
    int end = bytes.length - Integer.BYTES;
    expect("checksum", checksum(bytes, end), b.getInt(end));
    int level = b.get() & 0xff;
    byte[] name = new byte[b.getShort() & 0xffff];
    long index = b.getLong();
    long tokens = b.getLong();
    expect("model", model, b.getLong());
    float[] latents = new float[b.getInt()];
    expect("length", HEADER + name.length + (long) latents.length * Float.BYTES, end);
    b.get(name);
    b.asFloatBuffer().get(latents);
    return new Node(new String(name, StandardCharsets.UTF_8), level, index, tokens, latents);
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static void expect(String field, long expected, long found) {
    if (expected != found) {
      throw corrupt(
          field + " " + Long.toHexString(found) + " (expected " + Long.toHexString(expected) + ")");
    }
  }

  private static IllegalStateException corrupt(String what) {
    return new IllegalStateException("Cannot read node: " + what);
  }
}
