package tributary.tools.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A result that is no number is never close. */
final class DifferenceTest {
  private static final float[] EXPECTED = {1, 20, 3};

  @Test
  void differencesAreOfEachValueOrOfTheLargest() {
    float[] x = {1, 19, 3.5f};
    assertThat(Difference.ofEach(x, EXPECTED)).isEqualTo(0.5 / 3);
    assertThat(Difference.ofLargest(x, EXPECTED)).isEqualTo(1 / 20.0);
  }

  @Test
  void whatIsNoNumberStays() {
    float[] x = {Float.NaN, 20, 3};
    assertThat(Difference.ofEach(x, EXPECTED)).isNaN();
    assertThat(Difference.ofLargest(x, EXPECTED)).isNaN();
  }

  @Test
  void anotherNumberOfValuesIsRefused() {
    assertThatThrownBy(() -> Difference.ofLargest(new float[2], EXPECTED))
        .hasMessage("Cannot compare results: 2 values (expected 3)");
  }
}
