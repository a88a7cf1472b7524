package tributary.tokenize;

import java.util.Arrays;
import tributary.read.Signal;

/**
 * A picture on a white square: composited over white, its longer side scaled to the square's
 * ({@link Enlarged}, {@link Reduced}), centred (the odd pixel of margin below and on the right),
 * and cut into patches on the way: no whole canvas is held beside them.
 */
final class Canvas {
  static final int RGB = 3;

  /** Of the bytes of an opaque colour; [256]. */
  private static final float[] VALUES = new float[256];

  static {
    for (int i = 0; i < VALUES.length; i++) {
      VALUES[i] = overWhite(i, 255);
    }
  }

  private final int side;
  private final int patch;

  /** Patches in a row of them, the last reaching beyond the square where they don't divide it. */
  private final int grid;

  /** Token of the patch at row * grid + column; [grid * grid]. */
  private final int[] tokens;

  /**
   * @param order places of the patches (row * grid + column), in the order of the tokens
   */
  Canvas(int side, int patch, int[] order) {
    this.side = side;
    this.patch = patch;
    this.grid = (side + patch - 1) / patch;
    this.tokens = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      tokens[order[i]] = i;
    }
  }

  /**
   * Values in [-1, 1] (0 is -1, 255 is 1); [patches, patch, patch, 3], each patch row-major, in the
   * order of the tokens.
   */
  float[] patches(Signal.Image image) {
    int longer = Math.max(image.width(), image.height());
    int width = scaled(image.width(), longer);
    int height = scaled(image.height(), longer);
    int top = (side - height) / 2;
    int left = (side - width) / 2 * RGB;
    Scaled picture =
        longer > side
            ? new Reduced(image, width, height, left)
            : new Enlarged(image, width, height, left);
    float[] white = new float[grid * patch * RGB]; // [grid patch, 3]
    Arrays.fill(white, 1);
    float[] line = white.clone();
    float[] patches = new float[tokens.length * patch * patch * RGB];
    for (int y = 0; y < grid * patch; y++) {
      boolean inside = y >= top && y < top + height;
      if (inside) {
        picture.line(y - top, line);
      }
      cut(inside ? line : white, y, patches);
    }
    return patches;
  }

  private int scaled(int pixels, int longer) {
    return (int) Math.max(1, ((long) pixels * side * 2 + longer) / (2L * longer));
  }

  /** Row y of the canvas goes to the patches that it crosses. */
  private void cut(float[] line, int y, float[] patches) {
    int row = patch * RGB;
    int within = y % patch * row;
    int first = y / patch * grid;
    for (int column = 0; column < grid; column++) {
      int to = tokens[first + column] * patch * row + within;
      System.arraycopy(line, column * row, patches, to, row);
    }
  }

  /** A picture of another size. */
  interface Scaled {
    /** Writes row y to line[start .. start + 3 width), values in [-1, 1]. */
    void line(int y, float[] line);
  }

  /** A colour over white, in [-1, 1]; shift: 16 is red, 8 green, 0 blue. */
  static float value(int argb, int shift) {
    int colour = argb >> shift & 255;
    int alpha = argb >>> 24;
    return alpha == 255 ? VALUES[colour] : overWhite(colour, alpha);
  }

  private static float overWhite(int colour, int alpha) {
    return (float) ((alpha * colour + 255 * (255 - alpha)) / (255 * 127.5) - 1);
  }
}
