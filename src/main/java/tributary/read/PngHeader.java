package tributary.read;

import java.nio.ByteBuffer;

/**
 * The header of a PNG.
 *
 * @param depth bits of a sample, or of an index of the palette
 * @param colours {@link #GREY}, {@link #RGB}, {@link #PALETTE}, {@link #GREY_ALPHA}, {@link #RGBA}
 */
record PngHeader(int width, int height, int depth, int colours, boolean interlaced) {
  static final int BYTES = 13;
  static final int GREY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GREY_ALPHA = 4;
  static final int RGBA = 6;

  /**
   * The header at that byte.
   *
   * @throws Rejected CORRUPT_IMAGE where PNG has no such header
   */
  static PngHeader read(ByteBuffer in, int at) {
    PngHeader header =
        new PngHeader(
            in.getInt(at), in.getInt(at + 4), in.get(at + 8), in.get(at + 9), in.get(at + 12) == 1);
    boolean sound = in.get(at + 10) == 0 && in.get(at + 11) == 0 && (in.get(at + 12) & 0xFE) == 0;
    if (header.width < 1 || header.height < 1) {
      throw Completeness.corrupt(
          "Cannot read PNG: it claims " + header.width + " x " + header.height);
    }
    if (!sound || !header.isKnown()) {
      throw Completeness.corrupt(
          String.format(
              "Cannot read PNG: it claims %d bits, colours %d, compression %d, filter %d, interlace"
                  + " %d, which PNG does not have",
              header.depth, header.colours, in.get(at + 10), in.get(at + 11), in.get(at + 12)));
    }
    return header;
  }

  private boolean isKnown() {
    return switch (colours) {
      case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
      case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
      case RGB, GREY_ALPHA, RGBA -> depth == 8 || depth == 16;
      default -> false;
    };
  }

  /** Bits of a pixel. */
  int bits() {
    return depth
        * switch (colours) {
          case RGB -> 3;
          case GREY_ALPHA -> 2;
          case RGBA -> 4;
          default -> 1;
        };
  }
}
