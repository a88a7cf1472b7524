package tributary.learn;

/**
 * A permutation of 0 to size - 1 without a table: a balanced Feistel network over the least even
 * number of bits that holds the size, walked along its cycles until it is back among the values
 * (Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002); less than four walks on
 * average. No state. {@link BatchOrder} and {@link IndexPermutation} are two of them that differ in
 * rounds and keys: what was learnt by either order must go on by it.
 */
final class Feistel {
  private Feistel() {}

  /** What a round makes of the right half. */
  interface Round {
    /**
     * What the left half is combined with.
     *
     * @param right at most {@code half} bits
     * @return the same number of bits, the upper ones 0
     */
    long of(int round, long right, int half);
  }

  /**
   * Where the permutation takes a value.
   *
   * @param value 0 to size - 1
   * @param size 1 to 2^62
   */
  static long permuted(long value, long size, int rounds, Round round) {
    int half = Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(size - 1) + 1) / 2);
    long mask = (1L << half) - 1;
    long at = value;
    do {
      long left = at >>> half;
      long right = at & mask;
      for (int r = 0; r < rounds; r++) {
        long next = left ^ round.of(r, right, half);
        left = right;
        right = next;
      }
      at = left << half | right;
    } while (at >= size);
    return at;
  }

  /** The finaliser of SplitMix64 (Stafford's variant 13 of MurmurHash3's). */
  static long mixed(long x) {
    long z = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
