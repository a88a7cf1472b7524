package tributary.tokenize;

import java.util.Arrays;
import tributary.read.Signal;

/**
 * A smaller picture, by area: each output pixel is the mean of the stretch of input that it covers,
 * pixels at its ends counted in part; first along the rows, then across them, in double.
 */
final class Reduced implements Canvas.Scaled {
  private static final int RGB = Canvas.RGB;

  private final Signal.Image image;

  /** Where the output's rows begin in a line, in floats. */
  private final int start;

  private final Axis horizontal;
  private final Axis vertical;

  /** The last two input rows, reduced horizontally; row y is in slot y % 2. */
  private final double[][] rows;

  private final int[] held = {-1, -1};

  /** One input row over white; [image width, 3]. */
  private final float[] composited;

  /** One output row; [width, 3]. */
  private final double[] sum;

  Reduced(Signal.Image image, int width, int height, int start) {
    this.image = image;
    this.start = start;
    this.horizontal = new Axis(image.width(), width);
    this.vertical = new Axis(image.height(), height);
    this.rows = new double[2][width * RGB];
    this.composited = new float[image.width() * RGB];
    this.sum = new double[width * RGB];
  }

  /** How `from` pixels become `to`. */
  private static final class Axis {
    /** First input pixel of each output pixel; [to]. */
    final int[] first;

    /** Weights of the consecutive input pixels of each output pixel, sum 1; [to][...]. */
    final double[][] weights;

    Axis(int from, int to) {
      this.first = new int[to];
      this.weights = new double[to][];
      for (int i = 0; i < to; i++) {
        // Output pixel i covers [i from, (i + 1) from) in units of a to-th of an input pixel.
        long low = (long) i * from;
        long high = low + from;
        first[i] = (int) (low / to);
        int end = (int) ((high + to - 1) / to);
        weights[i] = new double[end - first[i]];
        for (int p = first[i]; p < end; p++) {
          long covered = Math.min(high, (p + 1L) * to) - Math.max(low, (long) p * to);
          weights[i][p - first[i]] = (double) covered / from;
        }
      }
    }
  }

  @Override
  public void line(int y, float[] line) {
    Arrays.fill(sum, 0);
    double[] weights = vertical.weights[y];
    for (int k = 0; k < weights.length; k++) {
      double weight = weights[k];
      double[] row = row(vertical.first[y] + k);
      for (int x = 0; x < sum.length; x++) {
        sum[x] += weight * row[x];
      }
    }
    for (int x = 0; x < sum.length; x++) {
      float value = (float) sum[x];
      line[start + x] = Math.max(-1, Math.min(1, value));
    }
  }

  /** Input row y reduced horizontally, values in [-1, 1]; [width, 3]. */
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

  /** Input row y over white, values in [-1, 1]. */
  private void composite(int y) {
    int from = y * image.width();
    for (int x = 0; x < image.width(); x++) {
      int argb = image.argb()[from + x];
      composited[x * RGB] = Canvas.value(argb, 16);
      composited[x * RGB + 1] = Canvas.value(argb, 8);
      composited[x * RGB + 2] = Canvas.value(argb, 0);
    }
  }
}
