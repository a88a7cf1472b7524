package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.model.ModalitySpec;
import tributary.read.Rejected;
import tributary.read.Signal;

/** Digests are of what Pillow 12.3.0 gave for the same bytes. */
class PerceiverPixelsTest {
  private static final ModalitySpec.Pixels PUBLISHED = new ModalitySpec.Pixels(224, 256);

  /** Bytes of a linear congruential generator, [height, width, 3]. */
  private static int[] bytes(int n, int seed) {
    int[] out = new int[n];
    int x = seed;
    for (int i = 0; i < n; i++) {
      x = (x * 1103515245 + 12345) & 0x7fffffff;
      out[i] = (x >> 16) & 255;
    }
    return out;
  }

  private static Signal.Image image(int width, int height, int seed) {
    int[] rgb = bytes(width * height * 3, seed);
    int[] argb = new int[width * height];
    for (int i = 0; i < argb.length; i++) {
      argb[i] = seed << 24 | rgb[3 * i] << 16 | rgb[3 * i + 1] << 8 | rgb[3 * i + 2];
    }
    return new Signal.Image(width, height, argb);
  }

  private static String digest(int[] bytes) throws NoSuchAlgorithmException {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    for (int b : bytes) {
      sha.update((byte) b);
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  @ParameterizedTest
  @CsvSource({
    "300, 280, 224, 224, 1, cacde40a51af7d2dd1f3e270a3c619fb31c003dde442f2aa799b83efb85a03a5",
    "20, 30, 224, 224, 2, 85c89c4a5ed15d2ba0eb98a8a0f628d8b503779f5abab5d6376a87f80d321b23",
    "7, 5, 3, 9, 3, a4e072c94830f1a6a27cf4321eb2c79d0d014c8b33ab8aa955e07a18afd5597d",
    "224, 100, 224, 50, 4, f7c9fbd3ab7b573042c741825217a51df093440df97ff49bd11f6902b1bf7d13",
    "1, 1, 4, 4, 5, 4c4c6916d297f7f0b09cbf4e47148f99b4c8895cc20f8c59d0965005fe69f68f",
    "1000, 3, 10, 3, 6, 6f871e5cdfc01ac3be461153dda370f754f3cdc770b6502b9b2c58715877cee6",
  })
  void resizesToPillowsBytes(int w, int h, int toWidth, int toHeight, int seed, String sha)
      throws NoSuchAlgorithmException {
    int[] rgb = bytes(w * h * 3, seed);
    PillowBicubic.Row rows = y -> Arrays.copyOfRange(rgb, y * w * 3, (y + 1) * w * 3);
    int[] out = PillowBicubic.resize(rows, h, w, toHeight, toWidth);
    assertThat(digest(out)).isEqualTo(sha);
  }

  @Test
  void aPictureIsCroppedResizedAndNormalised() throws NoSuchAlgorithmException {
    float[] x = PerceiverPixels.picture(image(301, 260, 7), PUBLISHED);
    double[] mean = {0.485, 0.456, 0.406};
    double[] deviation = {0.229, 0.224, 0.225};
    int[] back = new int[x.length];
    for (int i = 0; i < x.length; i++) {
      back[i] = (int) Math.round((x[i] * deviation[i % 3] + mean[i % 3]) * 255);
      double exact = (back[i] / 255.0 - mean[i % 3]) / deviation[i % 3];
      assertThat(Math.abs(x[i] - exact)).isLessThan(2e-6);
    }
    assertThat(digest(back))
        .isEqualTo("09fe2a6cace78a56aa2184577c99878bcf198e68fcd3c77538450df05b079809");
  }

  @Test
  void aPictureWithoutAPixelToCutIsRefused() {
    assertThat(PerceiverPixels.picture(image(2, 2, 1), PUBLISHED)).hasSize(224 * 224 * 3);
    assertThatThrownBy(() -> PerceiverPixels.picture(image(1, 9, 1), PUBLISHED))
        .hasMessage("Invalid picture: 1 x 9 (a shorter side of which 224/256 is at least a pixel)");
  }

  @Test
  void theTokensAreThePixels() {
    ModalitySpec.Pixels spec = new ModalitySpec.Pixels(6, 7);
    Signal.Image image = image(30, 21, 3);
    TokenBlock block = Objects.requireNonNull(Tokenizer.of(spec).tokens(image).next());
    assertThat(block.count()).isEqualTo(36);
    assertThat(((TokenBlock.Values) block).values())
        .containsExactly(PerceiverPixels.picture(image, spec));
    assertThat(Tokenizer.of(spec).tokens(new Signal.Image(0, 0, new int[0])).next()).isNull();
    assertThatThrownBy(() -> Tokenizer.of(spec).tokens(image(9, 1, 3)))
        .isInstanceOf(Rejected.class)
        .hasMessage("a picture of 9 x 1 of which 6/7 of the shorter side is no pixel");
  }

  @Test
  void framesBecomeNeighbourhoods() {
    Signal.Image a = image(5, 4, 1);
    Signal.Image b = image(5, 4, 2);
    float[] x = PerceiverPixels.flow(a, b);
    assertThat(x).hasSize(2 * 27 * 20);
    int[][] rgb = {bytes(60, 1), bytes(60, 2)};
    int at = 0;
    for (int[] frame : rgb) {
      for (int row = -1; row <= 1; row++) {
        for (int column = -1; column <= 1; column++) {
          for (int c = 0; c < 3; c++) {
            for (int y = row; y < 4 + row; y++) {
              for (int i = column; i < 5 + column; i++) {
                boolean in = y >= 0 && y < 4 && i >= 0 && i < 5;
                double expected = in ? frame[(y * 5 + i) * 3 + c] / 255.0 * 2 - 1 : 0;
                assertThat(Math.abs(x[at++] - expected)).isLessThan(2e-7);
              }
            }
          }
        }
      }
    }
    assertThatThrownBy(() -> PerceiverPixels.flow(a, image(4, 5, 1)))
        .hasMessage("Invalid frames: 5 x 4 and 4 x 5 (of one size)");
  }

  @Test
  void aFrameIsTheMiddleSquareInBilinearSteps() {
    int[] grey = {9, 10, 60, 9, 9, 110, 200, 9};
    int[] argb = new int[8];
    for (int i = 0; i < 8; i++) {
      argb[i] = grey[i] * 0x010101;
    }
    float[] same = PerceiverPixels.frame(new Signal.Image(4, 2, argb), 2);
    int[] middle = {10, 60, 110, 200};
    for (int i = 0; i < 12; i++) {
      assertThat(same[i]).isEqualTo(middle[i / 3] / 255f);
    }
    float[] four = PerceiverPixels.frame(new Signal.Image(4, 2, argb), 4);
    assertThat(four).hasSize(48);
    for (int i = 0; i < 16; i++) {
      double y = Math.max(0, Math.min(1, (i / 4 + 0.5) / 2 - 0.5));
      double x = Math.max(0, Math.min(1, (i % 4 + 0.5) / 2 - 0.5));
      double value = (1 - y) * ((1 - x) * 10 + x * 60) + y * ((1 - x) * 110 + x * 200);
      assertThat(four[3 * i]).isEqualTo(Math.round(value) / 255f);
    }
    assertThatThrownBy(() -> PerceiverPixels.frame(new Signal.Image(0, 2, new int[0]), 4))
        .hasMessage("Invalid frame: 0 x 2 (at least 1 x 1)");
  }

  @Test
  void soundIsItsFirstChannel() {
    short[] pcm = {16384, 1, -32768, 2, 8192, 3};
    assertThat(PerceiverPixels.sound(pcm, 2, 1, 3)).containsExactly(0.5f, -1, 0.25f);
    assertThat(PerceiverPixels.sound(pcm, 2, 2, 1)).containsExactly(0.5f, -1);
    assertThatThrownBy(() -> PerceiverPixels.sound(pcm, 2, 2, 2))
        .hasMessage("Invalid sound: 6 values in 2 channels (at least 4 samples each)");
  }
}
