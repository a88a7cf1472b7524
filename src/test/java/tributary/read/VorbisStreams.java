package tributary.read;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Vorbis streams by seed (of floors of type 1): setups that no encoder writes, packets of random
 * bits.
 */
final class VorbisStreams {
  private static final int SHORT_BITS = 6;
  private static final int LONG_BITS = 8;
  private static final int SHORT_HALF = 1 << (SHORT_BITS - 1);
  private static final int BOOKS = 6;

  final List<byte[]> packets = new ArrayList<>();
  final int channels;
  private final Random random;
  private final int residueType;
  private byte[] bytes = {};
  private int bit;

  VorbisStreams(long seed, int residueType, int channels, int sounds) {
    this.random = new Random(seed);
    this.residueType = residueType;
    this.channels = channels;
    header(1);
    write(0, 32);
    write(channels, 8);
    write(8000, 32);
    write(0, 96);
    write(LONG_BITS << 4 | SHORT_BITS, 8);
    write(1, 1);
    end();
    header(3);
    write(0, 64);
    write(1, 1);
    end();
    setup();
    boolean before = false;
    boolean now = false; // JOrbis begins a longer one with zeros
    for (int i = 0; i < sounds; i++) {
      boolean after = random.nextBoolean();
      sound(before, now, after);
      before = now;
      now = after;
    }
  }

  private void setup() {
    header(5);
    write(BOOKS - 1, 8);
    book(16, 1, 0); // numbers
    book(9, 2, 0); // classes, of which there are 3
    for (int i = 2; i < BOOKS; i++) {
      book(16 + random.nextInt(1500), 1 << random.nextInt(3), 1 + i % 2);
    }
    write(0, 6 + 16);
    write(1, 6); // a floor for each size of block
    for (int bits : new int[] {SHORT_BITS - 1, LONG_BITS - 1}) {
      floor1(bits);
    }
    write(0, 6);
    residue();
    write(1, 6); // a mapping for each floor
    for (int floor = 0; floor < 2; floor++) {
      write(0, 16 + 1);
      write(channels > 1 ? 1 : 0, 1);
      if (channels > 1) {
        int width = 32 - Integer.numberOfLeadingZeros(channels - 1);
        write(0, 8);
        write(0, width);
        write(1, width);
      }
      write(0, 2 + 8);
      write(floor, 8);
      write(0, 8);
    }
    write(1, 6); // two modes
    write(0, 1 + 16 + 16 + 8);
    write(1, 1);
    write(0, 16 + 16);
    write(1, 8);
    write(1, 1);
    end();
  }

  /** A full code of so many entries, some of them unused, with values between -1 and 1. */
  private void book(int entries, int dimensions, int lookup) {
    write(0x564342, 24);
    write(dimensions, 16);
    int unused = lookup > 0 && random.nextBoolean() ? entries / 4 : 0;
    write(entries, 24);
    List<Integer> lengths = new ArrayList<>(List.of(0));
    while (lengths.size() < entries - unused) {
      int split = random.nextInt(lengths.size());
      int length = lengths.get(split) + 1;
      if (length <= 24) {
        lengths.set(split, length);
        lengths.add(length);
      }
    }
    if (unused == 0 && random.nextBoolean()) {
      ordered(lengths);
    } else {
      for (int i = 0; i < unused; i++) {
        lengths.add(random.nextInt(lengths.size() + 1), 0);
      }
      write(0, 1);
      write(unused > 0 ? 1 : 0, 1);
      for (int length : lengths) {
        if (unused > 0) {
          write(length > 0 ? 1 : 0, 1);
        }
        if (length > 0) {
          write(length - 1, 5);
        }
      }
    }
    write(lookup, 4);
    if (lookup > 0) {
      values(lookup == 1 ? roots(entries, dimensions) : entries * dimensions);
    }
  }

  private void ordered(List<Integer> lengths) {
    lengths.sort(null);
    write(1, 1);
    write(lengths.get(0) - 1, 5);
    int length = lengths.get(0);
    for (int i = 0; i < lengths.size(); length++) {
      int wanted = length;
      int count = (int) lengths.stream().filter(l -> l == wanted).count();
      write(count, 32 - Integer.numberOfLeadingZeros(lengths.size() - i));
      i += count;
    }
  }

  private static int roots(int entries, int dimensions) {
    int n = 1;
    while (Math.pow(n + 1, dimensions) <= entries) {
      n++;
    }
    return n;
  }

  private void values(int count) {
    write(1 << 31 | 788 << 21 | 1, 32); // -1
    write(788 - 7 << 21 | 1, 32); // 1/128
    write(7, 4);
    write(random.nextBoolean() ? 1 : 0, 1); // each value from the one before
    for (int i = 0; i < count; i++) {
      write(random.nextInt(256), 8);
    }
  }

  private void floor1(int bits) {
    write(1, 16);
    write(2, 5);
    write(0, 4);
    write(1, 4);
    write(2, 3); // class 0: 3 posts, two books or none
    write(1, 2);
    write(0, 8);
    write(1, 8);
    write(0, 8);
    write(1, 3); // class 1: 2 posts, one book
    write(0, 2);
    write(1, 8);
    write(new int[] {0, 1, 3}[random.nextInt(3)], 2); // whose ranges are powers of 2
    write(bits, 4);
    int[] places = {17, 23, 10, 3, 16};
    for (int place : places) {
      write(place << bits - SHORT_BITS + 1, bits);
    }
  }

  private void residue() {
    write(residueType, 16);
    int all = SHORT_HALF * (residueType == 2 ? channels : 1);
    write(random.nextInt(4) * (residueType == 2 ? channels : 1), 24);
    write(all - random.nextInt(3), 24);
    write(7, 24);
    write(2, 6);
    write(1, 8);
    int[] passes = {0, 1, 3};
    for (int pass : passes) {
      write(pass, 3);
      write(0, 1);
    }
    write(2 + random.nextInt(BOOKS - 2), 8);
    write(2 + random.nextInt(BOOKS - 2), 8);
    write(2 + random.nextInt(BOOKS - 2), 8);
  }

  private void sound(boolean before, boolean now, boolean after) {
    write(0, 1);
    write(now ? 1 : 0, 1);
    if (now) {
      write(before ? 1 : 0, 1);
      write(after ? 1 : 0, 1);
    }
    int more = random.nextInt(4) == 0 ? 8 + random.nextInt(100) : 4000; // bits
    for (int i = 0; i < more; i++) {
      write(random.nextInt(2), 1);
    }
    end();
  }

  private void header(int type) {
    write(type, 8);
    for (byte letter : Sounds.ascii("vorbis")) {
      write(letter, 8);
    }
  }

  /** The lowest bit first; bits from 32 on are 0. */
  private void write(long value, int count) {
    if (bytes.length * 8 < bit + count) {
      bytes = Arrays.copyOf(bytes, 2 * (bytes.length + count));
    }
    for (int i = 0; i < count; i++, bit++) {
      long one = i < 32 ? value >> i & 1 : 0;
      bytes[bit / 8] |= (byte) (one << bit % 8);
    }
  }

  private void end() {
    packets.add(Arrays.copyOf(bytes, (bit + 7) / 8));
    bytes = new byte[0];
    bit = 0;
  }
}
