package tributary.tokenize;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Z-order: the order of the interleaved bits of the coordinates, compared without interleaving
 * (Chan 2002), so any number of dimensions and any range will do. In two dimensions x is the lower
 * bit: (0,0), (1,0), (0,1), (1,1), ...
 */
final class Morton {
  private Morton() {}

  /** Places of a rows x columns grid (row * columns + column) in Z-order; [rows * columns]. */
  static int[] grid(int rows, int columns) {
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
