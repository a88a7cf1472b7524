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

  private Canvas(Signal.Image image, int width, int height) {
    this.image = image;
    this.horizontal = Taps.of(image.width(), width);
    this.vertical = Taps.of(image.height(), height);
    this.rows = new double[2][width * RGB];
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
    for (int x = 0; x < horizontal.first.length; x++) {
      double red = 0;
      double green = 0;
      double blue = 0;
      double[] weights = horizontal.weights[x];
      int at = y * image.width() + horizontal.first[x];
      for (int k = 0; k < weights.length; k++) {
        int argb = image.argb()[at + k];
        double alpha = weights[k] * (argb >>> 24) / 255;
        double white = 255 * (weights[k] - alpha);
        red += alpha * ((argb >> 16) & 255) + white;
        green += alpha * ((argb >> 8) & 255) + white;
        blue += alpha * (argb & 255) + white;
      }
      row[x * RGB] = red;
      row[x * RGB + 1] = green;
      row[x * RGB + 2] = blue;
    }
    return row;
  }
}
