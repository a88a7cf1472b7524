package tributary.read;

import org.jspecify.annotations.Nullable;

/** Reads the third header of a Vorbis stream (Vorbis I specification, section 4.2.4). */
final class VorbisSetupReader {
  private static final int MAGIC = 7;

  /** Values in the tables of all codebooks; encoders in use need about a hundredth of it. */
  private static final long MOST_VALUES = 1 << 23;

  private static final int MOST_RESIDUE = 1 << 20;

  private final VorbisBits bits = new VorbisBits();
  private final int channels;
  private final VorbisCodebook[] books;
  private final VorbisFloor[] floors;
  private final VorbisResidue[] residues;
  private final VorbisSetup.Mode[] modes;
  private long values;

  /**
   * @throws Rejected CORRUPT_AUDIO where the packet is cut, or a size is beyond its bound
   */
  VorbisSetupReader(byte[] packet, int channels) {
    this.channels = channels;
    bits.open(packet, MAGIC, packet.length - MAGIC);
    this.books = new VorbisCodebook[read(8) + 1];
    for (int i = 0; i < books.length; i++) {
      books[i] = codebook(i);
    }
    for (int i = read(6); i >= 0; i--) {
      read(16); // time domain transforms: placeholders
    }
    this.floors = new VorbisFloor[read(6) + 1];
    for (int i = 0; i < floors.length; i++) {
      floors[i] = floor(i);
    }
    this.residues = new VorbisResidue[read(6) + 1];
    for (int i = 0; i < residues.length; i++) {
      residues[i] = residue(i);
    }
    VorbisSetup.Mapping[] mappings = new VorbisSetup.Mapping[read(6) + 1];
    for (int i = 0; i < mappings.length; i++) {
      mappings[i] = mapping(i);
    }
    this.modes = new VorbisSetup.Mode[read(6) + 1];
    for (int i = 0; i < modes.length; i++) {
      boolean isLong = read(1) == 1;
      int window = read(16);
      int transform = read(16);
      int mapping = read(8);
      if (window != 0 || transform != 0 || mapping >= mappings.length) {
        throw VorbisSetup.corrupt("mode " + i + " is of no known type");
      }
      modes[i] = new VorbisSetup.Mode(isLong, mappings[mapping]);
    }
    if (read(1) != 1) {
      throw VorbisSetup.corrupt("the last bit is missing");
    }
  }

  VorbisSetup.Mode[] modes() {
    return modes;
  }

  /** Values and entries of all codebooks. */
  long values() {
    return values;
  }

  private VorbisCodebook codebook(int i) {
    if (read(24) != 0x564342) {
      throw VorbisSetup.corrupt("codebook " + i + " does not begin as one");
    }
    int dimensions = read(16);
    int entries = read(24);
    values += (long) Math.max(1, dimensions) * entries;
    if (VorbisSetup.bits(dimensions) + VorbisSetup.bits(entries) > 24 || values > MOST_VALUES) {
      throw VorbisSetup.corrupt(
          "codebook " + i + " claims " + entries + " entries of " + dimensions + " values");
    }
    byte[] lengths = lengths(entries);
    int lookup = read(4);
    if (lookup > 2) {
      throw VorbisSetup.corrupt("codebook " + i + " is of type " + lookup);
    }
    float[] vectors = lookup == 0 ? new float[0] : vectors(i, lookup, dimensions, lengths);
    return new VorbisCodebook(i, dimensions, lengths, vectors);
  }

  /** Lengths of the codewords; [count]. */
  private byte[] lengths(int count) {
    byte[] lengths = new byte[count];
    if (read(1) == 1) {
      int length = read(5) + 1;
      for (int i = 0; i < count; length++) {
        int end = i + read(VorbisSetup.bits(count - i));
        if (end > count || length > 32) {
          throw VorbisSetup.corrupt("a codebook has more lengths than entries");
        }
        java.util.Arrays.fill(lengths, i, end, (byte) length);
        i = end;
      }
      return lengths;
    }
    boolean sparse = read(1) == 1;
    for (int i = 0; i < count; i++) {
      if (!sparse || read(1) == 1) {
        lengths[i] = (byte) (read(5) + 1);
      }
    }
    return lengths;
  }

  /** [entries, dimensions]. */
  private float[] vectors(int book, int lookup, int dimensions, byte[] lengths) {
    float least = number(read(32));
    float step = number(read(32));
    int width = read(4) + 1;
    boolean adds = read(1) == 1;
    if (dimensions == 0) {
      throw VorbisSetup.corrupt("codebook " + book + " has entries of 0 values");
    }
    int count = lookup == 1 ? roots(dimensions, lengths.length) : dimensions * lengths.length;
    int[] multiplicands = new int[count];
    for (int i = 0; i < count; i++) {
      multiplicands[i] = read(width);
    }
    float[] vectors = new float[dimensions * lengths.length];
    for (int entry = 0; entry < lengths.length; entry++) {
      float last = 0;
      int rest = entry;
      for (int d = 0; d < dimensions; d++) {
        int at = entry * dimensions + d;
        int multiplicand = multiplicands[lookup == 1 ? rest % count : at];
        rest /= count;
        vectors[at] = multiplicand * step + least + last;
        last = adds ? vectors[at] : 0;
      }
    }
    return vectors;
  }

  /** 21 bits of mantissa, 10 of exponent, a sign. */
  private static float number(int packed) {
    double mantissa = packed & 0x1FFFFF;
    int exponent = (packed >>> 21 & 0x3FF) - 788;
    return (float) ((packed < 0 ? -mantissa : mantissa) * StrictMath.pow(2, exponent));
  }

  /** The greatest n with n^dimensions at most entries. */
  private static int roots(int dimensions, int entries) {
    int n = 0;
    while (power(n + 1, dimensions, entries) <= entries) {
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

  private VorbisFloor floor(int i) {
    int type = read(16);
    if (type > 1) {
      throw VorbisSetup.corrupt("floor " + i + " is of type " + type);
    }
    return type == 0 ? floor0(i) : floor1(i);
  }

  private VorbisFloor floor0(int i) {
    int order = read(8);
    int floorRate = read(16);
    int steps = read(16);
    int amplitudeBits = read(6);
    int offset = read(8);
    VorbisCodebook[] floorBooks = new VorbisCodebook[read(4) + 1];
    for (int b = 0; b < floorBooks.length; b++) {
      floorBooks[b] = vectorBook("floor " + i, read(8));
    }
    if (order < 1 || floorRate < 1 || steps < 1 || amplitudeBits > 32) {
      throw VorbisSetup.corrupt(
          String.format(
              "floor %d claims order %d, rate %d, %d steps, %d bits",
              i, order, floorRate, steps, amplitudeBits));
    }
    return new VorbisFloor0(order, floorRate, steps, amplitudeBits, offset, floorBooks);
  }

  private VorbisFloor floor1(int i) {
    int[] kindOf = new int[read(5)]; // [partitions]
    int most = -1;
    for (int p = 0; p < kindOf.length; p++) {
      kindOf[p] = read(4);
      most = Math.max(most, kindOf[p]);
    }
    VorbisFloor1.Kind[] kinds = new VorbisFloor1.Kind[most + 1];
    for (int k = 0; k <= most; k++) {
      int posts = read(3) + 1;
      int width = read(2);
      VorbisCodebook master = width == 0 ? null : book("floor " + i, read(8));
      @Nullable VorbisCodebook[] choices = new @Nullable VorbisCodebook[1 << width];
      for (int c = 0; c < choices.length; c++) {
        int number = read(8);
        choices[c] = number == 0 ? null : book("floor " + i, number - 1);
      }
      kinds[k] = new VorbisFloor1.Kind(posts, width, master, choices);
    }
    int multiplier = read(2) + 1;
    int width = read(4);
    VorbisFloor1.Kind[] partitions = new VorbisFloor1.Kind[kindOf.length];
    int posts = 2;
    for (int p = 0; p < kindOf.length; p++) {
      partitions[p] = kinds[kindOf[p]];
      posts += partitions[p].posts();
    }
    int[] x = new int[posts];
    x[1] = 1 << width;
    for (int at = 2; at < posts; at++) {
      x[at] = read(width);
    }
    return new VorbisFloor1(i, partitions, multiplier, x);
  }

  private VorbisResidue residue(int i) {
    int type = read(16);
    int from = read(24);
    int to = read(24);
    int partition = read(24) + 1;
    int classes = read(6) + 1;
    int number = read(8);
    if (type > 2
        || to - from > MOST_RESIDUE
        || number >= books.length
        || books[number].dimensions == 0
        || power(classes, books[number].dimensions, books[number].entries)
            > books[number].entries) {
      throw VorbisSetup.corrupt(
          String.format(
              "residue %d of type %d claims %d classes by codebook %d for values %d to %d",
              i, type, classes, number, from, to));
    }
    int[] passes = new int[classes]; // a bit for each pass
    for (int k = 0; k < classes; k++) {
      int low = read(3);
      passes[k] = low | (read(1) == 1 ? read(5) << 3 : 0);
    }
    @Nullable VorbisCodebook[][] cascade = new @Nullable VorbisCodebook[classes][8];
    for (int k = 0; k < classes; k++) {
      for (int pass = 0; pass < 8; pass++) {
        if ((passes[k] >> pass & 1) != 0) {
          cascade[k][pass] = vectorBook("residue " + i, read(8));
        }
      }
    }
    return new VorbisResidue(type, from, to, partition, books[number], cascade);
  }

  private VorbisSetup.Mapping mapping(int i) {
    int type = read(16);
    int submaps = read(1) == 1 ? read(4) + 1 : 1;
    int steps = read(1) == 1 ? read(8) + 1 : 0;
    int width = VorbisSetup.bits(channels - 1);
    int[] magnitudes = new int[steps];
    int[] angles = new int[steps];
    boolean good = type == 0;
    for (int s = 0; s < steps; s++) {
      magnitudes[s] = read(width);
      angles[s] = read(width);
      good &= magnitudes[s] != angles[s] && Math.max(magnitudes[s], angles[s]) < channels;
    }
    good &= read(2) == 0;
    int[] submapOf = new int[channels];
    for (int c = 0; c < channels && submaps > 1; c++) {
      submapOf[c] = read(4);
      good &= submapOf[c] < submaps;
    }
    VorbisFloor[] floorOf = new VorbisFloor[submaps];
    VorbisResidue[] residueOf = new VorbisResidue[submaps];
    for (int s = 0; s < submaps && good; s++) {
      read(8); // time domain transform: a placeholder
      int floor = read(8);
      int residue = read(8);
      good = floor < floors.length && residue < residues.length;
      if (good) {
        floorOf[s] = floors[floor];
        residueOf[s] = residues[residue];
      }
    }
    if (!good) {
      throw VorbisSetup.corrupt("mapping " + i + " refers to what is not there");
    }
    return new VorbisSetup.Mapping(submapOf, floorOf, residueOf, magnitudes, angles);
  }

  private VorbisCodebook book(String of, int number) {
    if (number >= books.length) {
      throw VorbisSetup.corrupt(of + " refers to codebook " + number + " of " + books.length);
    }
    return books[number];
  }

  private VorbisCodebook vectorBook(String of, int number) {
    VorbisCodebook book = book(of, number);
    if (book.values.length == 0) {
      throw VorbisSetup.corrupt(of + " takes vectors from codebook " + number + ", it has none");
    }
    return book;
  }

  /** Up to 32 bits. */
  private int read(int count) {
    int value = bits.read(count);
    if (bits.isOver()) {
      throw VorbisSetup.corrupt("it ends within what it claims");
    }
    return value;
  }
}
