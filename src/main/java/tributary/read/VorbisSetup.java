package tributary.read;

/**
 * The third header of a Vorbis stream (Vorbis I specification, section 4.2.4), walked to the end of
 * the residues before JOrbis sees it: that one allocates whatever sizes it claims. The bounds are
 * those of libvorbis, and one on the tables of all codebooks together.
 */
final class VorbisSetup {
  private static final int MAGIC = 7;

  /** Values in the tables of all codebooks; encoders in use need about a hundredth of it. */
  private static final long MOST_VALUES = 1 << 23;

  private static final int MOST_RESIDUE = 1 << 20;

  private final byte[] packet;
  private final int end;
  private long bit;
  private int[] dimensions = {}; // [codebooks]
  private int[] entries = {}; // [codebooks]

  private VorbisSetup(byte[] bytes, int from, int length) {
    this.packet = bytes;
    this.end = from + length;
    this.bit = 8L * (from + MAGIC);
  }

  /**
   * @throws Rejected CORRUPT_AUDIO where the packet is cut or a size is beyond its bound
   */
  static void check(byte[] bytes, int from, int length) {
    VorbisSetup setup = new VorbisSetup(bytes, from, length);
    setup.codebooks();
    setup.skip(16L * (setup.read(6) + 1)); // time domain transforms: placeholders
    setup.floors();
    setup.residues();
  }

  private void codebooks() {
    int count = read(8) + 1;
    dimensions = new int[count];
    entries = new int[count];
    long values = 0;
    for (int i = 0; i < count; i++) {
      if (read(24) != 0x564342) {
        throw corrupt("codebook " + i + " does not begin as one");
      }
      dimensions[i] = read(16);
      entries[i] = read(24);
      values += (long) dimensions[i] * entries[i];
      if (bits(dimensions[i]) + bits(entries[i]) > 24 || values > MOST_VALUES) {
        throw corrupt(
            "codebook " + i + " claims " + entries[i] + " entries of " + dimensions[i] + " values");
      }
      lengths(entries[i]);
      int lookup = read(4);
      if (lookup == 1 || lookup == 2) {
        skip(64);
        int width = read(4) + 1;
        skip(1);
        long n = lookup == 1 ? roots(i) : (long) dimensions[i] * entries[i];
        skip(n * width);
      }
    }
  }

  /** Lengths of the codewords. */
  private void lengths(int count) {
    if (read(1) == 1) {
      skip(5);
      for (int i = 0; i < count; ) {
        i += read(bits(count - i));
        if (i > count) {
          throw corrupt("a codebook has more lengths than entries");
        }
      }
      return;
    }
    boolean sparse = read(1) == 1;
    for (int i = 0; i < count; i++) {
      if (!sparse || read(1) == 1) {
        skip(5);
      }
    }
  }

  /** The greatest n with n^dimensions at most entries. */
  private long roots(int book) {
    if (dimensions[book] == 0) {
      throw corrupt("codebook " + book + " has entries of 0 values");
    }
    long n = 0;
    while (power(n + 1, dimensions[book], entries[book]) <= entries[book]) {
      n++;
    }
    return n;
  }

  /** base^exponent, or something above `most` where it is above. */
  private static long power(long base, int exponent, long most) {
    long power = 1;
    for (int i = 0; i < exponent && power <= most && base != 1; i++) {
      power *= base;
    }
    return power;
  }

  private void floors() {
    int count = read(6) + 1;
    for (int i = 0; i < count; i++) {
      int type = read(16);
      if (type == 0) {
        skip(8 + 16 + 16 + 6 + 8);
        skip(8L * (read(4) + 1));
      } else if (type == 1) {
        floor1();
      } else {
        throw corrupt("floor " + i + " is of type " + type);
      }
    }
  }

  private void floor1() {
    int[] classes = new int[read(5)]; // [partitions]
    int[] width = new int[16]; // [classes]
    int most = -1;
    for (int i = 0; i < classes.length; i++) {
      classes[i] = read(4);
      most = Math.max(most, classes[i]);
    }
    for (int i = 0; i <= most; i++) {
      width[i] = read(3) + 1;
      int subclasses = read(2);
      skip((subclasses == 0 ? 0 : 8) + (8L << subclasses));
    }
    skip(2);
    int range = read(4);
    for (int partition : classes) {
      skip((long) width[partition] * range);
    }
  }

  private void residues() {
    int count = read(6) + 1;
    for (int i = 0; i < count; i++) {
      skip(16);
      int from = read(24);
      int to = read(24);
      skip(24);
      int classes = read(6) + 1;
      int book = read(8);
      if (to - from > MOST_RESIDUE
          || book >= entries.length
          || power(classes, dimensions[book], entries[book]) > entries[book]) {
        throw corrupt(
            String.format(
                "residue %d claims %d classes by codebook %d for values %d to %d",
                i, classes, book, from, to));
      }
      int books = 0;
      for (int k = 0; k < classes; k++) {
        int low = read(3);
        books += Integer.bitCount(low) + (read(1) == 1 ? Integer.bitCount(read(5)) : 0);
      }
      skip(8L * books);
    }
  }

  /** Bits that a number takes: 0 for 0. */
  private static int bits(int number) {
    return 32 - Integer.numberOfLeadingZeros(number);
  }

  /** Up to 24 bits, the lowest first. */
  private int read(int count) {
    long from = bit;
    skip(count);
    int value = 0;
    for (int i = 0; i < count; i++) {
      int at = (int) (from + i >> 3);
      value |= (packet[at] >> (from + i & 7) & 1) << i;
    }
    return value;
  }

  private void skip(long count) {
    bit += count;
    if (bit > 8L * end) {
      throw corrupt("it ends within what it claims");
    }
  }

  private static Rejected corrupt(String what) {
    return SoundFiles.corrupt("Cannot read OGG: in the setup header, " + what);
  }
}
