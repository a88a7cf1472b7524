package tributary.merge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import tributary.base.Envelope;

/**
 * The one class that knows the bytes of a {@link Node}, as a shuffle carries it, in their {@link
 * Envelope}. Little-endian:
 *
 * <pre>
 * magic "TNOD" | version u8 = 2 | level u8 | name length u16 | index i64 | tokens i64 | model hash, first 8 bytes | latents i32 (values) | name, UTF-8 | latents f32 | CRC-32C of all before
 * </pre>
 *
 * Version 1 had no tokens; a shuffle never outlives its job, so it is refused.
 */
public final class NodeBytes {
  private static final Envelope ENVELOPE = new Envelope("node", "TNOD", 2, 36);

  private final long model;

  /**
   * @param modelHash hex; nodes of another model are refused
   */
  public NodeBytes(String modelHash) {
    this.model = Envelope.model(modelHash);
  }

  public byte[] write(Node node) {
    byte[] name = node.modality().getBytes(StandardCharsets.UTF_8);
    int n = node.latents().length;
    ByteBuffer b = ENVELOPE.write(name.length + (long) n * Float.BYTES);
    b.put((byte) node.level()).putShort((short) name.length);
    b.putLong(node.index()).putLong(node.tokens()).putLong(model).putInt(n).put(name);
    b.asFloatBuffer().put(node.latents());
    return ENVELOPE.seal(b);
  }

  /** Whether bytes are a node's, and nothing else that is spread. */
  public static boolean isNode(byte[] bytes) {
    return ENVELOPE.isOf(bytes);
  }

  public Node read(byte[] bytes) {
    ByteBuffer b = ENVELOPE.read(bytes);
    int level = b.get() & 0xff;
    byte[] name = new byte[b.getShort() & 0xffff];
    long index = b.getLong();
    long tokens = b.getLong();
    ENVELOPE.expectModel(model, b.getLong());
    int n = b.getInt();
    ENVELOPE.expectLength(name.length + (long) n * Float.BYTES, b);
    float[] latents = new float[n];
    b.get(name);
    b.asFloatBuffer().get(latents);
    return new Node(new String(name, StandardCharsets.UTF_8), level, index, tokens, latents);
  }
}
