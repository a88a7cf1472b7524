package tributary.learn;

import tributary.base.Invalid;

/**
 * A permutation of 0 to n - 1 as a function of the index: an order without a table of it, {@link
 * Feistel}, whose round keys are of a stream. One network reaches few of the n! orders, each index
 * all places evenly. Immutable, for all threads.
 */
public final class IndexPermutation {
  private static final int ROUNDS = 12;
  private static final long LARGEST = 1L << 62;

  private final long n;
  private final long[] keys = new long[ROUNDS];

  private IndexPermutation(CounterRandom random, long n) {
    this.n = n;
    for (int r = 0; r < ROUNDS; r++) {
      keys[r] = random.bits(r);
    }
  }

  /** By a stream, such as one of {@link Purpose#SUBTREES}. */
  public static IndexPermutation of(CounterRandom random, long n) {
    if (n < 1 || n > LARGEST) {
      throw Invalid.argument("permutation", n, "1 to 2^62");
    }
    return new IndexPermutation(random, n);
  }

  /** How many there are. */
  public long size() {
    return n;
  }

  /** What is at a place, 0 to n - 1. */
  public long at(long index) {
    if (index < 0 || index >= n) {
      throw Invalid.argument("index", index, "0 to " + (n - 1));
    }
    return Feistel.permuted(
        index, n, ROUNDS, (r, right, half) -> Feistel.mixed(right ^ keys[r]) >>> (64 - half));
  }
}
