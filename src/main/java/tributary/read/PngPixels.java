package tributary.read;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Samples of a PNG to ARGB. A sample of b bits is value * 255 / (2^b - 1), rounded: 16 bits are not
 * cut to their upper eight, and not clipped at 255.
 */
final class PngPixels {
  private static final int OPAQUE = 0xFF << 24;

  private final PngHeader header;

  /** What each index, or each grey of up to eight bits, looks like. */
  private final int[] colours;

  /** Samples of the transparent colour, or -1. */
  private final int[] transparent = {-1, -1, -1};

  PngPixels(PngHeader header, byte @Nullable [] palette, byte @Nullable [] transparency) {
    this.header = header;
    this.colours = new int[1 << Math.min(8, header.depth())];
    byte[] alpha = transparency == null ? new byte[0] : transparency;
    if (header.colours() == PngHeader.PALETTE) {
      if (palette == null || palette.length < 3) {
        throw Completeness.corrupt("Cannot read PNG: it needs a palette and has none");
      }
      palette(palette, alpha);
    } else {
      int samples = header.colours() == PngHeader.GREY ? 1 : 3;
      boolean keyed = header.colours() == PngHeader.GREY || header.colours() == PngHeader.RGB;
      for (int i = 0; i < samples && keyed && alpha.length >= 2 * samples; i++) {
        transparent[i] = (alpha[2 * i] & 0xFF) << 8 | alpha[2 * i + 1] & 0xFF;
      }
      greys();
    }
  }

  private void palette(byte[] palette, byte[] alpha) {
    Arrays.fill(colours, OPAQUE);
    for (int i = 0; i < colours.length && 3 * i + 2 < palette.length; i++) {
      int opacity = i < alpha.length ? alpha[i] & 0xFF : 255;
      int red = palette[3 * i] & 0xFF;
      int green = palette[3 * i + 1] & 0xFF;
      colours[i] = opacity << 24 | red << 16 | green << 8 | palette[3 * i + 2] & 0xFF;
    }
  }

  private void greys() {
    for (int i = 0; i < colours.length; i++) {
      int grey = (i * 255 + (colours.length - 1) / 2) / (colours.length - 1);
      colours[i] = (i == transparent[0] ? 0 : OPAQUE) | grey * 0x010101;
    }
  }

  /**
   * Pixels of a row.
   *
   * @param row the filter, then samples
   * @param argb where they go, from `at` on
   */
  void argb(byte[] row, int width, int[] argb, int at) {
    boolean deep = header.depth() == 16;
    switch (header.colours()) {
      case PngHeader.RGB -> {
        if (deep || transparent[0] >= 0) {
          keyed(row, width, argb, at);
        } else {
          opaque(row, width, argb, at);
        }
      }
      case PngHeader.RGBA -> {
        if (deep) {
          deep(row, width, argb, at, 4);
        } else {
          translucent(row, width, argb, at);
        }
      }
      case PngHeader.GREY_ALPHA -> {
        if (deep) {
          deep(row, width, argb, at, 2);
        } else {
          for (int x = 0; x < width; x++) {
            int grey = row[1 + 2 * x] & 0xFF;
            argb[at + x] = row[2 + 2 * x] << 24 | grey * 0x010101;
          }
        }
      }
      default -> {
        if (deep) {
          for (int x = 0; x < width; x++) {
            int value = sample(row, 1 + 2 * x);
            int grey = eight(value) * 0x010101;
            argb[at + x] = (value == transparent[0] ? 0 : OPAQUE) | grey;
          }
        } else {
          indexed(row, width, argb, at);
        }
      }
    }
  }

  private void indexed(byte[] row, int width, int[] argb, int at) {
    int depth = header.depth();
    if (depth == 8) {
      for (int x = 0; x < width; x++) {
        argb[at + x] = colours[row[1 + x] & 0xFF];
      }
      return;
    }
    int each = 8 / depth;
    int mask = colours.length - 1;
    for (int x = 0; x < width; x++) {
      int shift = 8 - depth * (x % each + 1);
      argb[at + x] = colours[row[1 + x / each] >> shift & mask];
    }
  }

  private static void opaque(byte[] row, int width, int[] argb, int at) {
    for (int x = 0; x < width; x++) {
      int from = 1 + 3 * x;
      argb[at + x] =
          OPAQUE | (row[from] & 0xFF) << 16 | (row[from + 1] & 0xFF) << 8 | row[from + 2] & 0xFF;
    }
  }

  private static void translucent(byte[] row, int width, int[] argb, int at) {
    for (int x = 0; x < width; x++) {
      int from = 1 + 4 * x;
      argb[at + x] =
          row[from + 3] << 24
              | (row[from] & 0xFF) << 16
              | (row[from + 1] & 0xFF) << 8
              | row[from + 2] & 0xFF;
    }
  }

  /** Red, green and blue of 16 bits, or with a transparent colour. */
  private void keyed(byte[] row, int width, int[] argb, int at) {
    boolean deep = header.depth() == 16;
    int size = deep ? 2 : 1;
    for (int x = 0; x < width; x++) {
      int pixel = 0;
      boolean match = true;
      for (int i = 0; i < 3; i++) {
        int from = 1 + (3 * x + i) * size;
        int value = deep ? sample(row, from) : row[from] & 0xFF;
        match &= value == transparent[i];
        pixel = pixel << 8 | (deep ? eight(value) : value);
      }
      argb[at + x] = (match ? 0 : OPAQUE) | pixel;
    }
  }

  /** Grey and alpha, or red, green, blue and alpha, of 16 bits. */
  private static void deep(byte[] row, int width, int[] argb, int at, int samples) {
    for (int x = 0; x < width; x++) {
      int from = 1 + 2 * samples * x;
      int red = eight(sample(row, from));
      int green = samples == 2 ? red : eight(sample(row, from + 2));
      int blue = samples == 2 ? red : eight(sample(row, from + 4));
      int alpha = eight(sample(row, from + 2 * samples - 2));
      argb[at + x] = alpha << 24 | red << 16 | green << 8 | blue;
    }
  }

  private static int sample(byte[] row, int from) {
    return (row[from] & 0xFF) << 8 | row[from + 1] & 0xFF;
  }

  private static int eight(int sixteen) {
    return (sixteen * 255 + 32_767) / 65_535;
  }
}
