package tributary.read;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * A file of unsigned bytes in IDX, the format of MNIST: 0, 0, 8 (the type), the number of axes,
 * each axis' length as four bytes, high one first, then the values, row-major. May be gzip's.
 *
 * @param lengths of the axes
 * @param values unsigned, as many as the product of the lengths
 */
@SuppressWarnings("ArrayRecordComponent")
public record Idx(int[] lengths, byte[] values) {
  /** Values at most: a header's claim beyond it is refused before anything is unpacked. */
  private static final long LARGEST = 1L << 30;

  private static final int UNSIGNED_BYTE = 8;

  /**
   * Reads a file's bytes.
   *
   * @param axes how many there have to be: 3 of pictures (number, rows, columns), 1 of labels
   * @throws IOException where they are no such file, or more or fewer values than its header says
   */
  public static Idx of(byte[] file, int axes) throws IOException {
    boolean packed = file.length > 1 && (file[0] & 0xff) == 0x1f && (file[1] & 0xff) == 0x8b;
    try (InputStream in =
        packed
            ? new GZIPInputStream(new ByteArrayInputStream(file))
            : new ByteArrayInputStream(file)) {
      int[] lengths = header(in, axes);
      long size = 1;
      for (int length : lengths) {
        size = length == 0 || size > LARGEST / length ? LARGEST + 1 : size * length;
      }
      if (size > LARGEST) {
        throw new IOException(
            "is of " + Arrays.toString(lengths) + " values (1 to " + LARGEST + ")");
      }
      return new Idx(lengths, values(in, (int) size));
    }
  }

  private static int[] header(InputStream in, int axes) throws IOException {
    byte[] magic = in.readNBytes(4);
    if (magic.length < 4 || magic[0] != 0 || magic[1] != 0) {
      throw new IOException(
          "starts with " + Arrays.toString(magic) + " (0, 0, a type, a number of axes)");
    }
    if (magic[2] != UNSIGNED_BYTE || magic[3] != axes) {
      throw new IOException(
          "is of type %d with %d axes (type %d, unsigned bytes, with %d)"
              .formatted(magic[2], magic[3], UNSIGNED_BYTE, axes));
    }
    int[] lengths = new int[axes];
    for (int i = 0; i < axes; i++) {
      byte[] four = in.readNBytes(4);
      if (four.length < 4 || four[0] < 0) {
        throw new IOException(
            "axis " + i + " is " + Arrays.toString(four) + " (four bytes, below 2^31)");
      }
      for (byte b : four) {
        lengths[i] = lengths[i] << 8 | b & 0xff;
      }
    }
    return lengths;
  }

  /** What is unpacked grows with what is there, not with what the header claims. */
  private static byte[] values(InputStream in, int size) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(Math.min(size, 1 << 16));
    byte[] some = new byte[1 << 16];
    int n = in.read(some);
    while (n >= 0) {
      if (out.size() + (long) n > size) {
        throw new IOException("has more values than its header says, " + size);
      }
      out.write(some, 0, n);
      n = in.read(some);
    }
    if (out.size() != size) {
      throw new IOException("has " + out.size() + " values (its header says " + size + ")");
    }
    return out.toByteArray();
  }
}
