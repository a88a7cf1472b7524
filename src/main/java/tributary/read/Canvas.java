package tributary.read;

import java.util.Arrays;

/** The first frame of an animation where it is on its canvas. */
final class Canvas {
  private Canvas() {}

  /**
   * A canvas with a frame on it; of one whose longer side is 4096 or more each n-th row and column,
   * as of any picture.
   *
   * @param frame of full size
   * @param around what is seen where the frame is not
   */
  static Signal.Image placed(
      Signal.Image frame, int left, int top, int width, int height, int around) {
    int every = RasterReader.every(width, height);
    if (every == 1 && frame.width() == width && frame.height() == height) {
      return frame;
    }
    int wide = (width - 1) / every + 1;
    int high = (height - 1) / every + 1;
    int[] argb = new int[wide * high]; // [high, wide]
    Arrays.fill(argb, around);
    int bottom = Math.min(height, top + frame.height());
    int right = Math.min(width, left + frame.width());
    for (int y = first(top, every); y < bottom; y += every) {
      int row = (y - top) * frame.width() - left;
      for (int x = first(left, every); x < right; x += every) {
        argb[y / every * wide + x / every] = frame.argb()[row + x];
      }
    }
    return new Signal.Image(wide, high, argb);
  }

  /** The first place from there on that is kept. */
  private static int first(int from, int every) {
    return (from + every - 1) / every * every;
  }
}
