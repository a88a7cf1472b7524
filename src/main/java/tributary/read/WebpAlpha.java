package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The alpha of a lossy WebP picture (chunk ALPH): bytes as they are, or the green of a lossless
 * picture without its header; predicted from left, from above, or from both.
 */
final class WebpAlpha {
  private static final int LOSSLESS = 1;
  private static final int VERTICAL = 2;
  private static final int GRADIENT = 3;

  private WebpAlpha() {}

  /** [height, width]. */
  static byte[] read(byte[] bytes, int from, int end, int width, int height) {
    if (end <= from) {
      throw Webp.corrupt("its chunk ALPH has 0 bytes of at least 1");
    }
    int compression = bytes[from] & 3;
    int filter = bytes[from] >> 2 & 3;
    byte[] alpha;
    if (compression == LOSSLESS) {
      alpha = green(bytes, from + 1, end, width, height);
    } else if (compression == 0 && end - from - 1 >= width * height) {
      alpha = Arrays.copyOfRange(bytes, from + 1, from + 1 + width * height);
    } else {
      throw Webp.corrupt(
          "its alpha of compression " + compression + " has " + (end - from - 1) + " bytes");
    }
    if (filter != 0) {
      unfilter(alpha, width, filter);
    }
    return alpha;
  }

  private static byte[] green(byte[] bytes, int from, int end, int width, int height) {
    ByteBuffer picture = ByteBuffer.allocate(5 + end - from).order(ByteOrder.LITTLE_ENDIAN);
    picture.put((byte) 0x2F).putInt(width - 1 | height - 1 << 14).put(bytes, from, end - from);
    int[] argb = Vp8l.read(picture.array(), 0, picture.capacity(), 1).argb();
    byte[] green = new byte[argb.length];
    for (int i = 0; i < argb.length; i++) {
      green[i] = (byte) (argb[i] >> 8);
    }
    return green;
  }

  /** The first row is predicted from left, the first column from above. */
  private static void unfilter(byte[] alpha, int width, int filter) {
    for (int i = 1; i < alpha.length; i++) {
      int x = i % width;
      if (i < width) {
        alpha[i] += alpha[i - 1];
      } else if (x == 0 || filter == VERTICAL) {
        alpha[i] += alpha[i - width];
      } else if (filter == GRADIENT) {
        int left = alpha[i - 1] & 0xFF;
        int above = alpha[i - width] & 0xFF;
        int corner = alpha[i - width - 1] & 0xFF;
        alpha[i] += (byte) Math.max(0, Math.min(255, left + above - corner));
      } else {
        alpha[i] += alpha[i - 1];
      }
    }
  }
}
