package tributary.base;

/**
 * Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): ten rounds of
 * multiplication that turn a counter of 128 bits, under a key of 64, into 128 random bits. No
 * state: the next number is that of another counter.
 */
public final class Philox {
  private static final long M0 = 0xD2511F53L;
  private static final long M1 = 0xCD9E8D57L;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final long LOW = 0xffffffffL;

  private Philox() {}

  /**
   * 128 bits. Of each half the lower word comes first in the paper's order: words 0 and 1 are
   * `low`, 2 and 3 `high`.
   */
  public record Block(long low, long high) {}

  /** The random bits of a counter of 128 bits under a key. */
  public static Block block(long low, long high, long key) {
    int c0 = (int) low;
    int c1 = (int) (low >>> 32);
    int c2 = (int) high;
    int c3 = (int) (high >>> 32);
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int r = 0; r < ROUNDS; r++) {
      long p0 = M0 * (c0 & LOW);
      long p1 = M1 * (c2 & LOW);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      k0 += W0;
      k1 += W1;
    }
    return new Block(join(c0, c1), join(c2, c3));
  }

  private static long join(int low, int high) {
    return (low & LOW) | ((long) high << 32);
  }
}
