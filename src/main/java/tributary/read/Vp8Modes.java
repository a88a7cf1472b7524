package tributary.read;

import java.util.Arrays;

/** How each block of a VP8 key frame is predicted (RFC 6386, section 11). */
final class Vp8Modes {
  static final int DC = 0;
  static final int TRUE_MOTION = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;
  static final int RIGHT_DOWN = 4;
  static final int VERTICAL_RIGHT = 5;
  static final int LEFT_DOWN = 6;
  static final int VERTICAL_LEFT = 7;
  static final int HORIZONTAL_DOWN = 8;
  static final int HORIZONTAL_UP = 9;

  private final Vp8Bits bits;

  /** Modes of the small blocks above: [columns, 4]. */
  private final int[] above;

  private final int[] left = new int[4];
  private final int[] small = new int[16];
  private boolean isSmall;
  private int luma;
  private int chroma;

  Vp8Modes(Vp8Bits bits, int columns) {
    this.bits = bits;
    this.above = new int[4 * columns];
  }

  void startRow() {
    Arrays.fill(left, DC);
  }

  /** Reads the modes of the next macroblock. */
  void read(int column) {
    isSmall = bits.bit(145) == 0;
    if (isSmall) {
      for (int block = 0; block < 16; block++) {
        int up = 4 * column + (block & 3);
        int context = (above[up] * Vp8Tables.MODES + left[block >> 2]) * Vp8Tables.MODE_TREE;
        small[block] = smallMode(context);
        above[up] = small[block];
        left[block >> 2] = small[block];
      }
    } else {
      luma =
          bits.bit(156) == 0
              ? bits.bit(163) == 0 ? DC : VERTICAL
              : bits.bit(128) == 0 ? HORIZONTAL : TRUE_MOTION;
      Arrays.fill(above, 4 * column, 4 * column + 4, luma);
      Arrays.fill(left, luma);
    }
    if (bits.bit(142) == 0) {
      chroma = DC;
    } else if (bits.bit(114) == 0) {
      chroma = VERTICAL;
    } else {
      chroma = bits.bit(183) == 0 ? HORIZONTAL : TRUE_MOTION;
    }
  }

  private int smallMode(int context) {
    if (at(context) == 0) {
      return DC;
    }
    if (at(context + 1) == 0) {
      return TRUE_MOTION;
    }
    if (at(context + 2) == 0) {
      return VERTICAL;
    }
    if (at(context + 3) == 0) {
      if (at(context + 4) == 0) {
        return HORIZONTAL;
      }
      return at(context + 5) == 0 ? RIGHT_DOWN : VERTICAL_RIGHT;
    }
    if (at(context + 6) == 0) {
      return LEFT_DOWN;
    }
    if (at(context + 7) == 0) {
      return VERTICAL_LEFT;
    }
    return at(context + 8) == 0 ? HORIZONTAL_DOWN : HORIZONTAL_UP;
  }

  private int at(int probability) {
    return bits.bit(Vp8Tables.MODE_PROBABILITIES[probability]);
  }

  /** Whether the luma is predicted in blocks of 4 x 4, each with a mode of its own. */
  boolean isSmall() {
    return isSmall;
  }

  int small(int block) {
    return small[block];
  }

  int luma() {
    return luma;
  }

  int chroma() {
    return chroma;
  }
}
