package tributary.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrecisionTest {
  /** 8 bits of mantissa: neighbours of 1 are 1 - 2^-8 and 1 + 2^-7. */
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1.00390625, 1", // a tie goes to the even one
    "1.01171875, 1.015625", // a tie again, upwards
    "1.004, 1.0078125",
    "-3.1415927, -3.140625",
    "3.4028235e38, Infinity",
    "1e-40, 9.18355E-41" // as denormal as before
  })
  void roundsToTheNearest(float x, float rounded) {
    assertThat(Precision.BFLOAT16.round(x)).isEqualTo(rounded);
    assertThat(Precision.FLOAT32.round(x)).isEqualTo(x);
  }

  @Test
  void whatIsNoNumberStays() {
    assertThat(Precision.BFLOAT16.round(Float.NaN)).isNaN();
    assertThat(Precision.BFLOAT16.round(Float.NEGATIVE_INFINITY))
        .isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void hasNames() {
    assertThat(Precision.BFLOAT16).hasToString("bfloat16");
    assertThat(Precision.FLOAT32).hasToString("float32");
  }
}
