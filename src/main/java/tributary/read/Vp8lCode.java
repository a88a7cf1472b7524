package tributary.read;

/**
 * A prefix code of lossless WebP: canonical, of at most 15 bits, the first bit of a word first. The
 * first eight bits are looked up; longer words are counted out.
 */
final class Vp8lCode {
  private static final int LONGEST = 15;
  private static final int LOOKED_UP = 8;

  private final int[] counts = new int[LONGEST + 1];
  private final int[] symbols;

  /** Symbol * 16 + bits by the next bits; 0 where the word is longer. */
  private final int[] table;

  private final int tableBits;

  /**
   * @param lengths of each symbol's word; 0 where it has none
   * @throws Rejected CORRUPT_IMAGE where they make no code
   */
  Vp8lCode(int[] lengths) {
    int longest = 0;
    int used = 0;
    for (int length : lengths) {
      counts[length]++;
      longest = Math.max(longest, length);
      used += length > 0 ? 1 : 0;
    }
    counts[0] = 0;
    symbols = sorted(lengths, used);
    int open = 1;
    for (int length = 1; length <= LONGEST; length++) {
      open = 2 * open - counts[length];
      if (open < 0) {
        break;
      }
    }
    if (used != 1 && open != 0) {
      throw Webp.corrupt("a prefix code of its picture is none");
    }
    tableBits = used == 1 ? 0 : Math.min(LOOKED_UP, longest);
    table = new int[1 << tableBits];
    if (used > 1) {
      fill();
    }
  }

  private int[] sorted(int[] lengths, int used) {
    int[] next = new int[LONGEST + 2];
    for (int length = 1; length <= LONGEST; length++) {
      next[length + 1] = next[length] + counts[length];
    }
    int[] sorted = new int[used];
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        sorted[next[lengths[symbol]]++] = symbol;
      }
    }
    return sorted;
  }

  private void fill() {
    int word = 0;
    int index = 0;
    for (int length = 1; length <= tableBits; length++) {
      for (int i = 0; i < counts[length]; i++, word++) {
        int reversed = Integer.reverse(word) >>> 32 - length;
        for (int at = reversed; at < table.length; at += 1 << length) {
          table[at] = symbols[index] << 4 | length;
        }
        index++;
      }
      word <<= 1;
    }
  }

  /** The next symbol. */
  int read(Vp8lBits bits) {
    if (symbols.length == 1) {
      return symbols[0];
    }
    int entry = table[bits.peek(tableBits)];
    if (entry != 0) {
      bits.skip(entry & 15);
      return entry >> 4;
    }
    int ahead = bits.peek(LONGEST);
    int word = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; length <= LONGEST; length++) {
      word |= ahead >> length - 1 & 1;
      if (word - first < counts[length]) {
        bits.skip(length);
        return symbols[index + word - first];
      }
      index += counts[length];
      first = first + counts[length] << 1;
      word <<= 1;
    }
    throw Webp.corrupt("a word of its picture is in no prefix code");
  }
}
