package tributary.read;

import java.util.Arrays;

/**
 * A code of entries by words of up to 32 bits, and a vector for each entry where there are any
 * (Vorbis I specification, section 3). Immutable, shared by threads.
 */
final class VorbisCodebook {
  private static final int TABLE_BITS = 10;
  private static final int LENGTH_BITS = 6;

  final int dimensions;
  final int entries;

  /** [entries, dimensions]; empty for a book of numbers only. */
  final float[] values;

  /** By the next bits: entry and length of the word, or below 0 the tree's node to go on from. */
  private final int[] table;

  private final int mask;

  /** Two children a node: another node, or below 0 the complement of an entry. */
  private int[] tree = {};

  private int nodes;

  /**
   * @param lengths of the words, 0 for an entry that isn't used; [entries]
   * @param values [entries, dimensions] or empty
   * @throws Rejected CORRUPT_AUDIO where the lengths are not those of a code
   */
  VorbisCodebook(int number, int dimensions, byte[] lengths, float[] values) {
    this.dimensions = dimensions;
    this.entries = lengths.length;
    this.values = values;
    int longest = 1;
    int used = 0;
    for (byte length : lengths) {
      longest = Math.max(longest, length);
      used += length > 0 ? 1 : 0;
    }
    int bits = Math.min(TABLE_BITS, longest);
    this.table = new int[1 << bits];
    this.mask = table.length - 1;
    long[] next = words(number, lengths, bits);
    // A book of one entry has a word of one bit, and the other bit means the same.
    boolean single = used == 1 && next[1] == 1;
    for (int length = 1; length <= 32 && used > 0 && !single; length++) {
      if ((next[length] & (1L << length) - 1) != 0) {
        throw VorbisSetup.corrupt("codebook " + number + " leaves words without an entry");
      }
    }
    if (single) {
      Arrays.fill(table, Math.max(table[0], table[1]));
    }
  }

  /** Gives each entry the lowest word that is free; returns the lowest left of each length. */
  private long[] words(int number, byte[] lengths, int bits) {
    long[] next = new long[33]; // by length, the highest bit first
    for (int entry = 0; entry < lengths.length; entry++) {
      int length = lengths[entry];
      if (length == 0) {
        continue;
      }
      long word = next[length];
      if (word >>> length != 0) {
        throw VorbisSetup.corrupt("codebook " + number + " has more entries than words");
      }
      enter(entry, Integer.reverse((int) word) >>> (32 - length), length, bits);
      for (int i = length; i > 0; i--) {
        if ((next[i] & 1) != 0) {
          next[i] = i == 1 ? next[1] + 1 : next[i - 1] << 1;
          break;
        }
        next[i]++;
      }
      for (int i = length + 1; i <= 32 && next[i] >>> 1 == word; i++) {
        word = next[i];
        next[i] = next[i - 1] << 1;
      }
    }
    return next;
  }

  private void enter(int entry, int word, int length, int bits) {
    if (length <= bits) {
      for (int i = word; i < table.length; i += 1 << length) {
        table[i] = entry << LENGTH_BITS | length;
      }
      return;
    }
    int slot = word & mask;
    if (table[slot] == 0) {
      table[slot] = ~node();
    }
    int node = ~table[slot];
    for (int i = bits; ; i++) {
      int child = 2 * node + (word >>> i & 1);
      if (i == length - 1) {
        tree[child] = ~entry;
        return;
      }
      if (tree[child] == 0) {
        int made = node(); // which may move the tree
        tree[child] = made;
      }
      node = tree[child];
    }
  }

  private int node() {
    if (2 * nodes == tree.length) {
      tree = Arrays.copyOf(tree, Math.max(64, 2 * tree.length));
    }
    return nodes++;
  }

  /** The next entry; -1 at the end of the packet. */
  int entry(VorbisBits bits) {
    int found = table[(int) bits.peek() & mask];
    if (found > 0) {
      return bits.skip(found & (1 << LENGTH_BITS) - 1) ? found >>> LENGTH_BITS : -1;
    }
    return found < 0 ? longer(bits, ~found) : none(bits);
  }

  private int longer(VorbisBits bits, int from) {
    long next = bits.peek();
    int node = from;
    for (int i = TABLE_BITS; ; i++) {
      node = tree[2 * node + (int) (next >>> i & 1)];
      if (node < 0) {
        return bits.skip(i + 1) ? ~node : -1;
      }
    }
  }

  /** A book without entries. */
  private static int none(VorbisBits bits) {
    bits.abandon();
    return -1;
  }
}
