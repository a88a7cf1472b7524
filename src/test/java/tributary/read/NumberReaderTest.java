package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumberReaderTest {
  @Test
  void arraysAreKept() {
    float[] floats = {1, 2, 3, 4, 5, 6};
    double[] times = {0, 1, 2};
    double[] doubles = {1, 2, 3, 4, 5, 6};
    assertThat(NumberReader.vectors(3, floats).values()).isSameAs(floats);
    assertThat(NumberReader.points(2, doubles).coordinates()).isSameAs(doubles);
    assertThat(NumberReader.series(times, 2, doubles).values()).isSameAs(doubles);
  }

  @Test
  void noValuesAreLegal() {
    assertThat(NumberReader.vectors(3, new float[0]).width()).isEqualTo(3);
    assertThat(NumberReader.points(2, new double[0]).dimensions()).isEqualTo(2);
    assertThat(NumberReader.series(new double[0], 1, new double[0]).channels()).isEqualTo(1);
  }

  @Test
  void whatIsNotFiniteIsNamedWithItsPlace() {
    Rejections.rejected(
        () -> NumberReader.vectors(2, new float[] {1, 2, 3, Float.NaN}),
        Rejected.Reason.NOT_FINITE,
        "Cannot read vectors: value 3 (row 1, column 1) is NaN");
    Rejections.rejected(
        () -> NumberReader.points(3, new double[] {1, Double.NEGATIVE_INFINITY, 3}),
        Rejected.Reason.NOT_FINITE,
        "Cannot read points: value 1 (row 0, column 1) is -Infinity");
    Rejections.rejected(
        () -> NumberReader.points(1, new double[] {1e300}),
        Rejected.Reason.NOT_FINITE,
        "Cannot read points: value 0 (row 0, column 0) is 1.0E300");
    Rejections.rejected(
        () -> NumberReader.series(new double[] {0, 1}, 1, new double[] {1, Double.NaN}),
        Rejected.Reason.NOT_FINITE,
        "Cannot read series: value 1 (row 1, column 0) is NaN");
    Rejections.rejected(
        () -> NumberReader.series(new double[] {0, 1.0 / 0.0}, 1, new double[] {1, 1}),
        Rejected.Reason.NOT_FINITE,
        "Cannot read series: time 1 is Infinity");
  }

  @Test
  void sizesThatDoNotFitAreRefusedWithBothSides() {
    Rejections.rejected(
        () -> NumberReader.vectors(4, new float[6]),
        Rejected.Reason.WRONG_WIDTH,
        "Cannot read vectors: 6 values are no multiple of width 4");
    Rejections.rejected(
        () -> NumberReader.points(0, new double[6]),
        Rejected.Reason.WRONG_WIDTH,
        "Invalid dimensions: 0 (must be positive)");
    Rejections.rejected(
        () -> NumberReader.series(new double[2], 3, new double[9]),
        Rejected.Reason.WRONG_WIDTH,
        "Cannot read series: 2 times x 3 channels need 6 values, there are 9");
  }
}
