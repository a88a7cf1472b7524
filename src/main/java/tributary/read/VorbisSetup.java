package tributary.read;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The first and the third header of a Vorbis stream (Vorbis I specification, section 4.2). Sizes
 * are bounded as libvorbis bounds them, the tables of all codebooks together besides. Immutable,
 * shared by threads.
 */
final class VorbisSetup {
  /** How a packet is coded. */
  record Mode(boolean isLong, Mapping mapping) {}

  /**
   * Which floor and residue a channel has.
   *
   * @param submaps [channels]
   * @param floors [submaps]
   * @param residues [submaps]
   * @param magnitudes channels that are coupled with those in angles; [steps]
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Mapping(
      int[] submaps,
      VorbisFloor[] floors,
      VorbisResidue[] residues,
      int[] magnitudes,
      int[] angles) {}

  /** What the headers hold that matters. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Key(int channels, int blocks, byte[] setup) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && channels == key.channels
          && blocks == key.blocks
          && Arrays.equals(setup, key.setup);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * channels + blocks) + Arrays.hashCode(setup);
    }
  }

  private static final int KEPT_VALUES = 1 << 18;
  private static final int KEPT_SETUPS = 8;

  /** A setup is a few thousand bytes; what is longer has been filled up. */
  private static final int KEPT_BYTES = 1 << 16;

  /** JVM-wide, oldest first: files of one encoder have one setup. At most about 8 times 3 MiB. */
  private static final Map<Key, VorbisSetup> KEPT = new LinkedHashMap<>();

  final int channels;

  /** Samples of a short and of a long block; [2]. */
  final int[] blocks;

  final Mode[] modes;
  private final long values;
  private final VorbisMdct[] mdcts; // [2]
  private final float[][] slopes; // [2, half a block]

  private VorbisSetup(Key key) {
    this.channels = key.channels;
    this.blocks = new int[] {1 << (key.blocks & 15), 1 << (key.blocks >> 4)};
    if (blocks[0] < 64 || blocks[1] < blocks[0] || blocks[1] > 8192) {
      throw SoundFiles.corrupt(
          "Cannot read OGG: blocks of " + blocks[0] + " and " + blocks[1] + " samples");
    }
    VorbisSetupReader reader = new VorbisSetupReader(key.setup, channels);
    this.modes = reader.modes();
    this.values = reader.values();
    this.mdcts = new VorbisMdct[] {new VorbisMdct(blocks[0] / 2), new VorbisMdct(blocks[1] / 2)};
    this.slopes = new float[][] {rise(blocks[0] / 2), rise(blocks[1] / 2)};
  }

  /**
   * The setup of a stream; one of the last few is still there.
   *
   * @param blocks the first header's byte of block sizes
   * @param packet holds the third header, from `from` on
   * @throws Rejected CORRUPT_AUDIO where it is cut, or a size is beyond its bound
   */
  static VorbisSetup of(int channels, int blocks, byte[] packet, int from, int length) {
    Key key = new Key(channels, blocks, Arrays.copyOfRange(packet, from, from + length));
    synchronized (KEPT) {
      VorbisSetup known = KEPT.get(key);
      if (known != null) {
        return known;
      }
    }
    VorbisSetup made = new VorbisSetup(key);
    if (made.values <= KEPT_VALUES && length <= KEPT_BYTES) {
      synchronized (KEPT) {
        KEPT.put(key, made);
        if (KEPT.size() > KEPT_SETUPS) {
          KEPT.remove(KEPT.keySet().iterator().next());
        }
      }
    }
    return made;
  }

  VorbisMdct mdct(int half) {
    return mdcts[2 * half == blocks[0] ? 0 : 1];
  }

  /** The rising half of the window where so many samples overlap; [overlap]. */
  float[] slope(int overlap) {
    return slopes[2 * overlap == blocks[0] ? 0 : 1];
  }

  private static float[] rise(int length) {
    float[] rise = new float[length];
    for (int i = 0; i < length; i++) {
      double sine = StrictMath.sin((i + 0.5) / length * (Math.PI / 2));
      rise[i] = (float) StrictMath.sin(Math.PI / 2 * sine * sine);
    }
    return rise;
  }

  /** Bits that a number takes: 0 for 0. */
  static int bits(int number) {
    return 32 - Integer.numberOfLeadingZeros(number);
  }

  static Rejected corrupt(String what) {
    return SoundFiles.corrupt("Cannot read OGG: in the setup header, " + what);
  }
}
