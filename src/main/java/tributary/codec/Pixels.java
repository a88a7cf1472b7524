package tributary.codec;

import java.io.DataInputStream;
import java.io.IOException;
import tributary.read.Signal;

/** Pixels as they come over a pipe. */
final class Pixels {
  static final int RGB = 3;
  static final int RGBA = 4;

  private static final int OPAQUE = 0xFF;

  private Pixels() {}

  /**
   * A picture of [height, width, depth] bytes.
   *
   * @param every each so manieth row and column is kept
   */
  static Signal.Image read(DataInputStream in, int width, int height, int depth, int every)
      throws IOException {
    int wide = (width + every - 1) / every;
    int high = (height + every - 1) / every;
    int[] argb = new int[wide * high]; // [high, wide]
    byte[] row = new byte[width * depth];
    for (int y = 0; y < height; y++) {
      in.readFully(row);
      if (y % every == 0) {
        row(row, depth, every, argb, y / every * wide, wide);
      }
    }
    return new Signal.Image(wide, high, argb);
  }

  private static void row(byte[] row, int depth, int every, int[] argb, int at, int count) {
    for (int x = 0; x < count; x++) {
      int from = x * every * depth;
      int alpha = depth == RGBA ? row[from + 3] & 0xFF : OPAQUE;
      argb[at + x] =
          alpha << 24
              | (row[from] & 0xFF) << 16
              | (row[from + 1] & 0xFF) << 8
              | row[from + 2] & 0xFF;
    }
  }
}
