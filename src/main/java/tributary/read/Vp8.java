package tributary.read;

import java.util.Arrays;

/**
 * The key frame of a lossy WebP: VP8 (RFC 6386). Macroblocks of 16 x 16 pixels are predicted from
 * their neighbours above and left, before any filter, and a residue is added; the loop filter goes
 * over the whole frame in the end.
 *
 * <pre>
 * header | probabilities, modes (first partition) | coefficients (1, 2, 4 or 8 partitions, by row)
 * </pre>
 */
final class Vp8 {
  private static final int SEGMENTS = 4;
  private static final int HEADER = 10;

  private final byte[] bytes;
  private final int end;
  private final Vp8Planes planes;
  private final int columns;
  private final int rows;
  private final Vp8Bits first;
  private final Vp8Modes modes;
  private final Vp8Filter filter;
  private final Vp8Residue residue;

  private boolean segmented;
  private boolean mapped;
  private boolean relative;
  private final int[] quantizers = new int[SEGMENTS];
  private final int[] strengths = new int[SEGMENTS];
  private final int[] segmentTree = {255, 255, 255};

  /** The probability that a block has coefficients, or -1 where every block says so. */
  private int skip = -1;

  private Vp8(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.end = end;
    int head = bytes[from] & 0xFF | (bytes[from + 1] & 0xFF) << 8 | (bytes[from + 2] & 0xFF) << 16;
    boolean starts =
        (bytes[from + 3] & 0xFF) == 0x9D && bytes[from + 4] == 1 && bytes[from + 5] == 0x2A;
    if ((head & 1) != 0 || !starts) {
      throw Webp.corrupt("its picture is no key frame");
    }
    int width = bytes[from + 6] & 0xFF | (bytes[from + 7] & 0x3F) << 8;
    int height = bytes[from + 8] & 0xFF | (bytes[from + 9] & 0x3F) << 8;
    int data = from + HEADER + (head >> 5);
    if (data > end) {
      throw ends();
    }
    this.columns = width + 15 >> 4;
    this.rows = height + 15 >> 4;
    this.first = new Vp8Bits(bytes, from + HEADER, data);
    var colourSpace = first.flag();
    var clamps = first.flag(); // every decoder clamps
    segments();
    this.filter = new Vp8Filter(first, columns, rows);
    this.residue = new Vp8Residue(columns, partitions(data));
    residue.quantizers(first, segmented, relative, quantizers);
    var refreshes = first.flag(); // of later frames
    residue.probabilities(first);
    if (first.flag()) {
      skip = first.number(8);
    }
    filter.levels(segmented, relative, strengths);
    this.modes = new Vp8Modes(first, columns);
    this.planes = new Vp8Planes(width, height);
  }

  /**
   * The picture of a chunk.
   *
   * @param from the first of the chunk's bytes, of which there are at least ten
   * @param every keeps each so manieth row and column
   * @throws Rejected CORRUPT_IMAGE
   */
  static Signal.Image read(byte[] bytes, int from, int end, int every) {
    Vp8 frame = new Vp8(bytes, from, end);
    frame.decode();
    return frame.planes.image(every);
  }

  /** RFC 6386, 9.3. */
  private void segments() {
    segmented = first.flag();
    if (!segmented) {
      return;
    }
    mapped = first.flag();
    if (first.flag()) {
      relative = !first.flag();
      for (int i = 0; i < SEGMENTS; i++) {
        quantizers[i] = first.optional(7);
      }
      for (int i = 0; i < SEGMENTS; i++) {
        strengths[i] = first.optional(6);
      }
    }
    if (mapped) {
      for (int i = 0; i < segmentTree.length; i++) {
        segmentTree[i] = first.flag() ? first.number(8) : 255;
      }
    }
  }

  /** RFC 6386, 9.5: all but the last say how long they are. */
  private Vp8Bits[] partitions(int data) {
    Vp8Bits[] partitions = new Vp8Bits[1 << first.number(2)];
    int last = partitions.length - 1;
    int at = data + 3 * last;
    for (int i = 0; i < last && at <= end; i++) {
      int size = data + 3 * i;
      int length =
          bytes[size] & 0xFF | (bytes[size + 1] & 0xFF) << 8 | (bytes[size + 2] & 0xFF) << 16;
      partitions[i] = new Vp8Bits(bytes, at, Math.min(at + length, end));
      at += length;
    }
    if (at > end) {
      throw ends();
    }
    partitions[last] = new Vp8Bits(bytes, at, end);
    return partitions;
  }

  private void decode() {
    for (int row = 0; row < rows; row++) {
      modes.startRow();
      residue.startRow(row);
      for (int column = 0; column < columns; column++) {
        macroblock(row, column);
      }
      if (first.isExhausted() || residue.isExhausted()) {
        throw ends();
      }
    }
    filter.apply(planes);
  }

  private void macroblock(int row, int column) {
    int segment = 0;
    if (mapped) {
      int high = first.bit(segmentTree[0]);
      segment = 2 * high + first.bit(segmentTree[1 + high]);
    }
    boolean skipped = skip >= 0 && first.bit(skip) != 0;
    modes.read(column);
    boolean small = modes.isSmall();
    boolean empty = skipped;
    if (skipped) {
      residue.none(column, small);
    } else {
      empty = !residue.read(column, segment, small);
    }
    filter.remember(row, column, segment, small, empty);
    int luma = planes.lumaAt(16 * row, 16 * column);
    if (small) {
      smallBlocks(luma, row, column);
    } else {
      predict(planes.luma, luma, planes.stride, 16, modes.luma(), row, column);
      for (int block = 0; block < 16; block++) {
        int at = luma + (block >> 2) * 4 * planes.stride + (block & 3) * 4;
        residue.add(block, planes.luma, at, planes.stride);
      }
    }
    int chroma = planes.chromaAt(8 * row, 8 * column);
    byte[][] both = {planes.blue, planes.red};
    for (int plane = 0; plane < 2; plane++) {
      predict(both[plane], chroma, planes.chromaStride, 8, modes.chroma(), row, column);
      for (int block = 0; block < 4; block++) {
        int at = chroma + (block >> 1) * 4 * planes.chromaStride + (block & 1) * 4;
        residue.add(16 + 4 * plane + block, both[plane], at, planes.chromaStride);
      }
    }
  }

  /** What is above and right of the lower small blocks is above the whole macroblock. */
  private void smallBlocks(int luma, int row, int column) {
    byte[] above = new byte[4];
    int right = luma - planes.stride + 16;
    if (row > 0 && column == columns - 1) {
      Arrays.fill(above, planes.luma[right - 1]);
    } else {
      System.arraycopy(planes.luma, right, above, 0, 4);
    }
    for (int block = 0; block < 16; block++) {
      int at = luma + (block >> 2) * 4 * planes.stride + (block & 3) * 4;
      Vp8Prediction.small(planes.luma, at, planes.stride, modes.small(block), block, above);
      residue.add(block, planes.luma, at, planes.stride);
    }
  }

  private static void predict(
      byte[] plane, int at, int stride, int size, int mode, int row, int column) {
    Vp8Prediction.block(plane, at, stride, size, mode, row > 0, column > 0);
  }

  private static Rejected ends() {
    return Webp.corrupt("its picture needs more bytes than there are");
  }
}
