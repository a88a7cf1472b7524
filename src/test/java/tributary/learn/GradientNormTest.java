package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Tolerance;

class GradientNormTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 16, 1003})
  void isTheEuclideanLength(int n) {
    Random random = new Random(n);
    float[] x = new float[n];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      x[i] = random.nextFloat() - 0.5f;
      sum += (double) x[i] * x[i];
    }
    assertThat(GradientNorm.of(x)).isCloseTo(Math.sqrt(sum), within(1e-12));
  }

  private static org.assertj.core.data.Offset<Double> within(double distance) {
    return org.assertj.core.data.Offset.offset(distance);
  }

  @Test
  void largeValuesDoNotOverflow() {
    float[] x = {3e38f, 0, 0, 0, 0, 0, 0, 0, 3e38f};
    assertThat(GradientNorm.of(x)).isCloseTo(3e38 * Math.sqrt(2), within(1e32));
  }

  @Test
  void cutsWhatIsLongerAlone() {
    float[] x = {3, 4};
    assertThat(GradientNorm.clip(x, 10)).isEqualTo(5);
    assertThat(x).containsExactly(3, 4);
    assertThat(GradientNorm.clip(x, Double.POSITIVE_INFINITY)).isEqualTo(5);
    assertThat(x).containsExactly(3, 4);
    assertThat(GradientNorm.clip(x, 1)).isEqualTo(5);
    Tolerance.roundings(1, 1).check("cut", x, new float[] {0.6f, 0.8f});
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNotFiniteIsToldAndNotApplied(float value) {
    float[] x = {1, value, 100};
    assertThat(GradientNorm.clip(x, 1)).isNotFinite();
    assertThat(x).containsExactly(1, value, 100);
  }

  @Test
  void aLimitOfZeroIsRefused() {
    assertThatThrownBy(() -> GradientNorm.clip(new float[1], 0))
        .hasMessage("Invalid clip: 0.0 (above 0)");
    assertThatThrownBy(() -> GradientNorm.clip(new float[1], Double.NaN))
        .hasMessage("Invalid clip: NaN (above 0)");
  }
}
