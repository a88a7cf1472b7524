package tributary.learn;

import tributary.base.Invalid;

/**
 * A permutation of 0 to n - 1 as a function of the index: an epoch's order without a table of it. A
 * balanced Feistel network over the next power of four, walked along its cycles until it comes back
 * into range (Black and Rogaway 2002); its round keys are of the stream. Less than four walks on
 * average. One network reaches few of the n! orders, each index all places evenly. Immutable, for
 * all threads.
 */
public final class IndexPermutation {
  private static final int ROUNDS = 12;
  private static final long LARGEST = 1L << 62;

  private final long n;
  private final int half;
  private final long[] keys = new long[ROUNDS];

  private IndexPermutation(CounterRandom random, long n) {
    this.n = n;
    int bits = 64 - Long.numberOfLeadingZeros(Math.max(1, n - 1));
    this.half = (bits + 1) / 2;
    for (int r = 0; r < ROUNDS; r++) {
      keys[r] = random.bits(r);
    }
  }

  /** By a stream, such as that of (seed, epoch, {@link Purpose#ORDER}). */
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
    long x = index;
    do {
      x = network(x);
    } while (x >= n);
    return x;
  }

  private long network(long x) {
    long mask = (1L << half) - 1;
    long left = x >>> half;
    long right = x & mask;
    for (long key : keys) {
      long next = left ^ (mix(right ^ key) >>> (64 - half));
      left = right;
      right = next;
    }
    return left << half | right;
  }

  /** The finaliser of SplitMix64 (Stafford's variant 13). */
  private static long mix(long x) {
    long z = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
