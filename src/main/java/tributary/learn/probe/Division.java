package tributary.learn.probe;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import tributary.base.Invalid;
import tributary.base.Sha256;

/**
 * Which records a probe is fitted to: decided by the seed and the record's id alone, so that it is
 * the same in every table, order and partitioning. SHA-256 of {@code seed/id} in UTF-8; its first
 * and its second eight bytes, each as a fraction of 2^64, are the record's two draws.
 *
 * @param fraction of the records to fit to
 */
public record Division(long seed, double fraction) {
  /** Of the records to fit to, the part that chooses the l2 weight. */
  public static final double VALIDATION = 0.2;

  public Division {
    if (!(fraction > 0 && fraction <= 1)) {
      throw Invalid.argument("fraction", fraction, "above 0, at most 1");
    }
  }

  /** Whether the record is among those to fit to. */
  public boolean fits(String id) {
    return draw(id, 0) < fraction;
  }

  /** Whether the record, if it is to fit to, is of the part that chooses. */
  public boolean validates(String id) {
    return draw(id, 1) < VALIDATION;
  }

  /** In [0, 1). */
  private double draw(String id, int which) {
    byte[] hash = Sha256.of((seed + "/" + id).getBytes(StandardCharsets.UTF_8));
    return (ByteBuffer.wrap(hash).getLong(8 * which) >>> 11) * 0x1p-53;
  }
}
