package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngTest {
  private static final int RGB = 2;
  private static final int RGBA = 6;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void readsEveryFilterAsTheJdkDoes(long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < 60; i++) {
      int colours = i % 2 == 0 ? RGB : RGBA;
      int width = 1 + random.nextInt(40);
      int height = 1 + random.nextInt(20);
      byte[] png = file(width, height, colours, data(width, height, colours, random), 1 + i % 3);
      BufferedImage expected = ImageIO.read(new ByteArrayInputStream(png));
      assertThat(Png.read(png, 1000).argb())
          .isEqualTo(expected.getRGB(0, 0, width, height, null, 0, width));
    }
  }

  /** A flipped bit or a cut, behind right checksums: pixels or a refusal, never another throw. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void dataAtFaultAreRefused(long seed) throws IOException {
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      int colours = i % 2 == 0 ? RGB : RGBA;
      byte[] data = data(9, 7, colours, random);
      boolean cut = i % 4 == 3;
      if (cut) {
        data = Arrays.copyOf(data, random.nextInt(data.length / 2));
      } else {
        data[random.nextInt(data.length)] ^= (byte) (1 << random.nextInt(8));
      }
      byte[] png = file(9, 7, colours, data, 1 + i % 2);
      Rejected rejected = null;
      try {
        assertThat(Png.read(png, 1000).argb()).hasSize(63);
      } catch (Rejected e) {
        rejected = e;
        refused++;
        assertThat(e.detail()).startsWith("Cannot read PNG: ");
      }
      assertThat(!cut || rejected != null).as("round %d", i).isTrue();
    }
    assertThat(refused).isBetween(100, 400);
  }

  @ParameterizedTest(name = "{0} bits, colours {1}")
  @CsvSource({"3, 0", "16, 3", "4, 2", "8, 1", "8, 5", "0, 0", "32, 6"})
  void aHeaderThatPngDoesNotHaveIsRefused(int depth, int colours) {
    Rejections.rejected(
        () -> Png.read(Pictures.png(1, 1, depth, colours, new byte[][] {new byte[16]}), 1000),
        Rejected.Reason.CORRUPT_IMAGE,
        "Cannot read PNG: it claims "
            + depth
            + " bits, colours "
            + colours
            + ", compression 0, filter 0, interlace 0, which PNG does not have");
  }

  @Test
  void whatIsMissingIsSaid() {
    byte[][] row = {{1, 2, 3, 4, 5, 6}};
    refused(Pictures.png(2, 9, 8, RGB, row), "its data end in row 1 of 9");
    refused(Pictures.png(2, 1, 8, 3, row), "it needs a palette and has none");
    refused(
        Pictures.png(2, 1, 8, RGB, row, Pictures.chunk("CgBI", new byte[4])),
        "its chunk CgBI changes what the others mean, and is not known");
    byte[] whole = Pictures.png(2, 1, 8, RGB, row);
    refused(Arrays.copyOf(whole, 40), "no IDAT chunk, the file has 40");
    byte[] torn = whole.clone();
    torn[45] ^= 1;
    assertThat(catchThrowableOfType(Rejected.class, () -> Png.read(torn, 99)))
        .hasMessageStartingWith("Cannot read PNG: the chunk at byte 33 has checksum ");
    refused(Pictures.png(90_000, 1000, 16, RGBA, row), "its 15 bytes of data can't hold 720000000");
  }

  /** A file of a few bytes whose profile would be gigabytes. */
  @Test
  void aBombInAProfileIsLeftAlone() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    packed.writeBytes(new byte[] {'x', 0, 0});
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(packed)) {
      deflate.write(new byte[Profile.MOST_BYTES + 1]);
    }
    byte[] png =
        Pictures.png(
            1, 1, 8, RGB, new byte[][] {{1, 2, 3}}, Pictures.chunk("iCCP", packed.toByteArray()));
    assertThat(Png.read(png, 99).argb()).containsExactly(0xFF010203);
  }

  /** 4100 x 3 pixels in passes: every second column is kept, as of a picture without passes. */
  @Test
  void aLargePictureInPassesIsSubsampled() throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    int[][] passes = {
      {0, 0, 8, 8},
      {4, 0, 8, 8},
      {0, 4, 4, 8},
      {2, 0, 4, 4},
      {0, 2, 2, 4},
      {1, 0, 2, 2},
      {0, 1, 1, 2}
    };
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(data)) {
      for (int[] pass : passes) {
        for (int y = pass[1]; y < 3; y += pass[3]) {
          deflate.write(0);
          for (int x = pass[0]; x < 4100; x += pass[2]) {
            deflate.write(x ^ 85 * y);
          }
        }
      }
    }
    byte[] png = file(4100, 3, 0, data.toByteArray(), 1);
    png[28] = 1;
    ByteBuffer.wrap(png).putInt(29, crc(png));
    Signal.Image image = Png.read(png, 1 << 20);
    assertThat(image.width()).isEqualTo(2050);
    assertThat(image.height()).isEqualTo(2);
    for (int i = 0; i < 4100; i++) {
      int grey = 2 * (i % 2050) ^ 85 * (i / 2050 * 2);
      assertThat(image.argb()[i] & 0xFF).isEqualTo(grey & 0xFF);
    }
  }

  private static int crc(byte[] png) {
    java.util.zip.CRC32 crc = new java.util.zip.CRC32();
    crc.update(png, 12, 17);
    return (int) crc.getValue();
  }

  private static void refused(byte[] png, String why) {
    Rejections.rejected(
        () -> Png.read(png, 100_000_000), Rejected.Reason.CORRUPT_IMAGE, "Cannot read PNG: " + why);
  }

  /** Deflated rows of noise, each with a filter at random. */
  private static byte[] data(int width, int height, int colours, Random random) throws IOException {
    byte[] row = new byte[width * (colours == RGB ? 3 : 4)];
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(out)) {
      for (int y = 0; y < height; y++) {
        random.nextBytes(row);
        deflate.write(random.nextInt(5));
        deflate.write(row);
      }
    }
    return out.toByteArray();
  }

  /** The data in so many chunks. */
  private static byte[] file(int width, int height, int colours, byte[] data, int chunks) {
    byte[] empty = Pictures.png(width, height, 8, colours, new byte[0][]);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(empty, 0, 33);
    for (int i = 0; i < chunks; i++) {
      int from = data.length * i / chunks;
      byte[] part = Arrays.copyOfRange(data, from, data.length * (i + 1) / chunks);
      out.writeBytes(Pictures.chunk("IDAT", part));
    }
    out.writeBytes(Pictures.chunk("IEND", new byte[0]));
    return out.toByteArray();
  }
}
