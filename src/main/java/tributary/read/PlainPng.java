package tributary.read;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The commonest PNG: red, green and blue, or these and alpha, in bytes, not interlaced, without a
 * transparent colour. Its rows become pixels as they are inflated, without the streams, rasters and
 * plug-ins of ImageIO. Whatever is not quite so, or is at fault, is left to {@link RasterReader},
 * which reads it or says what is wrong: what both read has the same pixels.
 */
final class PlainPng {
  private static final int HEADER = 0x49484452; // IHDR
  private static final int DATA = 0x49444154; // IDAT
  private static final int END = 0x49454E44; // IEND
  private static final int TRANSPARENCY = 0x74524E53; // tRNS
  private static final int FIRST_CHUNK = 8;
  private static final int SECOND_CHUNK = 33;

  /** A chunk's length, type and checksum. */
  private static final int AROUND = 12;

  /** An ancillary chunk's type begins with a small letter. */
  private static final int ANCILLARY = 0x20000000;

  private final ByteBuffer in;

  /** The chunk whose data the inflater has. */
  private int chunk;

  private PlainPng(byte[] payload) {
    this.in = ByteBuffer.wrap(payload);
  }

  /**
   * The picture, or null where another reader has to see to it.
   *
   * @throws Rejected CORRUPT_IMAGE where the file is cut
   */
  static Signal.@Nullable Image read(byte[] payload, long mostPixels) {
    PlainPng png = new PlainPng(payload);
    if (payload.length < SECOND_CHUNK || !png.isPlain(mostPixels)) {
      return null;
    }
    Completeness.check(Format.PNG, payload);
    return png.found() ? png.pixels() : null;
  }

  private boolean isPlain(long mostPixels) {
    int width = in.getInt(16);
    int height = in.getInt(20);
    int colours = in.get(25);
    return in.getInt(FIRST_CHUNK) == 13
        && in.getInt(FIRST_CHUNK + 4) == HEADER
        && width > 0
        && height > 0
        && (long) width * height <= mostPixels
        && Math.max(width, height) < 2 * RasterReader.ENOUGH
        && in.get(24) == 8
        && (colours == 2 || colours == 6)
        && in.get(26) == 0
        && in.get(27) == 0
        && in.get(28) == 0;
  }

  /** Goes to the first chunk of data; false where a chunk may change what it means. */
  private boolean found() {
    chunk = SECOND_CHUNK;
    while (type() != DATA) {
      if ((type() & ANCILLARY) == 0 || type() == TRANSPARENCY) {
        return false;
      }
      chunk += AROUND + in.getInt(chunk);
    }
    return true;
  }

  private int type() {
    return in.getInt(chunk + 4);
  }

  private Signal.@Nullable Image pixels() {
    int width = in.getInt(16);
    int height = in.getInt(20);
    int pixel = in.get(25) == 2 ? 3 : 4;
    byte[] before = new byte[width * pixel + 1]; // filter, then [width, pixel]
    byte[] row = before.clone();
    int[] argb = new int[width * height];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(in.array(), chunk + 8, in.getInt(chunk));
      for (int y = 0; y < height; y++) {
        if (!fill(row, inflater) || !unfilter(row, before, pixel)) {
          return null;
        }
        if (pixel == 3) {
          opaque(row, argb, y * width, width);
        } else {
          translucent(row, argb, y * width, width);
        }
        byte[] next = before;
        before = row;
        row = next;
      }
    } catch (DataFormatException e) {
      return null; // the other reader says what is wrong
    } finally {
      inflater.end();
    }
    return new Signal.Image(width, height, argb);
  }

  /** Inflates a row; false where the data end before it does. */
  private boolean fill(byte[] row, Inflater inflater) throws DataFormatException {
    int filled = 0;
    while (filled < row.length) {
      int inflated = inflater.inflate(row, filled, row.length - filled);
      filled += inflated;
      if (inflated == 0) {
        if (!inflater.needsInput() || inflater.finished()) {
          return false;
        }
        chunk += AROUND + in.getInt(chunk);
        if (type() != DATA) {
          return false;
        }
        inflater.setInput(in.array(), chunk + 8, in.getInt(chunk));
      }
    }
    return true;
  }

  /** PNG's filters, in place from index 1 on; false where there is no such filter. */
  private static boolean unfilter(byte[] row, byte[] before, int pixel) {
    int first = 1 + pixel;
    switch (row[0]) {
      case 0 -> {}
      case 1 -> {
        for (int i = first; i < row.length; i++) {
          row[i] += row[i - pixel];
        }
      }
      case 2 -> {
        for (int i = 1; i < row.length; i++) {
          row[i] += before[i];
        }
      }
      case 3 -> {
        for (int i = 1; i < first; i++) {
          row[i] += (byte) ((before[i] & 0xFF) / 2);
        }
        for (int i = first; i < row.length; i++) {
          row[i] += (byte) ((row[i - pixel] & 0xFF) + (before[i] & 0xFF) >> 1);
        }
      }
      case 4 -> {
        for (int i = 1; i < first; i++) {
          row[i] += before[i];
        }
        paeth(row, before, pixel);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * Adds whichever of left, above and above left is nearest to left + above - above left, the first
   * of these where they tie; by signs, as no branch of it can be foretold.
   */
  private static void paeth(byte[] row, byte[] before, int pixel) {
    for (int i = 1 + pixel; i < row.length; i++) {
      int left = row[i - pixel] & 0xFF;
      int above = before[i] & 0xFF;
      int corner = before[i - pixel] & 0xFF;
      int fromLeft = Math.abs(above - corner);
      int fromAbove = Math.abs(left - corner);
      int fromCorner = Math.abs(left + above - 2 * corner);
      int nearer = above + (corner - above & fromCorner - fromAbove >> 31);
      int least = Math.min(fromAbove, fromCorner);
      row[i] += (byte) (left + (nearer - left & least - fromLeft >> 31));
    }
  }

  private static void opaque(byte[] row, int[] argb, int at, int width) {
    for (int x = 0; x < width; x++) {
      int from = 1 + 3 * x;
      argb[at + x] =
          0xFF << 24
              | (row[from] & 0xFF) << 16
              | (row[from + 1] & 0xFF) << 8
              | row[from + 2] & 0xFF;
    }
  }

  private static void translucent(byte[] row, int[] argb, int at, int width) {
    for (int x = 0; x < width; x++) {
      int from = 1 + 4 * x;
      argb[at + x] =
          row[from + 3] << 24
              | (row[from] & 0xFF) << 16
              | (row[from + 1] & 0xFF) << 8
              | row[from + 2] & 0xFF;
    }
  }
}
