package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebpTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Two white pixels over two black ones, lossy. */
  static final byte[] LOSSY =
      Base64.getDecoder()
          .decode(
              "UklGRjoAAABXRUJQVlA4IC4AAACyAgCdASoCAAIALmk0mk0iIiIiIgBoSygABc6WWgAA/veff/0PP8bA"
                  + "//LwYAAA");

  /** One transparent pixel: lossy with an alpha chunk, and the only frame of an animation. */
  static final byte[] ALPHA =
      Base64.getDecoder()
          .decode(
              "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQB"
                  + "AJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==");

  static final byte[] ANIMATED =
      Base64.getDecoder()
          .decode(
              "UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAA"
                  + "AAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA");

  @Test
  void lossyAndAlpha() {
    assertThat(ImageReader.read(LOSSY).argb())
        .containsExactly(0xFFFDFDFD, 0xFFFDFDFD, 0xFF020202, 0xFF020202);
    assertThat(ImageReader.read(ALPHA).argb()).containsExactly(0);
    assertThat(ImageReader.read(ANIMATED).argb()).containsExactly(0);
  }

  @Test
  void losslessGivesItsPixels() {
    Signal.Image image = ImageReader.read(lossless(5, 3, 0x40, 0xC0, 15));
    assertThat(image.width()).isEqualTo(5);
    assertThat(image.height()).isEqualTo(3);
    for (int i = 0; i < 15; i++) {
      assertThat(image.argb()[i]).isEqualTo(i % 2 == 0 ? 0xFF114022 : 0xFF11C022);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aFlatPictureOfMillionsOfPixelsTakesNoBytesAndLittleMemory(long seed) {
    Random random = new Random(seed);
    int width = 2000 + random.nextInt(1500);
    int height = 1000 + random.nextInt(1500);
    int green = random.nextInt(256);
    byte[] flat = lossless(width, height, green, green, 0);
    assertThat(flat).hasSizeLessThan(50);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    Signal.Image image = ImageReader.read(flat);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertThat(image.width()).isEqualTo(width);
    assertThat(image.height()).isEqualTo(height);
    assertThat(image.argb()).hasSize(width * height);
    int colour = 0xFF110022 | green << 8;
    assertThat(Arrays.stream(image.argb()).filter(p -> p != colour).count()).isZero();
    assertThat(allocated).isLessThan((16L + Integer.BYTES) * width * height);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void dataThatEndsBeforeThePixelsIsRefused(long seed) {
    Random random = new Random(seed);
    byte[] cut = lossless(3000, 2000, 0x40, 0xC0, random.nextInt(5000));
    Rejected rejected = catchThrowableOfType(Rejected.class, () -> ImageReader.read(cut));
    assertThat(rejected)
        .hasMessage("Cannot read WEBP: its picture needs more bytes than there are");
    assertThat(rejected.reason()).isEqualTo(Rejected.Reason.CORRUPT_IMAGE);
  }

  @Test
  void whatIsCutIsRefused() {
    for (byte[] whole : new byte[][] {LOSSY, ALPHA, ANIMATED, lossless(5, 3, 1, 2, 15)}) {
      for (int length = 12; length < whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThat(catchThrowableOfType(Rejected.class, () -> ImageReader.read(cut)))
            .as("%d bytes of %d", length, whole.length)
            .hasMessage(
                String.format(
                    "Cannot read WEBP: the header says %d bytes, the file has %d",
                    whole.length, length));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "24, 4, 'a picture of 1 x 1 on a canvas of 5 x 1'",
    "66, 3, 'a picture of 1 x 3 on a canvas of 1 x 1'",
    "34, 99, 'the chunk at byte 30 has 99 bytes, the file has 82'",
    "64, 0, 'a picture of 0 x 1 on a canvas of 1 x 1'",
  })
  void sizesThatDisagreeAreRefused(int at, byte value, String what) {
    refused(with(ALPHA, at, value), "Cannot read WEBP: " + what);
  }

  /** The data of a lossy picture, cut behind a container that fits. */
  @Test
  void lossyDataThatEndBeforeThePixelsAreRefused() {
    byte[] whole = PictureFilesTest.file("smooth30.webp");
    for (int length = 40; length < whole.length - 30; length += 12) {
      byte[] cut = Arrays.copyOf(whole, length);
      ByteBuffer.wrap(cut)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(4, length - 8)
          .putInt(16, length - 20);
      refused(cut, "Cannot read WEBP: its picture needs more bytes than there are");
    }
  }

  /** Mean error of a sample, against dwebp -nofancy: chroma that isn't interpolated. */
  @Test
  void lossyPicturesOfManyMacroblocksAreNear() {
    Signal.Image right = ImageReader.read(PictureFilesTest.file("smooth30.webp.right.png"));
    Signal.Image image = ImageReader.read(PictureFilesTest.file("smooth30.webp"));
    long sum = 0;
    for (int i = 0; i < right.argb().length; i++) {
      for (int shift = 0; shift < 24; shift += 8) {
        sum += Math.abs((right.argb()[i] >> shift & 0xFF) - (image.argb()[i] >> shift & 0xFF));
      }
    }
    assertThat(sum / (3.0 * right.argb().length)).isBetween(0.1, 0.6);
  }

  /** The alpha of a lossy picture as bytes, from left, from above, and from both. */
  @ParameterizedTest(name = "filter {0}")
  @ValueSource(ints = {0, 1, 2, 3})
  void alphaThatIsNotPackedIsRead(int filter) {
    byte[] alpha = {9, (byte) 200, 3, 77, (byte) 255, 0};
    byte[] stored = new byte[7];
    stored[0] = (byte) (filter << 2);
    for (int i = 0; i < 6; i++) {
      int left = i % 3 > 0 ? alpha[i - 1] & 0xFF : i > 2 ? alpha[i - 3] & 0xFF : 0;
      int above = i > 2 ? alpha[i - 3] & 0xFF : left;
      int corner = i > 2 && i % 3 > 0 ? alpha[i - 4] & 0xFF : above;
      int both = Math.max(0, Math.min(255, left + above - corner));
      int predicted = new int[] {0, left, above, both}[filter];
      stored[1 + i] = (byte) (alpha[i] - predicted);
    }
    assertThat(WebpAlpha.read(stored, 0, 7, 3, 2)).isEqualTo(alpha);
    Rejections.rejected(
        () -> WebpAlpha.read(stored, 0, 6, 3, 2),
        Rejected.Reason.CORRUPT_IMAGE,
        "Cannot read WEBP: its alpha of compression 0 has 5 bytes");
  }

  @Test
  void aFrameMustLieOnTheCanvas() {
    refused(
        with(ANIMATED, 63, (byte) 0x4F),
        "Cannot read WEBP: a frame reaches to 1 x 5177345 of a canvas of 1 x 1");
  }

  @Test
  void aSecondPictureInOneFrameIsRefused() {
    byte[] picture = Arrays.copyOfRange(ALPHA, 50, ALPHA.length);
    byte[] twice = Arrays.copyOf(ALPHA, ALPHA.length + picture.length);
    System.arraycopy(picture, 0, twice, ALPHA.length, picture.length);
    ByteBuffer.wrap(twice).order(ByteOrder.LITTLE_ENDIAN).putInt(4, twice.length - 8);
    refused(twice, "Cannot read WEBP: 2 pictures and 1 alpha channels in one frame");
  }

  @Test
  void aHugeClaimIsRefused() {
    byte[] huge = LOSSY.clone();
    ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putInt(26, 0x3FFF3FFF);
    Rejected rejected = catchThrowableOfType(Rejected.class, () -> ImageReader.read(huge));
    assertThat(rejected)
        .hasMessage(
            "Cannot read WEBP: it claims 16383 x 16383 = 268402689 pixels, the limit is 25000000");
    assertThat(rejected.reason()).isEqualTo(Rejected.Reason.IMAGE_TOO_LARGE);
  }

  private static void refused(byte[] file, String message) {
    Rejections.rejected(() -> ImageReader.read(file), Rejected.Reason.CORRUPT_IMAGE, message);
  }

  private static byte[] with(byte[] file, int at, byte value) {
    byte[] changed = file.clone();
    changed[at] = value;
    return changed;
  }

  /**
   * Red 0x11 and blue 0x22; green is one of two values in turn (one bit a pixel), or one value
   * where they are equal (no bits); the bits of the first `pixels` pixels.
   */
  static byte[] lossless(int width, int height, int green, int other, int pixels) {
    Bits bits = new Bits();
    bits.write(0x2F, 8).write(width - 1, 14).write(height - 1, 14).write(0, 4);
    bits.write(0, 3); // no transform, no colour cache, one set of codes
    if (green == other) {
      bits.write(0b101, 3).write(green, 8); // simple code, one symbol of 8 bits
    } else {
      bits.write(0b111, 3).write(green, 8).write(other, 8);
    }
    bits.write(0b101, 3).write(0x11, 8).write(0b101, 3).write(0x22, 8);
    bits.write(0b101, 3).write(0xFF, 8).write(0b001, 3).write(0, 1); // alpha; distance
    for (int i = 0; i < pixels; i++) {
      bits.write(i % 2, 1);
    }
    byte[] data = bits.bytes();
    int padded = data.length + data.length % 2;
    ByteBuffer file = ByteBuffer.allocate(20 + padded).order(ByteOrder.LITTLE_ENDIAN);
    file.put(Sounds.ascii("RIFF")).putInt(12 + padded).put(Sounds.ascii("WEBPVP8L"));
    return file.putInt(data.length).put(data).array();
  }

  /** Bits, the lowest first. */
  private static final class Bits {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int current;
    private int count;

    Bits write(int value, int width) {
      for (int i = 0; i < width; i++) {
        current |= (value >> i & 1) << count++;
        if (count == 8) {
          out.write(current);
          current = 0;
          count = 0;
        }
      }
      return this;
    }

    byte[] bytes() {
      return count == 0 ? out.toByteArray() : write(0, 8 - count).bytes();
    }
  }
}
