package tributary.read;

/**
 * A transform of lossless WebP, backwards (RFC 9649, section 4): what was taken from the pixels is
 * put back.
 *
 * @param width of the pixels that come out
 * @param bits of the blocks' sides; of a palette: log2 of the indices in one pixel
 * @param data modes or factors by block, or the palette
 */
@SuppressWarnings("ArrayRecordComponent")
record Vp8lTransform(int kind, int width, int bits, int[] data) {
  static final int PREDICTOR = 0;
  static final int COLOUR = 1;
  static final int GREEN = 2;
  static final int PALETTE = 3;

  private static final int BLACK = 0xFF << 24;

  /** Pixels in a row before this transform is undone. */
  int storedWidth() {
    return kind == PALETTE ? width + (1 << bits) - 1 >> bits : width;
  }

  /** [height, width]: in place where their number stays. */
  int[] inverse(int[] argb, int height) {
    switch (kind) {
      case PREDICTOR -> predicted(argb, height);
      case COLOUR -> coloured(argb, height);
      case GREEN -> {
        for (int i = 0; i < argb.length; i++) {
          int green = argb[i] >> 8 & 0xFF;
          argb[i] = sum(argb[i], green << 16 | green);
        }
      }
      default -> {
        return unpacked(argb, height);
      }
    }
    return argb;
  }

  /** Each channel by itself, modulo 256. */
  static int sum(int left, int right) {
    int odd = (left & 0xFF00FF00) + (right & 0xFF00FF00);
    int even = (left & 0x00FF00FF) + (right & 0x00FF00FF);
    return odd & 0xFF00FF00 | even & 0x00FF00FF;
  }

  private int[] unpacked(int[] packed, int height) {
    int stored = storedWidth();
    int size = 8 >> bits;
    int[] argb = new int[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int green = packed[y * stored + (x >> bits)] >> 8 & 0xFF;
        int index = green >> (x & (1 << bits) - 1) * size & (1 << size) - 1;
        argb[y * width + x] = index < data.length ? data[index] : 0;
      }
    }
    return argb;
  }

  private void coloured(int[] argb, int height) {
    int across = width + (1 << bits) - 1 >> bits;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int factors = data[(y >> bits) * across + (x >> bits)];
        int pixel = argb[y * width + x];
        byte green = (byte) (pixel >> 8);
        int red = (pixel >> 16) + scaled((byte) factors, green);
        int blue = pixel + scaled((byte) (factors >> 8), green);
        blue += scaled((byte) (factors >> 16), (byte) red);
        argb[y * width + x] = pixel & 0xFF00FF00 | (red & 0xFF) << 16 | blue & 0xFF;
      }
    }
  }

  private static int scaled(byte factor, byte channel) {
    return factor * channel >> 5;
  }

  private void predicted(int[] argb, int height) {
    int across = width + (1 << bits) - 1 >> bits;
    argb[0] = sum(argb[0], BLACK);
    for (int x = 1; x < width; x++) {
      argb[x] = sum(argb[x], argb[x - 1]);
    }
    for (int y = 1; y < height; y++) {
      int row = y * width;
      argb[row] = sum(argb[row], argb[row - width]);
      for (int x = 1; x < width; x++) {
        int mode = data[(y >> bits) * across + (x >> bits)] >> 8 & 15;
        argb[row + x] = sum(argb[row + x], prediction(argb, row + x, mode));
      }
    }
  }

  /** What is above and right of the last column is the first of the row itself. */
  private int prediction(int[] argb, int at, int mode) {
    int left = argb[at - 1];
    int above = argb[at - width];
    int right = argb[at - width + 1];
    int corner = argb[at - width - 1];
    return switch (mode) {
      case 1 -> left;
      case 2 -> above;
      case 3 -> right;
      case 4 -> corner;
      case 5 -> mean(mean(left, right), above);
      case 6 -> mean(left, corner);
      case 7 -> mean(left, above);
      case 8 -> mean(corner, above);
      case 9 -> mean(above, right);
      case 10 -> mean(mean(left, corner), mean(above, right));
      case 11 -> nearer(left, above, corner);
      case 12 -> clamped(left, above, corner, false);
      case 13 -> clamped(mean(left, above), mean(left, above), corner, true);
      default -> BLACK;
    };
  }

  private static int mean(int left, int right) {
    return (((left ^ right) & 0xFEFEFEFE) >>> 1) + (left & right);
  }

  private static int nearer(int left, int above, int corner) {
    int towardsLeft = 0;
    int towardsAbove = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int c = corner >> shift & 0xFF;
      towardsLeft += Math.abs((above >> shift & 0xFF) - c);
      towardsAbove += Math.abs((left >> shift & 0xFF) - c);
    }
    return towardsLeft < towardsAbove ? left : above;
  }

  /** left + above - corner, or left + (above - corner) / 2, each channel from 0 to 255. */
  private static int clamped(int left, int above, int corner, boolean half) {
    int pixel = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int slope = (above >> shift & 0xFF) - (corner >> shift & 0xFF);
      int value = (left >> shift & 0xFF) + (half ? slope / 2 : slope);
      pixel |= Math.max(0, Math.min(255, value)) << shift;
    }
    return pixel;
  }
}
