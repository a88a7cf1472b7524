package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.model.ModalitySpec;
import tributary.model.ModalitySpec.Image.Order;
import tributary.read.Rejected;
import tributary.read.Rejections;
import tributary.read.Signal;
import tributary.tensor.Normal;
import tributary.tensor.Tolerance;

class TokenizerTest {
  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {0, 1, 4095, 4096, 4097, 100_000})
  void aTextIsItsBytes(int bytes) {
    byte[] text = new byte[bytes];
    new Random(bytes).nextBytes(text);
    Pulled pulled = pull(new ModalitySpec.Text(), new Signal.Text(text));
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    pulled.blocks().forEach(b -> joined.writeBytes(((TokenBlock.Ids) b).ids()));
    assertThat(joined.toByteArray()).isEqualTo(text);
  }

  @Test
  void refusesASignalOfAnotherKind() {
    assertThatThrownBy(
            () -> Tokenizer.of(new ModalitySpec.Vectors(3)).tokens(new Signal.Text(new byte[2])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid signal: text (modality vectors takes vectors)");
    assertThatThrownBy(
            () ->
                Tokenizer.of(new ModalitySpec.Text())
                    .tokens(new Signal.Vectors(1, new float[] {1})))
        .hasMessage("Invalid signal: vectors (modality text takes text)");
  }

  @Test
  void vectorsAndRawTokensStayAsTheyAre() {
    float[] values = Normal.values(5000 * 3, 1, 1);
    for (ModalitySpec spec :
        new ModalitySpec[] {new ModalitySpec.Vectors(3), new ModalitySpec.Raw(3)}) {
      assertThat(pull(spec, new Signal.Vectors(3, values)).values()).isEqualTo(values);
      assertThat(pull(spec, new Signal.Vectors(3, new float[0])).count()).isZero();
    }
  }

  @Test
  void wideTokensComeInSmallerBlocks() {
    Pulled pulled =
        pull(
            new ModalitySpec.Vectors(300_000),
            new Signal.Vectors(300_000, Normal.values(2_100_000, 1, 2)));
    assertThat(pulled.blocks()).extracting(TokenBlock::count).containsExactly(3, 3, 1);
  }

  @Test
  void rejectsAWidthThatIsNotTheModels() {
    rejected(
        new ModalitySpec.Vectors(4),
        new Signal.Vectors(3, new float[6]),
        Rejected.Reason.WRONG_WIDTH,
        "3 values a vector where the model has 4");
    rejected(
        new ModalitySpec.Series(2, 1, 1, 1),
        new Signal.Series(new double[1], 3, new double[3]),
        Rejected.Reason.WRONG_WIDTH,
        "3 values a point in time where the model has 2");
    rejected(
        new ModalitySpec.Points(2, Order.MORTON),
        new Signal.Points(3, new double[3]),
        Rejected.Reason.WRONG_WIDTH,
        "3 coordinates a point where the model has 2");
  }

  @Test
  void aPointInTimeIsItsValuesAndTheSineAndCosineOfItsTime() {
    double[] times = {0, 0.25, 1.7e9 + 0.5};
    double[] values = {1, 2, 3, 4, 5, 6};
    float[] tokens =
        pull(new ModalitySpec.Series(2, 3, 1, 100), new Signal.Series(times, 2, values)).values();
    float[] expected = new float[3 * 8];
    for (int i = 0; i < 3; i++) {
      expected[i * 8] = (float) values[2 * i];
      expected[i * 8 + 1] = (float) values[2 * i + 1];
      for (int k = 0; k < 3; k++) {
        double period = Math.pow(10, k);
        double turns = times[i] / period;
        double phase = 2 * Math.PI * (turns - Math.floor(turns));
        expected[i * 8 + 2 + 2 * k] = (float) Math.sin(phase);
        expected[i * 8 + 3 + 2 * k] = (float) Math.cos(phase);
      }
    }
    Tolerance.roundings(2, 6).check("series", tokens, expected);
  }

  @Test
  void aSeriesOfOneBandHasTheShortestPeriodAndAnEmptyOneNoTokens() {
    ModalitySpec spec = new ModalitySpec.Series(1, 1, 4, 1000);
    float[] tokens = pull(spec, new Signal.Series(new double[] {1}, 1, new double[] {9})).values();
    Tolerance.roundings(1, 9).check("one band", tokens, new float[] {9, 1, 0});
    assertThat(pull(spec, new Signal.Series(new double[0], 1, new double[0])).count()).isZero();
  }

  @Test
  void rejectsADoubleThatNoFloatHolds() {
    ModalitySpec spec = new ModalitySpec.Series(1, 1, 1, 1);
    Rejected.Reason reason = Rejected.Reason.NOT_FINITE;
    String detail = "point 1 at time 2.0 has a value that no float holds";
    rejected(
        spec, new Signal.Series(new double[] {1, 2}, 1, new double[] {1, 1e300}), reason, detail);
  }

  @Test
  void pointsComeInMortonOrderEqualOnesAsGiven() {
    double[] corners = {1, 1, 0, 0, 0, 1, 1, 0, 1, 1};
    Signal.Points points = new Signal.Points(2, corners);
    assertThat(pull(new ModalitySpec.Points(2, Order.RASTER), points).values())
        .containsExactly(1, 1, 0, 0, 0, 1, 1, 0, 1, 1);
    assertThat(pull(new ModalitySpec.Points(2, Order.MORTON), points).values())
        .containsExactly(0, 0, 1, 0, 0, 1, 1, 1, 1, 1);
  }

  @ParameterizedTest(name = "{0} dimensions")
  @ValueSource(ints = {1, 2, 3, 5})
  void mortonOrderIsTheOrderOfTheInterleavedBits(int dimensions) {
    Random random = new Random(dimensions);
    int[][] cells = new int[500][dimensions];
    long[] codes = new long[cells.length];
    for (int i = 0; i < cells.length; i++) {
      for (int d = 0; d < dimensions; d++) {
        cells[i][d] = random.nextInt(1 << 6);
        for (int bit = 0; bit < 6; bit++) {
          codes[i] |= (cells[i][d] >> bit & 1L) << (bit * dimensions + d);
        }
      }
    }
    int[] order = Morton.order(cells);
    for (int i = 1; i < order.length; i++) {
      assertThat(codes[order[i]]).isGreaterThanOrEqualTo(codes[order[i - 1]]);
      if (codes[order[i]] == codes[order[i - 1]]) {
        assertThat(order[i]).isGreaterThan(order[i - 1]);
      }
    }
  }

  /** Up to four dimensions are sorted by interleaved bits, more by comparison. */
  @ParameterizedTest(name = "{0} dimensions")
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void pointsComeInTheOrderOfTheirCells(int dimensions) {
    int count = 3000;
    Random random = new Random(dimensions);
    float[] points = new float[count * dimensions];
    for (int i = 0; i < points.length; i++) {
      points[i] = random.nextInt(3) == 0 ? random.nextInt(4) : (float) random.nextGaussian();
    }
    int[][] cells = new int[count][dimensions];
    for (int d = 0; d < dimensions; d++) {
      float low = Float.MAX_VALUE;
      float high = -Float.MAX_VALUE;
      for (int i = 0; i < count; i++) {
        low = Math.min(low, points[i * dimensions + d]);
        high = Math.max(high, points[i * dimensions + d]);
      }
      for (int i = 0; i < count; i++) {
        double place = ((double) points[i * dimensions + d] - low) / ((double) high - low);
        cells[i][d] = (int) (place * 65535);
      }
    }
    int[] order = Morton.order(cells);
    float[] expected = new float[points.length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(points, order[i] * dimensions, expected, i * dimensions, dimensions);
    }
    Pulled pulled =
        pull(
            new ModalitySpec.Points(dimensions, Order.MORTON),
            new Signal.Points(dimensions, doubles(points)));
    assertThat(pulled.values()).isEqualTo(expected);
  }

  @Test
  void pointsWithoutExtentStayInOrder() {
    ModalitySpec spec = new ModalitySpec.Points(2, Order.MORTON);
    assertThat(pull(spec, new Signal.Points(2, new double[] {7, 2, 7, 1, 7, 3})).values())
        .containsExactly(7, 1, 7, 2, 7, 3);
    assertThat(pull(spec, new Signal.Points(2, new double[0])).count()).isZero();
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  private static Pulled pull(ModalitySpec spec, Signal signal) {
    return Pulled.from(Tokenizer.of(spec).tokens(signal));
  }

  private static void rejected(
      ModalitySpec spec, Signal signal, Rejected.Reason reason, String detail) {
    Rejections.rejected(() -> pull(spec, signal), reason, detail);
  }
}
