package tributary.read;

import java.util.Arrays;

/**
 * The coefficients of the macroblocks of a VP8 key frame (RFC 6386, sections 13 and 14): 16 blocks
 * of luma, 4 of each chroma, and one of the luma's means where it is predicted as a whole.
 */
final class Vp8Residue {
  private static final int LUMA_WITHOUT_MEAN = 0;
  private static final int MEANS = 1;
  private static final int CHROMA = 2;
  private static final int LUMA = 3;

  private static final int[] BAND = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[][] LARGE = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  private final Vp8Bits[] partitions;

  /** Whether blocks above had coefficients: [columns, 4 luma, 2 blue, 2 red, means]. */
  private final boolean[] above;

  private final boolean[] left = new boolean[9];
  private final int[] probabilities = Vp8Tables.TOKEN_PROBABILITIES.clone();

  /** [segments, luma, means or chroma, first or others]. */
  private final int[] steps = new int[4 * 6];

  /** [blocks, 16]; the means come last. */
  private final int[] coefficients = new int[25 * 16];

  /** Whether the block has more coefficients than its first. */
  private final boolean[] full = new boolean[25];

  private Vp8Bits bits;

  Vp8Residue(int columns, Vp8Bits[] partitions) {
    this.partitions = partitions;
    this.bits = partitions[0];
    this.above = new boolean[9 * columns];
  }

  /** RFC 6386, 9.6. */
  void quantizers(Vp8Bits header, boolean segmented, boolean relative, int[] quantizers) {
    int base = header.number(7);
    int[] deltas = new int[6]; // luma, means, chroma; of each the first, then the others
    for (int i = 0; i < 6; i++) {
      deltas[i] = i == 1 ? 0 : header.optional(4);
    }
    for (int segment = 0; segment < 4; segment++) {
      int q = segmented ? quantizers[segment] + (relative ? base : 0) : base;
      int at = 6 * segment;
      steps[at] = Vp8Tables.DC_STEPS[clip(q + deltas[0], 127)];
      steps[at + 1] = Vp8Tables.AC_STEPS[clip(q, 127)];
      steps[at + 2] = 2 * Vp8Tables.DC_STEPS[clip(q + deltas[2], 127)];
      steps[at + 3] = Math.max(8, Vp8Tables.AC_STEPS[clip(q + deltas[3], 127)] * 155 / 100);
      steps[at + 4] = Vp8Tables.DC_STEPS[clip(q + deltas[4], 117)]; // at most 132
      steps[at + 5] = Vp8Tables.AC_STEPS[clip(q + deltas[5], 127)];
    }
  }

  private static int clip(int value, int most) {
    return Math.max(0, Math.min(most, value));
  }

  /** RFC 6386, 13.4. */
  void probabilities(Vp8Bits header) {
    for (int i = 0; i < probabilities.length; i++) {
      if (header.bit(Vp8Tables.TOKEN_UPDATES[i]) != 0) {
        probabilities[i] = header.number(8);
      }
    }
  }

  void startRow(int row) {
    bits = partitions[row & partitions.length - 1];
    Arrays.fill(left, false);
  }

  boolean isExhausted() {
    return bits.isExhausted();
  }

  /** The next macroblock has no coefficients. */
  void none(int column, boolean small) {
    int kinds = small ? 8 : 9; // what is said of means stays where there are none
    Arrays.fill(above, 9 * column, 9 * column + kinds, false);
    Arrays.fill(left, 0, kinds, false);
    Arrays.fill(coefficients, 0);
    Arrays.fill(full, false);
  }

  /** Reads the coefficients of the next macroblock; false where all are zero. */
  boolean read(int column, int segment, boolean small) {
    Arrays.fill(coefficients, 0);
    int up = 9 * column;
    int step = 6 * segment;
    int kind = LUMA;
    boolean any = false;
    if (!small) {
      boolean coded = block(24, MEANS, context(up + 8, 8), step + 2, 0);
      above[up + 8] = coded;
      left[8] = coded;
      spreadMeans();
      kind = LUMA_WITHOUT_MEAN;
    }
    for (int block = 0; block < 16; block++) {
      int x = up + (block & 3);
      int y = block >> 2;
      boolean coded = block(block, kind, context(x, y), step, small ? 0 : 1);
      above[x] = coded;
      left[y] = coded;
      any |= coded || coefficients[16 * block] != 0;
    }
    for (int block = 16; block < 24; block++) {
      int plane = 4 + 2 * (block - 16 >> 2);
      int x = up + plane + (block & 1);
      int y = plane + (block >> 1 & 1);
      boolean coded = block(block, CHROMA, context(x, y), step + 4, 0);
      above[x] = coded;
      left[y] = coded;
      any |= coded;
    }
    return any;
  }

  private int context(int up, int side) {
    return (above[up] ? 1 : 0) + (left[side] ? 1 : 0);
  }

  /** Reads one block from its first-th coefficient on; false where it ends at once. */
  private boolean block(int block, int kind, int context, int step, int first) {
    full[block] = false;
    int n = first;
    int p = at(kind, n, context);
    if (bits.bit(probabilities[p]) == 0) {
      return false;
    }
    full[block] = true;
    while (n < 16) {
      int place = ZIGZAG[n++];
      if (bits.bit(probabilities[p + 1]) == 0) {
        p = at(kind, n, 0);
        continue; // after a zero there is no end
      }
      int size = bits.bit(probabilities[p + 2]) == 0 ? 1 : size(p);
      int value = size * steps[step + (place > 0 ? 1 : 0)];
      coefficients[16 * block + place] = bits.bit(128) != 0 ? -value : value;
      p = at(kind, n, size == 1 ? 1 : 2);
      if (n == 16 || bits.bit(probabilities[p]) == 0) {
        break;
      }
    }
    return true;
  }

  private static int at(int kind, int n, int context) {
    return ((kind * Vp8Tables.BANDS + BAND[n]) * Vp8Tables.CONTEXTS + context)
        * Vp8Tables.TOKEN_TREE;
  }

  /** A size of two and more (RFC 6386, 13.2). */
  private int size(int p) {
    if (bits.bit(probabilities[p + 3]) == 0) {
      return bits.bit(probabilities[p + 4]) == 0 ? 2 : 3 + bits.bit(probabilities[p + 5]);
    }
    if (bits.bit(probabilities[p + 6]) == 0) {
      if (bits.bit(probabilities[p + 7]) == 0) {
        return 5 + bits.bit(159);
      }
      int high = bits.bit(165);
      return 7 + 2 * high + bits.bit(145);
    }
    int high = bits.bit(probabilities[p + 8]);
    int category = 2 * high + bits.bit(probabilities[p + 9 + high]);
    int extra = 0;
    for (int probability : LARGE[category]) {
      extra = 2 * extra + bits.bit(probability);
    }
    return extra + 3 + (8 << category);
  }

  /** The inverse Walsh-Hadamard transform (RFC 6386, 14.3). */
  private void spreadMeans() {
    int[] m = new int[16];
    int from = 24 * 16;
    for (int i = 0; i < 4; i++) {
      int a0 = coefficients[from + i] + coefficients[from + 12 + i];
      int a1 = coefficients[from + 4 + i] + coefficients[from + 8 + i];
      int a2 = coefficients[from + 4 + i] - coefficients[from + 8 + i];
      int a3 = coefficients[from + i] - coefficients[from + 12 + i];
      m[i] = a0 + a1;
      m[8 + i] = a0 - a1;
      m[4 + i] = a3 + a2;
      m[12 + i] = a3 - a2;
    }
    for (int i = 0; i < 4; i++) {
      int rounded = m[4 * i] + 3;
      int a0 = rounded + m[4 * i + 3];
      int a1 = m[4 * i + 1] + m[4 * i + 2];
      int a2 = m[4 * i + 1] - m[4 * i + 2];
      int a3 = rounded - m[4 * i + 3];
      coefficients[64 * i] = a0 + a1 >> 3;
      coefficients[64 * i + 16] = a3 + a2 >> 3;
      coefficients[64 * i + 32] = a0 - a1 >> 3;
      coefficients[64 * i + 48] = a3 - a2 >> 3;
    }
  }

  /** Adds a block's residue to its prediction (RFC 6386, 14.4). */
  void add(int block, byte[] plane, int at, int stride) {
    int from = 16 * block;
    if (full[block]) {
      transform(from, plane, at, stride);
    } else if (coefficients[from] != 0) {
      int mean = coefficients[from] + 4 >> 3;
      for (int y = 0; y < 4; y++) {
        for (int i = at + y * stride; i < at + y * stride + 4; i++) {
          plane[i] = Vp8Prediction.clamp((plane[i] & 0xFF) + mean);
        }
      }
    }
  }

  private void transform(int from, byte[] plane, int at, int stride) {
    int[] m = new int[16];
    for (int i = 0; i < 4; i++) {
      int c0 = coefficients[from + i];
      int c1 = coefficients[from + 4 + i];
      int c2 = coefficients[from + 8 + i];
      int c3 = coefficients[from + 12 + i];
      int c = sine(c1) - cosine(c3);
      int d = cosine(c1) + sine(c3);
      m[4 * i] = c0 + c2 + d;
      m[4 * i + 1] = c0 - c2 + c;
      m[4 * i + 2] = c0 - c2 - c;
      m[4 * i + 3] = c0 + c2 - d;
    }
    for (int y = 0; y < 4; y++) {
      int rounded = m[y] + 4;
      int a = rounded + m[8 + y];
      int b = rounded - m[8 + y];
      int c = sine(m[4 + y]) - cosine(m[12 + y]);
      int d = cosine(m[4 + y]) + sine(m[12 + y]);
      int row = at + y * stride;
      plane[row] = Vp8Prediction.clamp((plane[row] & 0xFF) + (a + d >> 3));
      plane[row + 1] = Vp8Prediction.clamp((plane[row + 1] & 0xFF) + (b + c >> 3));
      plane[row + 2] = Vp8Prediction.clamp((plane[row + 2] & 0xFF) + (b - c >> 3));
      plane[row + 3] = Vp8Prediction.clamp((plane[row + 3] & 0xFF) + (a - d >> 3));
    }
  }

  /** Times the root of 2 times the cosine of pi / 8. */
  private static int cosine(int value) {
    return value * 85_627 >> 16;
  }

  /** Times the root of 2 times the sine of pi / 8. */
  private static int sine(int value) {
    return value * 35_468 >> 16;
  }
}
