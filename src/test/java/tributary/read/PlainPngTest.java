package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainPngTest {
  private static final int RGB = 2;
  private static final int RGBA = 6;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void readsEveryFilterAsTheLibraryDoes(long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < 60; i++) {
      int colours = i % 2 == 0 ? RGB : RGBA;
      int width = 1 + random.nextInt(40);
      int height = 1 + random.nextInt(20);
      byte[] png = file(width, height, colours, data(width, height, colours, random), 1 + i % 3);
      Signal.Image expected = RasterReader.read(Format.PNG, png, 1000);
      Signal.Image found = Objects.requireNonNull(PlainPng.read(png, 1000));
      assertThat(found.width()).isEqualTo(expected.width());
      assertThat(found.height()).isEqualTo(expected.height());
      assertThat(found.argb()).isEqualTo(expected.argb());
    }
  }

  /** Faults that no checksum shows: what is read all the same has the library's pixels. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void whatTheLibraryRefusesIsNotRead(long seed) throws IOException {
    Random random = new Random(seed);
    int left = 0;
    int read = 0;
    for (int i = 0; i < 400; i++) {
      int colours = i % 2 == 0 ? RGB : RGBA;
      byte[] data = data(9, 7, colours, random);
      if (i % 4 == 3) {
        data = Arrays.copyOf(data, random.nextInt(data.length));
      } else {
        data[random.nextInt(data.length)] ^= (byte) (1 << random.nextInt(8));
      }
      byte[] png = file(9, 7, colours, data, 1 + i % 2);
      Signal.Image found = PlainPng.read(png, 1000);
      if (found == null) {
        left++;
      } else {
        read++;
        assertThat(found.argb()).isEqualTo(RasterReader.read(Format.PNG, png, 1000).argb());
      }
    }
    assertThat(left).isPositive();
    assertThat(read).isPositive();
  }

  @Test
  void whatIsNotPlainIsLeftToTheLibrary() {
    byte[] row = {1, 2, 3, 4, 5, 6};
    assertThat(left(1, 1, 16, RGB, row)).isNull();
    assertThat(left(6, 1, 8, 0, row)).isNull();
    assertThat(left(3, 1, 8, 4, row)).isNull();
    assertThat(left(2, 1, 8, RGB, row, Pictures.chunk("tRNS", row))).isNull();
    assertThat(left(2, 1, 8, RGB, row, Pictures.chunk("PLTE", new byte[3]))).isNull();
    assertThat(left(3, 1, 8, RGB, row)).isNull(); // a row that is too short
    assertThat(PlainPng.read(Pictures.png(2, 1, 8, RGB, new byte[][] {row}), 1)).isNull();
    assertThat(PlainPng.read(new byte[20], 1)).isNull();
    byte[] said = Pictures.chunk("tEXt", new byte[] {'a', 0, 'b'});
    assertThat(Objects.requireNonNull(left(2, 1, 8, RGB, row, said)).argb())
        .containsExactly(0xFF010203, 0xFF040506);
    byte[] large = new byte[3 * 4096];
    assertThat(left(4096, 1, 8, RGB, large)).isNull(); // subsampled
    byte[] cut = Pictures.png(2, 1, 8, RGB, new byte[][] {row});
    assertThatThrownBy(() -> PlainPng.read(Arrays.copyOf(cut, cut.length - 1), 9))
        .isInstanceOf(Rejected.class)
        .hasMessageStartingWith("Cannot read PNG: ");
  }

  private static Signal.@Nullable Image left(
      int width, int height, int depth, int colours, byte[] row, byte[]... chunks) {
    return PlainPng.read(
        Pictures.png(width, height, depth, colours, new byte[][] {row}, chunks), 1 << 20);
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
