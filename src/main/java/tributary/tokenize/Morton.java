package tributary.tokenize;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Z-order: the order of the interleaved bits of the coordinates, compared without interleaving
 * (Chan 2002), so any number of dimensions and any range will do. In two dimensions x is the lower
 * bit: (0,0), (1,0), (0,1), (1,1), ...
 */
public final class Morton {
  /** Bits that are sorted by at a time. */
  private static final int DIGIT = 8;

  private static final int DIGITS = 1 << DIGIT;

  private Morton() {}

  /** Places of a rows x columns grid (row * columns + column) in Z-order; [rows * columns]. */
  public static int[] grid(int rows, int columns) {
    int[][] cells = new int[rows * columns][];
    Arrays.setAll(cells, i -> new int[] {i % columns, i / columns});
    return order(cells);
  }

  /**
   * The indices of the points in Z-order; equal points stay as they were.
   *
   * @param cells [n][dimensions], none negative
   */
  static int[] order(int[][] cells) {
    Comparator<Integer> byCell = (a, b) -> compare(cells[a], cells[b]);
    return IntStream.range(0, cells.length).boxed().sorted(byCell).mapToInt(i -> i).toArray();
  }

  /** The bits of bytes, `dimensions` places apart; dimensions at most 8; [256]. */
  static long[] spread(int dimensions) {
    long[] spread = new long[256];
    for (int value = 0; value < spread.length; value++) {
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        spread[value] |= (value >> bit & 1L) << bit * dimensions;
      }
    }
    return spread;
  }

  /**
   * The indices of interleaved bits in their order, unsigned; equal ones stay as they were. Digit
   * by digit from the lowest, each time leaving equal digits as they were.
   */
  static int[] order(long[] codes) {
    int n = codes.length;
    int[] order = IntStream.range(0, n).toArray();
    int[] moved = new int[n];
    long varied = 0;
    for (long code : codes) {
      varied |= code ^ codes[0];
    }
    for (int shift = 0; shift < Long.SIZE; shift += DIGIT) {
      if ((varied >>> shift & DIGITS - 1) == 0) {
        continue;
      }
      int[] places = new int[DIGITS + 1];
      for (long code : codes) {
        places[(int) (code >>> shift & DIGITS - 1) + 1]++;
      }
      for (int digit = 0; digit < DIGITS; digit++) {
        places[digit + 1] += places[digit];
      }
      for (int i : order) {
        moved[places[(int) (codes[i] >>> shift & DIGITS - 1)]++] = i;
      }
      int[] before = order;
      order = moved;
      moved = before;
    }
    return order;
  }

  /** The dimension whose highest differing bit is highest decides; the last one where they tie. */
  private static int compare(int[] a, int[] b) {
    int decides = 0;
    int highest = 0;
    for (int d = 0; d < a.length; d++) {
      int differs = a[d] ^ b[d];
      if (differs != 0 && Integer.highestOneBit(differs) >= Integer.highestOneBit(highest)) {
        decides = d;
        highest = differs;
      }
    }
    return Integer.compare(a[decides], b[decides]);
  }
}
