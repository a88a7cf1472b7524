package tributary.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Projection2dTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  /**
   * Four corners of a rectangle turned by 45 degrees: variance 8 along (1, 1, 0), 2 along (-1, 1,
   * 0), none along the third. Of the second axis both components are as large: the first is made
   * positive.
   */
  @Test
  void turnsARectangleIntoItsSides() {
    float[] rows = {1, 3, 5, 3, 1, 5, -3, -1, 5, -1, -3, 5};
    Projection2d plane = Projection2d.of(rows, 3);
    double root = Math.sqrt(2);
    assertThat(plane.x())
        .containsExactly(new double[] {2 * root, 2 * root, -2 * root, -2 * root}, CLOSE);
    assertThat(plane.y()).containsExactly(new double[] {-root, root, -root, root}, CLOSE);
    assertThat(plane.kept()).isEqualTo(1, CLOSE);
  }

  /** Corners of a box of sides 6, 4 and 2: variances 9, 4 and 1. */
  @Test
  void saysWhatThePlaneKeeps() {
    float[] rows = new float[8 * 3];
    for (int i = 0; i < 8; i++) {
      rows[3 * i] = (i & 1) * 2;
      rows[3 * i + 1] = (i >> 1 & 1) * 6;
      rows[3 * i + 2] = (i >> 2 & 1) * 4;
    }
    Projection2d plane = Projection2d.of(rows, 3);
    assertThat(plane.x()[7]).isEqualTo(3, CLOSE);
    assertThat(plane.y()[7]).isEqualTo(2, CLOSE);
    assertThat(plane.kept()).isEqualTo(13.0 / 14, CLOSE);
  }

  @Test
  void emptyEqualAndNarrowRowsAreLegal() {
    assertThat(Projection2d.of(new float[0], 4).x()).isEmpty();
    Projection2d equal = Projection2d.of(new float[] {1, 2, 1, 2}, 2);
    assertThat(equal.x()).containsExactly(0, 0);
    assertThat(equal.kept()).isEqualTo(1);
    Projection2d narrow = Projection2d.of(new float[] {1, 3}, 1);
    assertThat(narrow.x()).containsExactly(-1, 1);
    assertThat(narrow.y()).containsExactly(0, 0);
  }

  /** The axes are at right angles, the variances those of the coordinates, largest first. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void coordinatesOfRandomRowsAreUncorrelated(long seed) {
    Random random = new Random(seed);
    int width = 24;
    float[] rows = new float[60 * width];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) ((1 + i % width) * random.nextGaussian() + 100);
    }
    Projection2d plane = Projection2d.of(rows, width);
    assertThat(sum(plane.x(), plane.y()) / sum(plane.x(), plane.x())).isEqualTo(0, CLOSE);
    assertThat(sum(plane.x(), plane.x())).isGreaterThan(sum(plane.y(), plane.y()));
    double all = 0;
    for (int c = 0; c < width; c++) {
      double mean = 0;
      for (int i = c; i < rows.length; i += width) {
        mean += rows[i] / 60.0;
      }
      for (int i = c; i < rows.length; i += width) {
        all += (rows[i] - mean) * (rows[i] - mean);
      }
    }
    double two = sum(plane.x(), plane.x()) + sum(plane.y(), plane.y());
    assertThat(plane.kept()).isEqualTo(two / all, CLOSE);
    assertThat(Projection2d.of(rows, width).x()).isEqualTo(plane.x());
  }

  private static double sum(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void refusesWhatHasNoPlace() {
    assertThatThrownBy(() -> Projection2d.of(new float[] {1, 2, 3, Float.NaN}, 2))
        .hasMessage("Invalid embeddings: NaN in row 1 (finite)");
    assertThatThrownBy(() -> Projection2d.of(new float[3], 2))
        .hasMessage("Invalid width: 2 (divides the values, 3)");
  }
}
