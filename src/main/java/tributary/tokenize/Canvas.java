package tributary.tokenize;

import java.util.Arrays;
import tributary.read.Signal;

/**
 * A picture on a white square: composited over white, its longer side scaled to the square's (by
 * {@link Taps}), centred (the odd pixel of margin below and on the right). Plain Java arithmetic,
 * in double, so the same bits everywhere.
 */
final class Canvas {
  private static final int RGB = 3;

  private final Signal.Image image;
  private final Taps horizontal;
  private final Taps vertical;

  /** The last two input rows, scaled horizontally; row y is in slot y % 2. */
  private final double[][] rows;

  private final int[] held = {-1, -1};

  /** One input row over white, values in [0, 255]; [image width, 3]. */
  private final double[] composited;

  private Canvas(Signal.Image image, int width, int height) {
    this.image = image;
    this.horizontal = Taps.of(image.width(), width);
    this.vertical = Taps.of(image.height(), height);
    this.rows = new double[2][width * RGB];
    this.composited = new double[image.width() * RGB];
  }

  /** Values in [-1, 1] (0 is -1, 255 is 1); [side, side, 3]. */
  static float[] of(Signal.Image image, int side) {
    float[] canvas = new float[side * side * RGB];
    Arrays.fill(canvas, 1);
    int longer = Math.max(image.width(), image.height());
    int width = scaled(image.width(), side, longer);
    int height = scaled(image.height(), side, longer);
    int at = ((side - height) / 2 * side + (side - width) / 2) * RGB;
    new Canvas(image, width, height).draw(canvas, at, side * RGB);
    return canvas;
  }

  private static int scaled(int pixels, int side, int longer) {
    return (int) Math.max(1, ((long) pixels * side * 2 + longer) / (2L * longer));
  }

  private void draw(float[] canvas, int at, int stride) {
    double[] sum = new double[rows[0].length];
    for (int y = 0; y < vertical.first.length; y++) {
      Arrays.fill(sum, 0);
      double[] weights = vertical.weights[y];
      for (int k = 0; k < weights.length; k++) {
        double[] row = row(vertical.first[y] + k);
        for (int x = 0; x < sum.length; x++) {
          sum[x] += weights[k] * row[x];
        }
      }
      for (int x = 0; x < sum.length; x++) {
        float value = (float) (sum[x] / 127.5 - 1);
        canvas[at + y * stride + x] = Math.max(-1, Math.min(1, value));
      }
    }
  }

  /** Input row y scaled horizontally, values in [0, 255]; [width, 3]. */
  private double[] row(int y) {
    int slot = y % 2;
    double[] row = rows[slot];
    if (held[slot] == y) {
      return row;
    }
    held[slot] = y;
    composite(y);
    for (int x = 0; x < horizontal.first.length; x++) {
      double red = 0;
      double green = 0;
      double blue = 0;
      double[] weights = horizontal.weights[x];
      int at = horizontal.first[x] * RGB;
      for (int k = 0; k < weights.length; k++, at += RGB) {
        red += weights[k] * composited[at];
        green += weights[k] * composited[at + 1];
        blue += weights[k] * composited[at + 2];
      }
      row[x * RGB] = red;
      row[x * RGB + 1] = green;
      row[x * RGB + 2] = blue;
    }
    return row;
  }

  /** Input row y over white. */
  private void composite(int y) {
    int from = y * image.width();
    for (int x = 0; x < image.width(); x++) {
      int argb = image.argb()[from + x];
      int red = (argb >> 16) & 255;
      int green = (argb >> 8) & 255;
      int blue = argb & 255;
      int alpha = argb >>> 24;
      if (alpha == 255) {
        composited[x * RGB] = red;
        composited[x * RGB + 1] = green;
        composited[x * RGB + 2] = blue;
      } else {
        int white = 255 * (255 - alpha);
        composited[x * RGB] = (alpha * red + white) / 255.0;
        composited[x * RGB + 1] = (alpha * green + white) / 255.0;
        composited[x * RGB + 2] = (alpha * blue + white) / 255.0;
      }
    }
  }
}
