package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever bytes come, a signal or {@link Rejected} comes out, and soon. */
class FuzzTest {
  private static final long SEED = 20261;

  static Stream<Map.Entry<String, byte[]>> files() {
    BufferedImage drawn = Pictures.drawn(19, 13, BufferedImage.TYPE_INT_RGB);
    byte[] sound = new byte[600];
    new Random(SEED).nextBytes(sound);
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

  @ParameterizedTest
  @MethodSource("files")
  void onlyRejectedEscapes(Map.Entry<String, byte[]> file) {
    int rounds = file.getKey().equals("svg") ? 60 : 400;
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(120),
        () -> {
          Random random = new Random(SEED);
          for (int round = 0; round < rounds; round++) {
            byte[] bad = spoil(file.getValue(), random);
            decode(file.getKey() + ", seed " + SEED + ", round " + round, bad);
          }
        });
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

  private static void decode(String what, byte[] payload) {
    try {
      ImageReader.read(payload);
    } catch (Rejected e) {
      assertThat(e.detail()).as(what).isNotBlank();
    } catch (Throwable e) {
      throw new AssertionError("image: " + what, e);
    }
    try {
      Sounds.samples(AudioReader.read(payload));
    } catch (Rejected e) {
      assertThat(e.detail()).as(what).isNotBlank();
    } catch (Throwable e) {
      throw new AssertionError("audio: " + what, e);
    }
  }
}
