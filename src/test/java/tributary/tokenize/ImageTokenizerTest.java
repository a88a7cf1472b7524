package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.model.ModalitySpec;
import tributary.model.ModalitySpec.Image.Order;
import tributary.read.Signal;
import tributary.tensor.Tolerance;

class ImageTokenizerTest {
  private static final int WHITE = 0xFFFFFFFF;

  @Test
  void onePixelFillsTheCanvas() {
    float[] tokens = tokens(6, 3, Order.RASTER, new Signal.Image(1, 1, new int[] {0xFF0000FF}));
    assertThat(tokens).hasSize(4 * 27);
    for (int i = 0; i < tokens.length; i++) {
      assertThat(tokens[i]).isEqualTo(i % 3 == 2 ? 1 : -1);
    }
  }

  @Test
  void patchesAreRowMajorAndInRasterOrMortonOrder() {
    int[] argb = new int[16];
    Arrays.setAll(argb, i -> 0xFF000000 | i << 16);
    Signal.Image image = new Signal.Image(4, 4, argb);
    assertThat(reds(tokens(4, 2, Order.RASTER, image)))
        .containsExactly(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
    assertThat(reds(tokens(4, 1, Order.MORTON, image)))
        .containsExactly(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
  }

  @Test
  void aGridThatIsNoPowerOfTwoKeepsItsMortonOrder() {
    assertThat(Morton.grid(3, 3)).containsExactly(0, 1, 3, 4, 2, 5, 6, 7, 8);
  }

  @Test
  void transparencyIsWhiteAndTheShorterSideIsCentred() {
    int[] clear = {0x00123456, 0x00123456};
    float[] white = tokens(2, 1, Order.RASTER, new Signal.Image(2, 1, clear));
    Tolerance.roundings(1, 1).check("clear is white", white, filled(12, 1));
    int[] half = {0x80000000};
    float[] grey = tokens(1, 1, Order.RASTER, new Signal.Image(1, 1, half));
    Tolerance.roundings(2, 2)
        .check("half of black", grey, filled(3, (float) (2 * (1 - 128 / 255.0) - 1)));
    int[] black = {0xFF000000, 0xFF000000, 0xFF000000};
    float[] strip = tokens(3, 1, Order.RASTER, new Signal.Image(3, 1, black));
    assertThat(strip).isEqualTo(concat(filled(9, 1), filled(9, -1), filled(9, 1)));
  }

  @Test
  void scalesDownByAreaAndUpBilinear() {
    int[] steps = {
      0xFF000000, WHITE, WHITE, 0xFF000000, WHITE, 0xFF000000, WHITE, 0xFF000000, WHITE
    };
    float[] mean = tokens(1, 1, Order.RASTER, new Signal.Image(3, 3, steps));
    Tolerance.roundings(2, 2).check("5 of 9", mean, filled(3, 2 * 5 / 9f - 1));
    int[] pair = {0xFF000000, WHITE, 0xFF000000, WHITE};
    float[] ramp = tokens(4, 4, Order.RASTER, new Signal.Image(2, 2, pair));
    float[] row = {-1, -0.5f, 0.5f, 1};
    for (int i = 0; i < ramp.length; i++) {
      assertThat(ramp[i]).isEqualTo(row[i / 3 % 4]);
    }
  }

  @ParameterizedTest(name = "{0} x {1} on {2}")
  @CsvSource({"1,1,7", "37,91,96", "64,64,64", "63,64,65", "3,200,256", "16,9,224"})
  void enlargedIsBilinearBetweenCentresAndStaysWithinTheColours(int width, int height, int canvas) {
    Random random = new Random(canvas);
    int[] argb = random.ints(width * height).map(i -> i % 3 == 0 ? i : i | 0xFF000000).toArray();
    for (int i = 0; i < argb.length; i += 2) {
      argb[i] = (i & 2) == 0 ? WHITE : 0xFF000000;
    }
    float[] tokens = tokens(canvas, canvas, Order.RASTER, new Signal.Image(width, height, argb));
    double factor = (double) canvas / Math.max(width, height);
    int wide = (int) Math.floor(width * factor + 0.5);
    int high = (int) Math.floor(height * factor + 0.5);
    float[] expected = filled(tokens.length, 1);
    for (int i = 0; i < wide * high * 3; i++) {
      int x = i / 3 % wide;
      int y = i / 3 / wide;
      double column = Math.max(0, Math.min(width - 1, (x + 0.5) * width / wide - 0.5));
      double row = Math.max(0, Math.min(height - 1, (y + 0.5) * height / high - 0.5));
      double value = 0;
      for (int corner = 0; corner < 4; corner++) {
        int left = Math.min(width - 1, (int) column + corner % 2);
        int top = Math.min(height - 1, (int) row + corner / 2);
        double across = corner % 2 == 0 ? 1 - (column - (int) column) : column - (int) column;
        double down = corner / 2 == 0 ? 1 - (row - (int) row) : row - (int) row;
        int pixel = argb[top * width + left];
        double alpha = (pixel >>> 24) / 255.0;
        value += across * down * (alpha * (pixel >> 16 - i % 3 * 8 & 255) + 255 * (1 - alpha));
      }
      int at = ((canvas - high) / 2 + y) * canvas + (canvas - wide) / 2 + x;
      expected[at * 3 + i % 3] = (float) (value / 127.5 - 1);
    }
    Tolerance.roundings(6, 1).check("enlarged", tokens, expected);
    for (float token : tokens) {
      assertThat(token).isBetween(-1f, 1f);
    }
  }

  @Test
  void largePatchesComeInBlocks() {
    Random random = new Random(6);
    Signal.Image image = new Signal.Image(30, 30, random.ints(900).toArray());
    float[] whole = tokens(1040, 1040, Order.RASTER, image);
    Pulled pulled =
        Pulled.from(Tokenizer.of(new ModalitySpec.Image(1040, 520, Order.RASTER)).tokens(image));
    assertThat(pulled.blocks()).extracting(TokenBlock::count).containsExactly(1, 1, 1, 1);
    float[] parts = pulled.values();
    for (int i = 0; i < whole.length; i += 3) {
      int x = i / 3 % 1040;
      int y = i / 3 / 1040;
      int part = y / 520 * 2 + x / 520;
      int at = ((part * 520 + y % 520) * 520 + x % 520) * 3;
      if (parts[at] != whole[i] || parts[at + 2] != whole[i + 2]) {
        assertThat(parts[at]).as("pixel %d, %d", x, y).isEqualTo(whole[i]);
        assertThat(parts[at + 2]).as("pixel %d, %d", x, y).isEqualTo(whole[i + 2]);
      }
    }
  }

  @ParameterizedTest(name = "{0} x {1} on {2}")
  @CsvSource({"1,1,7", "1000,1,16", "1,1000,16", "37,91,64", "64,64,64", "300,200,30", "5,7,224"})
  void weightsSumToOneForAnySize(int width, int height, int canvas) {
    int[] argb = new int[width * height];
    Arrays.fill(argb, 0xFF336699);
    float[] tokens = tokens(canvas, canvas, Order.RASTER, new Signal.Image(width, height, argb));
    float[] colour = {0x33 / 127.5f - 1, 0x66 / 127.5f - 1, 0x99 / 127.5f - 1};
    double off = Tolerance.roundings(4, 1).absolute();
    for (int i = 0; i < tokens.length; i++) {
      double distance = Math.min(Math.abs(tokens[i] - colour[i % 3]), Math.abs(tokens[i] - 1));
      assertThat(distance).isLessThanOrEqualTo(off);
    }
  }

  @Test
  void theSizeOfAPatchChangesOnlyTheOrderAndTheRestIsWhite() {
    Random random = new Random(5);
    int[] argb = random.ints(20 * 20).map(i -> i | 0xFF000000).toArray();
    Signal.Image image = new Signal.Image(20, 20, argb);
    float[] whole = tokens(10, 10, Order.RASTER, image);
    float[] cut = tokens(10, 4, Order.MORTON, image);
    assertThat(cut).hasSize(9 * 48);
    assertThat(Arrays.copyOf(cut, 12)).isEqualTo(Arrays.copyOf(whole, 12));
    int last = 8 * 48;
    assertThat(Arrays.copyOfRange(cut, last, last + 6))
        .isEqualTo(Arrays.copyOfRange(whole, (8 * 10 + 8) * 3, (8 * 10 + 8) * 3 + 6));
    assertThat(Arrays.copyOfRange(cut, last + 6, last + 12)).isEqualTo(filled(6, 1));
    assertThat(Arrays.copyOfRange(cut, last + 24, last + 48)).isEqualTo(filled(24, 1));
  }

  private static float[] tokens(int canvas, int patch, Order order, Signal.Image image) {
    return Pulled.from(Tokenizer.of(new ModalitySpec.Image(canvas, patch, order)).tokens(image))
        .values();
  }

  /** The red values as they were in [0, 255]. */
  private static int[] reds(float[] tokens) {
    int[] reds = new int[tokens.length / 3];
    Arrays.setAll(reds, i -> Math.round((tokens[3 * i] + 1) * 127.5f));
    return reds;
  }

  private static float[] filled(int n, float value) {
    float[] values = new float[n];
    Arrays.fill(values, value);
    return values;
  }

  private static float[] concat(float[] a, float[] b, float[] c) {
    float[] all = Arrays.copyOf(a, a.length + b.length + c.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    System.arraycopy(c, 0, all, a.length + b.length, c.length);
    return all;
  }
}
