package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every kind of sound file cut at every length, and with bytes flipped and sizes put that no file
 * has: samples come, or a refusal with words, in memory that the file's length bounds.
 */
class SoundFuzzTest {
  private static final int FLIPS = 300;
  private static final int PIECE = 257;

  /** Frames in a byte of a file at most: a FLAC block of 65,535 equal samples has 12 bytes. */
  private static final int MOST_PIECES = 600;

  /** A Vorbis of eight channels and of codebooks up to their bound. */
  private static final long MOST_BYTES = 96L << 20;

  /** Where there is nothing to decode, only to find. */
  private static final long MOST_PLAIN_BYTES = 1L << 20;

  private static final int[] SIZES = {
    0, 1, -1, 0x7FFFFFFF, 0x80000000, 0x7FFFF000, 0x7F000000, 0xFFFF, 0xFFFFFF, 0x40000000
  };

  /** A piece of as many channels as a header can claim. */
  private static final float[] ROOM = new float[PIECE * 0xFFFF];

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @MethodSource("tributary.read.SoundKindsTest#kinds")
  void whateverIsCutOff(SoundKindsTest.Kind kind) {
    byte[] whole = kind.file();
    int step = kind.name().endsWith(".ogg") || kind.name().endsWith(".flac") ? 7 : 1;
    for (int length = 0; length < whole.length; length += length < 128 ? 1 : step) {
      listen(kind, "cut to " + length, Arrays.copyOf(whole, length));
    }
  }

  @ParameterizedTest
  @MethodSource("tributary.read.SoundKindsTest#kinds")
  void whateverIsFlipped(SoundKindsTest.Kind kind) {
    long seed = kind.name().hashCode();
    Random random = new Random(seed);
    byte[] whole = kind.file();
    for (int round = 0; round < FLIPS; round++) {
      byte[] bad = whole.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        int at = random.nextInt(random.nextBoolean() ? Math.min(96, bad.length) : bad.length);
        if (random.nextInt(3) == 0 && at + 4 <= bad.length) {
          ByteBuffer.wrap(bad).putInt(at, SIZES[random.nextInt(SIZES.length)]);
        } else {
          bad[at] = (byte) random.nextInt(256);
        }
      }
      listen(kind, "seed " + seed + ", round " + round, bad);
    }
  }

  /** Behind the pages' heads and with their checksums right, so that the decoder meets it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6, 8})
  void whateverIsFlippedInVorbisPackets(int channels) {
    SoundKindsTest.Kind kind =
        SoundKindsTest.kinds()
            .filter(k -> k.name().equals("vorbis-" + channels + ".ogg"))
            .findAny()
            .orElseThrow();
    byte[] whole = kind.file();
    Random random = new Random(channels);
    for (int round = 0; round < FLIPS; round++) {
      byte[] bad = whole.clone();
      OggPages pages = new OggPages(whole, true);
      while (pages.hasNext()) {
        OggPage page = pages.next();
        if (random.nextInt(3) > 0) {
          bad[page.body() + random.nextInt(page.length())] ^= (byte) (1 << random.nextInt(8));
        }
      }
      Sounds.repair(bad);
      listen(kind, "round " + round, bad);
    }
  }

  private static void listen(SoundKindsTest.Kind kind, String what, byte[] file) {
    String name = kind.name() + ", " + what;
    boolean plain = kind.name().matches(".*[.](wav|aiff|aifc|au)");
    float[] room = ROOM;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      hear(AudioReader.read(file), room);
    } catch (Rejected e) {
      assertThat(e.detail()).as(name).isNotBlank();
    } catch (RuntimeException | Error e) {
      throw new AssertionError(name, e);
    }
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
        .as("bytes allocated, %s", name)
        .isBetween(1L, plain ? MOST_PLAIN_BYTES : MOST_BYTES);
  }

  /** Reads a sound to its end, which must come. */
  private static void hear(Signal.Audio audio, float[] room) {
    int pieces = 0;
    try (Signal.PcmStream stream = audio.pcm().open()) {
      while (stream.read(room, PIECE) >= 0) {
        assertThat(++pieces).as("pieces read").isLessThan(MOST_PIECES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
