package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever bytes come, a signal or {@link Rejected} comes out, for a bounded amount of work. */
class FuzzTest {
  private static final long[] SEEDS = {20261, 1, 2, 3, 4};

  /**
   * A WebP of these costs 91 MB; a BMP would cost 252, were any size taken that a header claims.
   */
  private static final long MOST_BYTES = 128L << 20;

  /**
   * Pieces of 257 frames in a sound: the files have up to 4,000 frames, and the largest block of a
   * FLAC, which a flipped bit may claim, 65,535.
   */
  private static final int MOST_PIECES = 300;

  private static final int PIECE = 257;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Every file with every seed. */
  static Stream<Arguments> cases() {
    return files()
        .flatMap(
            f ->
                Arrays.stream(SEEDS)
                    .mapToObj(seed -> Arguments.of(f.getKey(), seed, f.getValue())));
  }

  private static Stream<Map.Entry<String, byte[]>> files() {
    BufferedImage drawn = Pictures.drawn(19, 13, BufferedImage.TYPE_INT_RGB);
    byte[] sound = new byte[600];
    new Random(SEEDS[0]).nextBytes(sound);
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (String format : new String[] {"png", "jpg", "gif", "bmp", "tiff"}) {
      files.put(format, Pictures.file(drawn, format));
    }
    files.put(
        "svg",
        ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><g id='a' opacity='.5'>"
                + "<path d='M1 1L8 1L8 8C3 4 2 2 1 1Z' fill='red' transform='rotate(9)'/></g></svg>")
            .getBytes(StandardCharsets.UTF_8));
    files.put("lossy webp", WebpTest.LOSSY);
    files.put("alpha webp", WebpTest.ALPHA);
    files.put("animated webp", WebpTest.ANIMATED);
    files.put("lossless webp", WebpTest.lossless(19, 13, 3, 200, 19 * 13));
    files.put("wav", Sounds.wav(1, 2, 8000, 16, sound));
    files.put("extensible wav", Sounds.extensible(3, 1, 8000, 32, new byte[64]));
    for (String name : new String[] {"short.ogg", "left.ogg", "stereo24.flac", "tone.flac"}) {
      files.put(name, Sounds.resource(name));
    }
    return files.entrySet().stream();
  }

  @ParameterizedTest(name = "{0}, seed {1}")
  @MethodSource("cases")
  void onlyRejectedEscapes(String name, long seed, byte[] whole) {
    int rounds = name.equals("svg") ? 60 : 400;
    Random random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      byte[] bad = spoil(whole, random);
      String what = name + ", seed " + seed + ", round " + round;
      bounded("image: " + what, () -> ImageReader.read(bad));
      bounded("audio: " + what, () -> listen(AudioReader.read(bad)));
    }
  }

  /** A few flipped bytes, most of them in the head, and in one case of four a cut. */
  private static byte[] spoil(byte[] whole, Random random) {
    int length = random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length;
    byte[] bad = Arrays.copyOf(whole, length);
    for (int flips = random.nextInt(5); flips > 0 && length > 0; flips--) {
      int at = random.nextInt(random.nextBoolean() ? Math.min(64, length) : length);
      bad[at] = (byte) (random.nextInt(3) == 0 ? -1 : random.nextInt(256));
    }
    return bad;
  }

  /** What is decoded, or rejected with words, allocates no more than the largest picture does. */
  private static void bounded(String what, Runnable decoding) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      decoding.run();
    } catch (Rejected e) {
      assertThat(e.detail()).as(what).isNotBlank();
    } catch (Throwable e) {
      throw new AssertionError(what, e);
    }
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
        .as("bytes allocated, %s", what)
        .isBetween(1L, MOST_BYTES);
  }

  /** Reads a sound to its end, which must come. */
  private static void listen(Signal.Audio audio) {
    float[] piece = new float[PIECE * audio.channels()];
    int pieces = 0;
    try (Signal.PcmStream stream = audio.pcm().open()) {
      while (stream.read(piece, PIECE) >= 0) {
        assertThat(++pieces).as("pieces read").isLessThan(MOST_PIECES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
