package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static tributary.read.Rejections.rejected;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.model.ModalitySpec;
import tributary.model.ModalitySpec.Image.Order;
import tributary.model.ModalitySpec.Points;
import tributary.model.ModalitySpec.Series;
import tributary.read.Rejected;
import tributary.read.Signal;
import tributary.tensor.Tolerance;

/** What `normalize` does to the tokens of points and series. */
class NormalizedTest {
  private static final int POINTS = 500;

  private static Points unit(Order order) {
    return new Points(3, order, Points.Normalize.UNIT, Points.POINTS, 0);
  }

  private static double[] cloud(int seed) {
    Random random = new Random(seed);
    double[] points = new double[3 * POINTS];
    Arrays.setAll(points, i -> (float) (random.nextGaussian() * (i % 3 + 1)));
    return points;
  }

  private static double[] mapped(double[] from, java.util.function.DoubleUnaryOperator by) {
    return Arrays.stream(from).map(by).toArray();
  }

  private static float[] tokens(double[] points, Order order) {
    return Pulled.from(Tokenizer.of(unit(order)).tokens(new Signal.Points(3, points))).values();
  }

  private static float[] shape(float[] tokens) {
    return Arrays.copyOfRange(tokens, 5, tokens.length);
  }

  @Test
  void pointsAreAboutTheirMeanInTheirRadius() {
    double[] points = cloud(1);
    float[] tokens = tokens(points, Order.RASTER);
    double[] mean = new double[3];
    for (int i = 0; i < points.length; i++) {
      mean[i % 3] += points[i] / POINTS;
    }
    double radius = 0;
    for (int i = 0; i < points.length; i += 3) {
      radius =
          Math.max(
              radius,
              Math.sqrt(
                  Math.pow(points[i] - mean[0], 2)
                      + Math.pow(points[i + 1] - mean[1], 2)
                      + Math.pow(points[i + 2] - mean[2], 2)));
    }
    float[] expected = new float[5 * (POINTS + 1)];
    for (int d = 0; d < 3; d++) {
      expected[d] = (float) (Math.signum(mean[d]) * Math.log10(1 + Math.abs(mean[d]) / radius));
    }
    expected[3] = (float) Math.log10(radius);
    expected[4] = 1;
    for (int i = 0; i < points.length; i++) {
      expected[(i / 3 + 1) * 5 + i % 3] = (float) ((points[i] - mean[i % 3]) / radius);
    }
    Tolerance.roundings(2, 1).check("unit", tokens, expected);
    ModalitySpec spec = unit(Order.RASTER);
    assertThat(spec.isScale(tokens, 0)).isTrue();
    assertThat(spec.isScale(tokens, 1)).isFalse();
  }

  /** A power of two rounds nothing: not one bit; ten times rounds each coordinate once. */
  @Test
  void scaleAndPlaceAreInTheScaleTokenAlone() {
    float[] tokens = tokens(cloud(2), Order.MORTON);
    float[] eightfold = tokens(mapped(cloud(2), x -> 8 * x), Order.MORTON);
    assertThat(shape(eightfold)).isEqualTo(shape(tokens));
    assertThat(Arrays.copyOf(eightfold, 3)).isEqualTo(Arrays.copyOf(tokens, 3));

    float[] tenfold = tokens(mapped(cloud(2), x -> (float) (10 * x)), Order.MORTON);
    Tolerance.roundings(2, 1).check("shape, ten times", shape(tenfold), shape(tokens));
    assertThat(tenfold[3] - tokens[3]).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6f));

    float[] moved = tokens(mapped(cloud(2), x -> x + 1024), Order.MORTON);
    Tolerance.roundings(2, 1).check("shape, moved", shape(moved), shape(tokens));
    assertThat(moved[3]).isCloseTo(tokens[3], org.assertj.core.data.Offset.offset(1e-6f));
    assertThat(moved[0]).isGreaterThan(tokens[0] + 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void inAnyOrderOfThePointsTheBitsAreEqual(int seed) {
    double[] points = cloud(seed);
    double[] shuffled = points.clone();
    Random random = new Random(seed);
    for (int i = POINTS - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      for (int d = 0; d < 3; d++) {
        double moved = shuffled[3 * i + d];
        shuffled[3 * i + d] = shuffled[3 * j + d];
        shuffled[3 * j + d] = moved;
      }
    }
    assertThat(tokens(shuffled, Order.MORTON)).isEqualTo(tokens(points, Order.MORTON));
  }

  /** Where a float has half a metre, the shape has what a double has. */
  @Test
  void farFromTheOriginTheDigitsOfADoubleCount() {
    float[] tokens = tokens(cloud(3), Order.RASTER);
    float[] far = tokens(mapped(cloud(3), x -> x + 5_000_000), Order.RASTER);
    for (int i = 5; i < tokens.length; i++) {
      assertThat(far[i]).isCloseTo(tokens[i], org.assertj.core.data.Offset.offset(1e-6f));
    }
  }

  @Test
  void pointsWithoutExtentAndHugeOnesHaveTokens() {
    assertThat(tokens(new double[] {9, 99, -999}, Order.MORTON))
        .containsExactly(1, 2, -3, 0, 1, 0, 0, 0, 0, 0);
    assertThat(shape(tokens(new double[] {1, 2, 3, 1, 2, 3}, Order.MORTON))).containsOnly(0);
    float huge = Float.MAX_VALUE;
    float[] tokens = tokens(new double[] {-huge, 0, 0, huge, 0, 0}, Order.MORTON);
    assertThat(shape(tokens)).containsExactly(-1, 0, 0, 0, 0, 1, 0, 0, 0, 0);
    assertThat(tokens[3]).isBetween(38f, 39f);
    float[] tiny = tokens(new double[] {0, 0, 0, Float.MIN_VALUE, 0, 0}, Order.MORTON);
    assertThat(shape(tiny)).containsExactly(-1, 0, 0, 0, 0, 1, 0, 0, 0, 0);
    assertThat(tokens(new double[0], Order.MORTON)).isEmpty();
  }

  @Test
  void aMeshIsAsManyPointsAsItsModelSaysEvenlyByArea() {
    // Two squares: one of side 1 at x = 0, one of side 3 at x = 10; areas 1 and 9.
    double[] vertices = {
      0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 10, 0, 0, 13, 0, 0, 13, 3, 0, 10, 3, 0
    };
    int[] corners = {0, 1, 2, 1, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7};
    Signal.Mesh mesh = new Signal.Mesh(vertices, corners);
    double[] points = MeshSampler.points(mesh, 1000, 7).coordinates();
    int small = 0;
    double x = 0;
    for (int i = 0; i < points.length; i += 3) {
      boolean first = points[i] <= 1;
      small += first ? 1 : 0;
      x += first ? 0 : points[i] - 10;
      assertThat(points[i + 2]).isZero();
      assertThat(points[i + 1]).isBetween(0.0, first ? 1.0 : 3.0);
    }
    assertThat(small).isEqualTo(100);
    assertThat(x / 900).isBetween(1.4, 1.6);
    assertThat(MeshSampler.points(mesh, 1000, 7).coordinates()).isEqualTo(points);
    assertThat(MeshSampler.points(mesh, 1000, 8).coordinates()).isNotEqualTo(points);
    Points spec = new Points(3, Order.MORTON, Points.Normalize.UNIT, 100, 7);
    assertThat(Pulled.from(Tokenizer.of(spec).tokens(mesh)).count()).isEqualTo(101);
    Signal.Mesh flat = new Signal.Mesh(vertices, new int[] {0, 0, 1});
    rejected(
        () -> MeshSampler.points(flat, 10, 0),
        Rejected.Reason.CORRUPT_MESH,
        "Cannot draw points of the mesh: its 1 triangles have no area");
  }

  @Test
  void aSeriesIsInDeviationsBehindItsScaleToken() {
    Series spec = new Series(2, 1, 4, 4, Series.Normalize.ZSCORE);
    double[] times = {0, 1, 2, 3};
    double[] values = {1, 7, 3, 7, 1, 7, 3, 7};
    float[] tokens =
        Pulled.from(Tokenizer.of(spec).tokens(new Signal.Series(times, 2, values))).values();
    float seven = (float) Math.log10(8);
    float two = (float) Math.log10(3);
    float[] expected = {
      two, seven, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, -1, 0,
      1, 0, 0, 0, -1, 0, 0
    };
    Tolerance.roundings(2, 1).check("zscore", tokens, expected);
    float[] tenfold =
        Pulled.from(
                Tokenizer.of(spec).tokens(new Signal.Series(times, 2, mapped(values, x -> 10 * x))))
            .values();
    assertThat(tenfold[2] - tokens[2]).isEqualTo(1);
    assertThat(Arrays.copyOfRange(tenfold, 7, 35)).isEqualTo(Arrays.copyOfRange(tokens, 7, 35));
    assertThat(spec.isScale(tokens, 0)).isTrue();
    assertThat(spec.isScale(tokens, 4)).isFalse();
    rejected(
        () ->
            Tokenizer.of(spec).tokens(new Signal.Series(new double[1], 2, new double[] {1, 1e39})),
        Rejected.Reason.NOT_FINITE,
        "point 0 at time 0.0 has a value that no float holds");
  }
}
