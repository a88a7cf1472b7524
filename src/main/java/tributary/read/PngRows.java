package tributary.read;

import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The rows of a PNG: inflated, without their filters, put where their pass has its pixels. */
final class PngRows {
  /** Adam7: first column, first row, columns apart, rows apart. */
  private static final int[][] PASSES = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  /** Bytes that deflate makes of one, at most. */
  private static final int MOST_INFLATED = 1032;

  private static final int[][] WHOLE = {{0, 0, 1, 1}};

  private final PngHeader header;
  private final PngPixels pixels;
  private final byte[] payload;
  private final List<int[]> chunks;
  private final Inflater inflater;
  private int next;

  /** Each so manieth row and column is kept. */
  private final int every;

  private final int wide;
  private final int[] argb;

  private PngRows(
      PngHeader header, PngPixels pixels, byte[] payload, List<int[]> chunks, Inflater inflater) {
    this.header = header;
    this.pixels = pixels;
    this.payload = payload;
    this.chunks = chunks;
    this.inflater = inflater;
    this.every = RasterReader.every(header.width(), header.height());
    this.wide = (header.width() - 1) / every + 1;
    this.argb = new int[wide * ((header.height() - 1) / every + 1)];
  }

  /**
   * The picture.
   *
   * @param chunks first byte and end of each chunk of data
   * @throws Rejected CORRUPT_IMAGE where the data end before the pixels, or are at fault
   */
  static Signal.Image image(
      PngHeader header, PngPixels pixels, byte[] payload, List<int[]> chunks) {
    refuseEmpty(header, chunks);
    Inflater inflater = new Inflater();
    try {
      PngRows rows = new PngRows(header, pixels, payload, chunks, inflater);
      for (int[] pass : header.interlaced() ? PASSES : WHOLE) {
        rows.pass(pass[0], pass[1], pass[2], pass[3]);
      }
      return new Signal.Image(rows.wide, rows.argb.length / rows.wide, rows.argb);
    } catch (DataFormatException e) {
      throw Completeness.corrupt("Cannot read PNG: its data can't be inflated: " + e.getMessage());
    } finally {
      inflater.end();
    }
  }

  /** Before anything of the size claimed is allocated. */
  private static void refuseEmpty(PngHeader header, List<int[]> chunks) {
    long given = 0;
    for (int[] chunk : chunks) {
      given += chunk[1] - chunk[0];
    }
    long needed = (header.width() * (long) header.bits() + 7) / 8 * header.height();
    if (needed / MOST_INFLATED > given) {
      throw Completeness.corrupt(
          "Cannot read PNG: its " + given + " bytes of data can't hold " + needed);
    }
  }

  private void pass(int left, int top, int across, int down) throws DataFormatException {
    int width = (header.width() - left + across - 1) / across;
    int height = (header.height() - top + down - 1) / down;
    if (width < 1 || height < 1) {
      return;
    }
    int pixel = Math.max(1, header.bits() / 8);
    byte[] row =
        new byte[1 + (int) (((long) width * header.bits() + 7) / 8)]; // filter, then samples
    byte[] before = row.clone();
    boolean direct = across == 1 && every == 1;
    int[] line = direct ? argb : new int[width];
    for (int i = 0; i < height; i++) {
      int y = top + i * down;
      fill(row, y);
      unfilter(row, before, pixel);
      if (direct) {
        pixels.argb(row, width, argb, y * wide);
      } else if (y % every == 0) {
        pixels.argb(row, width, line, 0);
        for (int x = 0; x < width; x++) {
          int column = left + x * across;
          if (column % every == 0) {
            argb[y / every * wide + column / every] = line[x];
          }
        }
      }
      byte[] free = before;
      before = row;
      row = free;
    }
  }

  private void fill(byte[] row, int y) throws DataFormatException {
    int filled = 0;
    while (filled < row.length) {
      int inflated = inflater.inflate(row, filled, row.length - filled);
      filled += inflated;
      if (inflated == 0) {
        if (inflater.finished() || !inflater.needsInput() || next == chunks.size()) {
          throw Completeness.corrupt(
              "Cannot read PNG: its data end in row " + y + " of " + header.height());
        }
        int[] chunk = chunks.get(next++);
        inflater.setInput(payload, chunk[0], chunk[1] - chunk[0]);
      }
    }
  }

  /** PNG's filters, in place from index 1 on. */
  private static void unfilter(byte[] row, byte[] before, int pixel) {
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
      default -> throw Completeness.corrupt("Cannot read PNG: a row has filter " + (row[0] & 0xFF));
    }
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
}
