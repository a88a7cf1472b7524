package tributary.read;

import java.util.Arrays;

/**
 * A block from its neighbours (RFC 6386, section 12), in place: the planes have a border of what is
 * assumed outside the picture.
 */
final class Vp8Prediction {
  private Vp8Prediction() {}

  /** A square of 16 of luma or 8 of chroma. */
  static void block(
      byte[] plane, int at, int stride, int size, int mode, boolean above, boolean left) {
    switch (mode) {
      case Vp8Modes.DC -> {
        int mean = mean(plane, at, stride, size, above, left);
        for (int y = 0; y < size; y++) {
          Arrays.fill(plane, at + y * stride, at + y * stride + size, (byte) mean);
        }
      }
      case Vp8Modes.VERTICAL -> {
        for (int y = 0; y < size; y++) {
          System.arraycopy(plane, at - stride, plane, at + y * stride, size);
        }
      }
      case Vp8Modes.HORIZONTAL -> {
        for (int y = 0; y < size; y++) {
          int row = at + y * stride;
          Arrays.fill(plane, row, row + size, plane[row - 1]);
        }
      }
      default -> trueMotion(plane, at, stride, size);
    }
  }

  private static int mean(byte[] plane, int at, int stride, int size, boolean above, boolean left) {
    int sum = 0;
    int count = 0;
    if (above) {
      for (int x = 0; x < size; x++) {
        sum += plane[at - stride + x] & 0xFF;
      }
      count += size;
    }
    if (left) {
      for (int y = 0; y < size; y++) {
        sum += plane[at - 1 + y * stride] & 0xFF;
      }
      count += size;
    }
    return count == 0 ? 128 : (sum + count / 2) / count;
  }

  private static void trueMotion(byte[] plane, int at, int stride, int size) {
    int corner = plane[at - stride - 1] & 0xFF;
    for (int y = 0; y < size; y++) {
      int row = at + y * stride;
      int slope = (plane[row - 1] & 0xFF) - corner;
      for (int x = 0; x < size; x++) {
        plane[row + x] = clamp((plane[at - stride + x] & 0xFF) + slope);
      }
    }
  }

  static byte clamp(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }

  /**
   * A square of 4 of luma.
   *
   * @param block its number in the macroblock, 0 to 15
   * @param right what is above and right of the macroblock
   */
  static void small(byte[] plane, int at, int stride, int mode, int block, byte[] right) {
    int[] e =
        new int[13]; // from the lowest on the left, by the corner at 4, to what is above right
    for (int i = 0; i < 4; i++) {
      e[3 - i] = plane[at + i * stride - 1] & 0xFF;
    }
    boolean last = (block & 3) == 3;
    for (int i = 0; i < 9; i++) {
      e[4 + i] = (last && i > 4 ? right[i - 5] : plane[at - stride - 1 + i]) & 0xFF;
    }
    switch (mode) {
      case Vp8Modes.DC -> {
        int sum = 4;
        for (int i = 0; i < 4; i++) {
          sum += e[i] + e[5 + i];
        }
        fill(plane, at, stride, sum >> 3);
      }
      case Vp8Modes.TRUE_MOTION -> trueMotion(plane, at, stride, 4);
      case Vp8Modes.VERTICAL -> {
        for (int x = 0; x < 4; x++) {
          for (int y = 0; y < 4; y++) {
            plane[at + y * stride + x] = three(e, 5 + x);
          }
        }
      }
      case Vp8Modes.HORIZONTAL -> {
        for (int y = 0; y < 4; y++) {
          byte value = y < 3 ? three(e, 3 - y) : (byte) (e[1] + 3 * e[0] + 2 >> 2);
          Arrays.fill(plane, at + y * stride, at + y * stride + 4, value);
        }
      }
      default -> slanted(plane, at, stride, mode, e);
    }
  }

  private static void slanted(byte[] plane, int at, int stride, int mode, int[] e) {
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        plane[at + y * stride + x] =
            switch (mode) {
              case Vp8Modes.RIGHT_DOWN -> three(e, 4 - y + x);
              case Vp8Modes.LEFT_DOWN ->
                  x + y == 6 ? (byte) (e[11] + 3 * e[12] + 2 >> 2) : three(e, 6 + x + y);
              case Vp8Modes.VERTICAL_RIGHT -> verticalRight(e, x, y);
              case Vp8Modes.VERTICAL_LEFT -> verticalLeft(e, x, y);
              case Vp8Modes.HORIZONTAL_DOWN -> horizontalDown(e, x, y);
              default -> horizontalUp(e, x, y);
            };
      }
    }
  }

  private static byte verticalRight(int[] e, int x, int y) {
    int steps = 2 * x - y;
    if (steps < 0) {
      return three(e, 5 + steps);
    }
    return y % 2 == 0 ? two(e, 4 + steps / 2) : three(e, 4 + steps / 2 + 1);
  }

  private static byte verticalLeft(int[] e, int x, int y) {
    if (x == 3 && y >= 2) {
      return three(e, 8 + y);
    }
    int from = 5 + x + y / 2;
    return y % 2 == 0 ? two(e, from) : three(e, from + 1);
  }

  private static byte horizontalDown(int[] e, int x, int y) {
    int steps = 2 * y - x;
    if (steps < 0) {
      return three(e, 4 - steps - 1);
    }
    return x % 2 == 0 ? two(e, 3 - steps / 2) : three(e, 3 - steps / 2);
  }

  private static byte horizontalUp(int[] e, int x, int y) {
    int steps = x + 2 * y;
    if (steps > 5) {
      return (byte) e[0];
    }
    if (steps == 5) {
      return (byte) (e[1] + 3 * e[0] + 2 >> 2);
    }
    return steps % 2 == 0 ? two(e, 2 - steps / 2) : three(e, 2 - steps / 2);
  }

  private static byte two(int[] e, int from) {
    return (byte) (e[from] + e[from + 1] + 1 >> 1);
  }

  /** Around the middle. */
  private static byte three(int[] e, int middle) {
    return (byte) (e[middle - 1] + 2 * e[middle] + e[middle + 1] + 2 >> 2);
  }

  private static void fill(byte[] plane, int at, int stride, int value) {
    for (int y = 0; y < 4; y++) {
      Arrays.fill(plane, at + y * stride, at + y * stride + 4, (byte) value);
    }
  }
}
