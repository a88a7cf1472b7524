package tributary.read;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import tributary.base.Sha256;

/** SHA-256 of what a record holds: modality names and payloads in order, lengths included. */
public final class Digest {
  private static final int CHUNK = 1024;

  private final MessageDigest sha = Sha256.digest();

  public Digest bytes(byte[] values) {
    number(values.length);
    sha.update(values);
    return this;
  }

  public Digest text(String value) {
    return bytes(value.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  public Digest number(long value) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    return this;
  }

  public Digest floats(float[] values) {
    number(values.length);
    ByteBuffer b = ByteBuffer.allocate(CHUNK * Float.BYTES);
    for (int from = 0; from < values.length; from += CHUNK) {
      int n = Math.min(CHUNK, values.length - from);
      b.clear().asFloatBuffer().put(values, from, n);
      sha.update(b.limit(n * Float.BYTES));
    }
    return this;
  }

  public Digest doubles(double[] values) {
    number(values.length);
    ByteBuffer b = ByteBuffer.allocate(CHUNK * Double.BYTES);
    for (int from = 0; from < values.length; from += CHUNK) {
      int n = Math.min(CHUNK, values.length - from);
      b.clear().asDoubleBuffer().put(values, from, n);
      sha.update(b.limit(n * Double.BYTES));
    }
    return this;
  }

  /** The first 8 bytes, big-endian; the digest starts anew. */
  public long start() {
    return ByteBuffer.wrap(sha.digest()).getLong();
  }

  /** Hex; the digest starts anew. */
  public String hex() {
    return HexFormat.of().formatHex(sha.digest());
  }
}
