package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReaderTest {
  private static final BufferedImage DRAWN = Pictures.drawn(37, 23, BufferedImage.TYPE_INT_RGB);

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "tiff"})
  void losslessFormatsGiveTheirPixels(String format) {
    Signal.Image image = ImageReader.read(Pictures.file(DRAWN, format));
    assertThat(image.width()).isEqualTo(37);
    assertThat(image.height()).isEqualTo(23);
    assertThat(image.argb()).isEqualTo(DRAWN.getRGB(0, 0, 37, 23, null, 0, 37));
  }

  @Test
  void jpegIsNear() {
    BufferedImage flat = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 16 * 8; i++) {
      flat.setRGB(i % 16, i / 16, 0xC86432);
    }
    for (int pixel : ImageReader.read(Pictures.file(flat, "jpg")).argb()) {
      assertThat(pixel >>> 24).isEqualTo(255);
      assertThat(pixel >> 16 & 255).isBetween(196, 204);
      assertThat(pixel >> 8 & 255).isBetween(96, 104);
      assertThat(pixel & 255).isBetween(46, 54);
    }
  }

  @Test
  void gifGivesItsPalette() {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_INDEXED);
    image.setRGB(0, 0, 0xFFFF0000);
    image.setRGB(1, 0, 0xFF00FF00);
    image.setRGB(2, 0, 0xFFFFFFFF);
    assertThat(ImageReader.read(Pictures.file(image, "gif")).argb())
        .containsExactly(0xFFFF0000, 0xFF00FF00, 0xFFFFFFFF);
  }

  @Test
  void palettePngWithTransparency() {
    byte[] palette = {10, 20, 30, (byte) 200, (byte) 210, (byte) 220};
    byte[] png =
        Pictures.png(
            3,
            1,
            8,
            3,
            new byte[][] {{0, 1, 0}},
            Pictures.chunk("PLTE", palette),
            Pictures.chunk("tRNS", new byte[] {(byte) 255, 7}));
    assertThat(ImageReader.read(png).argb()).containsExactly(0xFF0A141E, 0x07C8D2DC, 0xFF0A141E);
  }

  @Test
  void greyIsNotBrightened() {
    byte[] eight = Pictures.png(3, 1, 8, 0, new byte[][] {{0, 100, (byte) 255}});
    assertThat(ImageReader.read(eight).argb()).containsExactly(0xFF000000, 0xFF646464, 0xFFFFFFFF);
    byte[] two = Pictures.png(4, 1, 2, 0, new byte[][] {{0b00_01_10_11}});
    assertThat(ImageReader.read(two).argb())
        .containsExactly(0xFF000000, 0xFF555555, 0xFFAAAAAA, 0xFFFFFFFF);
    byte[] jpeg = Pictures.file(grey(100), "jpg");
    assertThat(ImageReader.read(jpeg).argb()[0] & 255).isBetween(98, 102);
  }

  @Test
  void greyWithAlpha() {
    byte[] png = Pictures.png(2, 1, 8, 4, new byte[][] {{100, (byte) 255, 50, 3}});
    assertThat(ImageReader.read(png).argb()).containsExactly(0xFF646464, 0x03323232);
  }

  @Test
  void sixteenBitsAreRoundedToEight() {
    byte[] rgb = Pictures.png(1, 1, 16, 2, new byte[][] {{0, (byte) 0x80, 0x12, 0x34, -1, -1}});
    assertThat(ImageReader.read(rgb).argb()).containsExactly(0xFF0012FF);
    byte[] rgba =
        Pictures.png(1, 1, 16, 6, new byte[][] {{0x7F, -1, 0x12, 0x34, -1, -1, (byte) 0x80, 0}});
    assertThat(ImageReader.read(rgba).argb()).containsExactly(0x807F12FF);
    byte[] grey = Pictures.png(1, 1, 16, 0, new byte[][] {{0x40, 0}});
    assertThat(ImageReader.read(grey).argb()).containsExactly(0xFF404040);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "gif", "bmp", "tiff"})
  void onePixel(String format) {
    Signal.Image image =
        ImageReader.read(Pictures.file(Pictures.drawn(1, 1, BufferedImage.TYPE_INT_RGB), format));
    assertThat(image.width()).isOne();
    assertThat(image.height()).isOne();
    assertThat(image.argb()).containsExactly(0xFF000000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "gif", "bmp", "tiff"})
  void whatIsCutIsRefused(String format) {
    byte[] whole = Pictures.file(DRAWN, format);
    int behind = format.equals("png") ? 24 : format.equals("gif") ? 2 : 1; // what holds no pixel
    int last = whole.length - behind;
    IntStream.concat(IntStream.iterate(10, n -> n < last, n -> n + 10), IntStream.of(last))
        .forEach(
            length -> {
              Rejected rejected =
                  catchThrowableOfType(
                      Rejected.class, () -> ImageReader.read(Arrays.copyOf(whole, length)));
              assertThat(rejected).as("%s cut to %d bytes", format, length).isNotNull();
              assertThat(rejected.reason())
                  .as("%s cut to %d bytes", format, length)
                  .isIn(Rejected.Reason.CORRUPT_IMAGE, Rejected.Reason.UNKNOWN_FORMAT);
            });
  }

  @Test
  void aHugeClaimIsRefusedBeforeAnythingIsDecoded() {
    byte[] png = Pictures.png(100_000, 100_000, 8, 2, new byte[][] {{1, 2, 3}});
    refused(
        png,
        Rejected.Reason.IMAGE_TOO_LARGE,
        "Cannot read PNG: it claims 100000 x 100000 = 10000000000 pixels, the limit is 100000000");
  }

  @Test
  void theLimitIsMet() {
    byte[] png = Pictures.file(DRAWN, "png");
    assertThat(ImageReader.read(png, 37 * 23).width()).isEqualTo(37);
    Rejected rejected =
        catchThrowableOfType(Rejected.class, () -> ImageReader.read(png, 37 * 23 - 1));
    assertThat(rejected)
        .hasMessage("Cannot read PNG: it claims 37 x 23 = 851 pixels, the limit is 850");
  }

  @Test
  void aLargePictureKeepsItsLongerSideAtTwoThousandAndMore() {
    byte[] png = Pictures.file(new BufferedImage(6200, 31, BufferedImage.TYPE_BYTE_GRAY), "png");
    Signal.Image image = ImageReader.read(png);
    assertThat(image.width()).isEqualTo(2067);
    assertThat(image.height()).isEqualTo(11);
  }

  @Test
  void whatIsNoImageIsNamedByItsFirstBytes() {
    refused(
        new byte[] {0, 1, (byte) 0xFE},
        Rejected.Reason.UNKNOWN_FORMAT,
        "Cannot read image: its 3 bytes begin as no known format does");
    refused(new byte[0], Rejected.Reason.EMPTY_PAYLOAD, "Cannot read image: it has 0 bytes");
  }

  @Test
  void sparksStruct() {
    byte[] bgr = {1, 2, 3, 4, 5, (byte) 255};
    assertThat(ImageReader.struct(1, 2, 3, 16, bgr).argb()).containsExactly(0xFF030201, 0xFFFF0504);
    assertThat(ImageReader.struct(1, 1, 4, 24, new byte[] {1, 2, 3, 4}).argb())
        .containsExactly(0x04030201);
    assertThat(ImageReader.struct(2, 1, 1, 0, new byte[] {7, 8}).argb())
        .containsExactly(0xFF070707, 0xFF080808);
  }

  @Test
  void aLyingStructIsRefused() {
    lies(-1, 2, 3, 16, 6, "Cannot read image struct: 2 x -1 pixels");
    lies(2, 2, 3, 16, 6, "Cannot read image struct: 2 x 2 x 3 need 12 bytes, there are 6");
    lies(1, 2, 4, 16, 8, "Invalid nChannels: 4 (mode 16 has 3)");
    lies(1, 2, 3, -1, 6, "Invalid mode: -1 (must be 0 for grey, 16 for BGR or 24 for BGRA)");
    lies(
        Integer.MAX_VALUE,
        Integer.MAX_VALUE,
        3,
        16,
        6,
        "Cannot read image struct: it claims 2147483647 x 2147483647 = 4611686014132420609 pixels,"
            + " the limit is 100000000");
  }

  private static void lies(
      int height, int width, int channels, int mode, int bytes, String message) {
    assertThat(
            catchThrowableOfType(
                Rejected.class,
                () -> ImageReader.struct(height, width, channels, mode, new byte[bytes])))
        .hasMessage(message);
  }

  private static void refused(byte[] payload, Rejected.Reason reason, String message) {
    Rejections.rejected(() -> ImageReader.read(payload), reason, message);
  }

  private static BufferedImage grey(int value) {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 64; i++) {
      image.getRaster().setSample(i % 8, i / 8, 0, value);
    }
    return image;
  }
}
