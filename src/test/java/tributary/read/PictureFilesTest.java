package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pictures of every format and kind, against what an independent decoder (Pillow 12.3) sees in
 * them, pixel by pixel: resources/picture/make.py made both.
 */
class PictureFilesTest {
  static byte[] file(String name) {
    try (InputStream in = PictureFilesTest.class.getResourceAsStream("/picture/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no resource picture/" + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Name, width, height, checksum. */
  static Stream<String> expected() {
    return new String(file("expected.tsv"), StandardCharsets.UTF_8).lines();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("expected")
  void isSeenAsAnIndependentDecoderSeesIt(String line) {
    String[] fields = line.split("\t", -1);
    Signal.Image image = ImageReader.read(file(fields[0]));
    assertThat(image.width() + " x " + image.height()).isEqualTo(fields[1] + " x " + fields[2]);
    assertThat(checksum(image)).isEqualTo(fields[3]);
  }

  @Test
  void theFilesAreThere() {
    assertThat(expected().count()).isGreaterThan(170);
  }

  /** CRC-32 of red, green, blue, alpha; of zeros where a pixel is transparent. */
  private static String checksum(Signal.Image image) {
    ByteBuffer rgba = ByteBuffer.allocate(4 * image.argb().length);
    for (int pixel : image.argb()) {
      rgba.putInt(pixel >>> 24 == 0 ? 0 : pixel << 8 | pixel >>> 24);
    }
    CRC32 crc = new CRC32();
    crc.update(rgba.array());
    return String.format("%08x", crc.getValue());
  }

  /** The profile exchanges red and green; LittleCMS rounds by itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        ".jpg",
        ".png",
        ".tif",
        ".webp",
        "alpha.png",
        "alpha.tif",
        "alpha.webp",
        "palette.png"
      })
  void aProfileIsAppliedInEveryContainer(String name) {
    int[] with = ImageReader.read(file("swap" + name)).argb();
    int[] without = ImageReader.read(file("noswap" + name)).argb();
    int furthest = 0;
    for (int i = 0; i < with.length; i++) {
      int pixel = without[i];
      int swapped = pixel & 0xFF0000FF | pixel >> 8 & 0xFF00 | (pixel & 0xFF00) << 8;
      furthest = Math.max(furthest, apart(with[i], swapped));
      assertThat(with[i] >>> 24).isEqualTo(pixel >>> 24);
    }
    assertThat(furthest).isLessThanOrEqualTo(3);
    assertThat(with).isNotEqualTo(without);
  }

  @Test
  void losslessContainersWithOneProfileGiveTheSamePixels() {
    int[] png = ImageReader.read(file("swap.png")).argb();
    assertThat(ImageReader.read(file("swap.tif")).argb()).isEqualTo(png);
    int[] alpha = ImageReader.read(file("swapalpha.png")).argb();
    assertThat(ImageReader.read(file("swapalpha.tif")).argb()).isEqualTo(alpha);
  }

  /** A grey of 128 with gamma 1 is half the light, which sRGB writes as 188. */
  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "tif"})
  void aGreyProfileIsApplied(String extension) {
    for (int pixel : ImageReader.read(file("linear." + extension)).argb()) {
      assertThat(apart(pixel, 0xFFBCBCBC)).isLessThanOrEqualTo(1);
    }
  }

  /** Nonsense, a profile that is cut, and one for grey in a picture of colours. */
  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "cut", "wrong"})
  void aProfileThatDoesNotFitIsLeftAlone(String name) {
    for (String extension : new String[] {".png", ".jpg"}) {
      assertThat(ImageReader.read(file(name + "icc" + extension)).argb())
          .isEqualTo(ImageReader.read(file("noswap" + extension)).argb());
    }
  }

  /** Zeros behind half a picture don't make it whole. */
  @Test
  void halfAJpegIsRefusedWhateverFollows() {
    byte[] whole = file("whole.jpg");
    int scan = find(whole, new byte[] {(byte) 0xFF, (byte) 0xDA}) + 16;
    for (int length = scan; length < whole.length - 20; length += 9) {
      byte[] padded = Arrays.copyOf(Arrays.copyOf(whole, length), length + 600);
      Rejections.rejected(
          () -> ImageReader.read(padded),
          Rejected.Reason.CORRUPT_IMAGE,
          "Cannot read JPEG: Corrupt JPEG data: premature end of data segment");
    }
    byte[] progressive = file("progressive.jpg");
    byte[] padded = Arrays.copyOf(progressive, progressive.length + 20);
    Arrays.fill(padded, progressive.length - 2, padded.length, (byte) 0);
    Rejections.rejected(
        () -> ImageReader.read(padded),
        Rejected.Reason.CORRUPT_IMAGE,
        "Cannot read JPEG: no end-of-image marker, the file has " + padded.length);
  }

  @Test
  void samplesWithSignsAreRefused() {
    byte[] tiff = file("grey16le.tif");
    int format = find(tiff, new byte[] {0x53, 1, 3, 0, 1, 0, 0, 0, 1});
    tiff[format + 8] = 2;
    Rejections.rejected(
        () -> ImageReader.read(tiff),
        Rejected.Reason.CORRUPT_IMAGE,
        "Cannot read TIFF: its samples have signs, so which of them is black is not said");
  }

  private static int find(byte[] bytes, byte[] part) {
    int at = 0;
    while (!Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
      at++;
    }
    return at;
  }

  private static int apart(int left, int right) {
    int furthest = 0;
    for (int shift = 0; shift < 24; shift += 8) {
      int difference = (left >> shift & 0xFF) - (right >> shift & 0xFF);
      furthest = Math.max(furthest, Math.abs(difference));
    }
    return furthest;
  }
}
