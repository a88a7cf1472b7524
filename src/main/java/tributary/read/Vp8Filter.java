package tributary.read;

/** The loop filter of VP8 (RFC 6386, sections 9.4 and 15): smooths the edges of blocks. */
final class Vp8Filter {
  private final boolean simple;
  private final int level;
  private final int sharpness;
  private final boolean adjusted;

  /** What is added for key frames, and for blocks predicted in small ones. */
  private int forFrame;

  private int forSmall;

  private final int columns;
  private final int rows;

  /** Levels by [segments, small]. */
  private final int[] levels = new int[8];

  /** Of each macroblock [rows, columns]: its level; below zero where no inner edge is smoothed. */
  private final byte[] chosen;

  Vp8Filter(Vp8Bits header, int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
    this.chosen = new byte[columns * rows];
    simple = header.flag();
    level = header.number(6);
    sharpness = header.number(3);
    adjusted = header.flag();
    if (adjusted && header.flag()) {
      for (int i = 0; i < 8; i++) {
        int delta = header.optional(6);
        forFrame = i == 0 ? delta : forFrame;
        forSmall = i == 4 ? delta : forSmall;
      }
    }
  }

  void levels(boolean segmented, boolean relative, int[] strengths) {
    for (int i = 0; i < 8; i++) {
      int base = segmented ? strengths[i >> 1] + (relative ? level : 0) : level;
      if (adjusted) {
        base += forFrame + ((i & 1) == 0 ? 0 : forSmall);
      }
      levels[i] = Math.max(0, Math.min(63, base));
    }
  }

  /** Sets the level of a macroblock. */
  void remember(int row, int column, int segment, boolean small, boolean empty) {
    int own = levels[2 * segment + (small ? 1 : 0)];
    chosen[row * columns + column] = (byte) (empty && !small ? -own : own);
  }

  void apply(Vp8Planes planes) {
    if (level == 0) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int own = chosen[row * columns + column];
        if (own != 0) {
          macroblock(planes, row, column, Math.abs(own), own > 0);
        }
      }
    }
  }

  private void macroblock(Vp8Planes planes, int row, int column, int own, boolean inner) {
    int interior = own;
    if (sharpness > 0) {
      interior = Math.min(own >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
    }
    interior = Math.max(1, interior);
    int edge = 2 * own + interior;
    int variance = own < 15 ? 0 : own < 40 ? 1 : 2;
    int luma = planes.lumaAt(16 * row, 16 * column);
    int chroma = planes.chromaAt(8 * row, 8 * column);
    for (int across = 0; across < 2; across++) {
      boolean vertical = across == 0; // edges between left and right come first
      int from = (vertical ? column : row) > 0 ? 0 : 4;
      int to = inner ? 16 : 4;
      int step = vertical ? 1 : planes.stride;
      int along = vertical ? planes.stride : 1;
      int chromaStep = vertical ? 1 : planes.chromaStride;
      int chromaAlong = vertical ? planes.chromaStride : 1;
      for (int i = from; i < to; i += 4) {
        int limit = i == 0 ? edge + 4 : edge;
        if (simple) {
          simple(planes.luma, luma + i * step, step, along, limit);
          continue;
        }
        int[] limits = {limit, interior, variance};
        normal(planes.luma, luma + i * step, step, along, 16, limits, i == 0);
        if (i % 8 == 0) {
          int at = chroma + i / 2 * chromaStep;
          normal(planes.blue, at, chromaStep, chromaAlong, 8, limits, i == 0);
          normal(planes.red, at, chromaStep, chromaAlong, 8, limits, i == 0);
        }
      }
    }
  }

  private static void simple(byte[] plane, int from, int step, int along, int limit) {
    for (int i = 0, at = from; i < 16; i++, at += along) {
      int p1 = plane[at - 2 * step] & 0xFF;
      int p0 = plane[at - step] & 0xFF;
      int q0 = plane[at] & 0xFF;
      int q1 = plane[at + step] & 0xFF;
      if (2 * Math.abs(p0 - q0) + (Math.abs(p1 - q1) >> 1) <= limit) {
        two(plane, at, step, p0, q0, 3 * (q0 - p0) + signed(p1 - q1));
      }
    }
  }

  private static void two(byte[] plane, int at, int step, int p0, int q0, int slope) {
    plane[at - step] = Vp8Prediction.clamp(p0 + small(slope + 3 >> 3));
    plane[at] = Vp8Prediction.clamp(q0 - small(slope + 4 >> 3));
  }

  /**
   * @param limits of the edge, of the steps beside it, of a high variance
   * @param outer an edge between macroblocks, of which six samples change
   */
  private static void normal(
      byte[] plane, int from, int step, int along, int count, int[] limits, boolean outer) {
    for (int i = 0, at = from; i < count; i++, at += along) {
      int p1 = plane[at - 2 * step] & 0xFF;
      int p0 = plane[at - step] & 0xFF;
      int q0 = plane[at] & 0xFF;
      int q1 = plane[at + step] & 0xFF;
      if (2 * Math.abs(p0 - q0) + (Math.abs(p1 - q1) >> 1) > limits[0]) {
        continue;
      }
      int p3 = plane[at - 4 * step] & 0xFF;
      int p2 = plane[at - 3 * step] & 0xFF;
      int q2 = plane[at + 2 * step] & 0xFF;
      int q3 = plane[at + 3 * step] & 0xFF;
      int before = Math.abs(p1 - p0);
      int behind = Math.abs(q1 - q0);
      int far = Math.max(Math.abs(p3 - p2), Math.abs(p2 - p1));
      far = Math.max(far, Math.max(Math.abs(q3 - q2), Math.abs(q2 - q1)));
      if (Math.max(far, Math.max(before, behind)) > limits[1]) {
        continue;
      }
      if (Math.max(before, behind) > limits[2]) {
        two(plane, at, step, p0, q0, 3 * (q0 - p0) + signed(p1 - q1));
      } else if (outer) {
        int slope = signed(3 * (q0 - p0) + signed(p1 - q1));
        int a1 = 27 * slope + 63 >> 7;
        int a2 = 18 * slope + 63 >> 7;
        int a3 = 9 * slope + 63 >> 7;
        plane[at - 3 * step] = Vp8Prediction.clamp(p2 + a3);
        plane[at - 2 * step] = Vp8Prediction.clamp(p1 + a2);
        plane[at - step] = Vp8Prediction.clamp(p0 + a1);
        plane[at] = Vp8Prediction.clamp(q0 - a1);
        plane[at + step] = Vp8Prediction.clamp(q1 - a2);
        plane[at + 2 * step] = Vp8Prediction.clamp(q2 - a3);
      } else {
        int slope = 3 * (q0 - p0);
        int a3 = small(slope + 4 >> 3) + 1 >> 1;
        two(plane, at, step, p0, q0, slope);
        plane[at - 2 * step] = Vp8Prediction.clamp(p1 + a3);
        plane[at + step] = Vp8Prediction.clamp(q1 - a3);
      }
    }
  }

  private static int small(int value) {
    return Math.max(-16, Math.min(15, value));
  }

  private static int signed(int value) {
    return Math.max(-128, Math.min(127, value));
  }
}
