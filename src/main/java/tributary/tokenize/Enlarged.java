package tributary.tokenize;

import tributary.read.Signal;

/**
 * A picture as large or larger: bilinear between pixel centres, the edge repeated, first along the
 * rows, then between them. In float, a product and a sum at a time, so that the JIT's vectors and
 * the interpreter give the same bits; a + u (b - a) with 0 <= u < 1 never leaves [-1, 1] there.
 */
final class Enlarged implements Canvas.Scaled {
  private static final int RGB = Canvas.RGB;

  private final Signal.Image image;

  /** Where the output's rows begin in a line, in floats. */
  private final int start;

  private final int[] left;
  private final float[] towardsRight;
  private final int[] above;
  private final float[] towardsBelow;

  /** The last two input rows, enlarged horizontally, as in a line; row y is in slot y % 2. */
  private final float[][] rows;

  private final int[] held = {-1, -1};

  Enlarged(Signal.Image image, int width, int height, int start) {
    this.image = image;
    this.start = start;
    this.left = new int[width];
    this.towardsRight = new float[width];
    places(image.width(), left, towardsRight);
    this.above = new int[height];
    this.towardsBelow = new float[height];
    places(image.height(), above, towardsBelow);
    this.rows = new float[2][start + width * RGB];
  }

  /** The input pixel at or before each output pixel's centre, and how far the next one counts. */
  private static void places(int from, int[] before, float[] towardsNext) {
    int to = before.length;
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * from / to - 0.5;
      double clamped = Math.min(Math.max(centre, 0), from - 1.0);
      before[i] = (int) clamped;
      towardsNext[i] = Math.min((float) (clamped - before[i]), Math.nextDown(1f));
    }
  }

  /** All three rows have a pixel at one place: else the JIT would see no vectors here. */
  @Override
  public void line(int y, float[] line) {
    float[] a = row(above[y]);
    float[] b = row(Math.min(above[y] + 1, image.height() - 1));
    float u = towardsBelow[y];
    for (int x = start; x < a.length; x++) {
      line[x] = a[x] + u * (b[x] - a[x]);
    }
  }

  /** Input row y enlarged horizontally, values in [-1, 1]; [start + 3 width]. */
  private float[] row(int y) {
    int slot = y % 2;
    if (held[slot] != y) {
      held[slot] = y;
      enlarge(image.argb(), y * image.width(), image.width() - 1, rows[slot]);
    }
    return rows[slot];
  }

  /** Goes along the row with the two pixels that an output pixel lies between. */
  private void enlarge(int[] argb, int from, int last, float[] row) {
    float red = 0;
    float green = 0;
    float blue = 0;
    float moreRed = 0;
    float moreGreen = 0;
    float moreBlue = 0;
    int before = -1;
    for (int x = 0, at = start; x < left.length; x++, at += RGB) {
      if (left[x] != before) {
        before = left[x];
        int here = argb[from + before];
        int next = argb[from + Math.min(before + 1, last)];
        red = Canvas.value(here, 16);
        green = Canvas.value(here, 8);
        blue = Canvas.value(here, 0);
        moreRed = Canvas.value(next, 16) - red;
        moreGreen = Canvas.value(next, 8) - green;
        moreBlue = Canvas.value(next, 0) - blue;
      }
      float u = towardsRight[x];
      row[at] = red + u * moreRed;
      row[at + 1] = green + u * moreGreen;
      row[at + 2] = blue + u * moreBlue;
    }
  }
}
