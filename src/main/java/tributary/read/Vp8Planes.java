package tributary.read;

import java.util.Arrays;

/**
 * Luma and the two chromas, at half the size, with a border of what VP8 assumes outside the
 * picture; and the way from them to red, green and blue.
 */
final class Vp8Planes {
  private static final byte ABOVE = 127;
  private static final byte LEFT = (byte) 129;

  final byte[] luma;
  final byte[] blue;
  final byte[] red;
  final int stride;
  final int chromaStride;

  private final int width;
  private final int height;

  Vp8Planes(int width, int height) {
    this.width = width;
    this.height = height;
    int columns = width + 15 >> 4;
    int rows = height + 15 >> 4;
    this.stride = 16 * columns + 5; // one left, four right of the row above
    this.chromaStride = 8 * columns + 1;
    this.luma = plane(stride, 16 * rows + 1);
    this.blue = plane(chromaStride, 8 * rows + 1);
    this.red = blue.clone();
  }

  private static byte[] plane(int stride, int rows) {
    byte[] plane = new byte[stride * rows];
    Arrays.fill(plane, 0, stride, ABOVE);
    for (int row = 1; row < rows; row++) {
      plane[row * stride] = LEFT;
    }
    return plane;
  }

  int lumaAt(int y, int x) {
    return (y + 1) * stride + x + 1;
  }

  int chromaAt(int y, int x) {
    return (y + 1) * chromaStride + x + 1;
  }

  /** Each every-th row and column; chroma is interpolated, 9 : 3 : 3 : 1, as libwebp does. */
  Signal.Image image(int every) {
    int wide = (width - 1) / every + 1;
    int high = (height - 1) / every + 1;
    int[] argb = new int[wide * high];
    int lastChroma = (height - 1) / 2;
    for (int y = 0; y < high; y++) {
      int from = y * every;
      int near = from / 2;
      int far = Math.max(0, Math.min(lastChroma, near + (from % 2 == 0 ? -1 : 1)));
      row(argb, y * wide, wide, every, lumaAt(from, 0), chromaAt(near, 0), chromaAt(far, 0));
    }
    return new Signal.Image(wide, high, argb);
  }

  private void row(int[] argb, int at, int wide, int every, int row, int near, int far) {
    int lastChroma = (width - 1) / 2;
    for (int i = 0; i < wide; i++) {
      int x = i * every;
      int own = x / 2;
      int other = Math.max(0, Math.min(lastChroma, own + (x % 2 == 0 ? -1 : 1)));
      argb[at + i] =
          argb(
              luma[row + x] & 0xFF,
              mixed(blue, near + own, near + other, far + own, far + other),
              mixed(red, near + own, near + other, far + own, far + other));
    }
  }

  /** Rounded as libwebp does: the diagonal first. */
  private static int mixed(byte[] plane, int own, int beside, int above, int across) {
    int nearest = plane[own] & 0xFF;
    int b = plane[beside] & 0xFF;
    int c = plane[above] & 0xFF;
    int d = plane[across] & 0xFF;
    return ((nearest + b + c + d + 8 + 2 * (b + c) >> 3) + nearest) >> 1;
  }

  /** ITU-R BT.601 of studio range, in libwebp's fixed point. */
  private static int argb(int y, int u, int v) {
    int light = y * 19_077 >> 8;
    int r = clip(light + (v * 26_149 >> 8) - 14_234);
    int g = clip(light - (u * 6_419 >> 8) - (v * 13_320 >> 8) + 8_708);
    int b = clip(light + (u * 33_050 >> 8) - 17_685);
    return 0xFF << 24 | r << 16 | g << 8 | b;
  }

  private static int clip(int value) {
    return Math.max(0, Math.min(255, value >> 6));
  }
}
