package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0.25",
    "1, 0.5",
    "3, 1",
    "4, 1",
    "8, 0.55",
    "6, 0.86819805",
    "12, 0.1",
    "13, 0.1"
  })
  void cosineWarmsUpAndFalls(long step, float rate) {
    assertThat(Schedule.cosine(1, 12, 4, 0.1f).rate(step)).isEqualTo(rate);
  }

  @ParameterizedTest
  @CsvSource({"0, 2", "5, 2", "10, 2", "15, 1", "20, 0", "21, 0"})
  void flatCosineHoldsForAHalf(long step, float rate) {
    assertThat(Schedule.flatCosine(2, 20, 0).rate(step)).isEqualTo(rate);
  }

  @Test
  void neverRisesAfterTheWarmUp() {
    for (Schedule s :
        new Schedule[] {Schedule.cosine(1, 99, 7, 0), Schedule.flatCosine(1, 99, 0)}) {
      for (long step = s.warmUp(); step < 120; step++) {
        assertThat(s.rate(step + 1)).isBetween(0f, s.rate(step));
      }
    }
  }

  @Test
  void constantIsConstant() {
    Schedule constant = Schedule.constant(5e-4f);
    assertThat(constant.rate(0)).isEqualTo(5e-4f);
    assertThat(constant.rate(Long.MAX_VALUE - 1)).isEqualTo(5e-4f);
  }

  @Test
  void oneStepIsAtThePeak() {
    assertThat(Schedule.cosine(1, 1, 0, 0).rate(0)).isEqualTo(1);
    assertThat(Schedule.flatCosine(1, 1, 0).rate(0)).isEqualTo(1);
  }

  @Test
  void formsAreKnownByName() {
    assertThat(Schedule.form("flat-cosine")).isEqualTo(Schedule.Form.FLAT_COSINE);
    assertThat(Schedule.form("cosine")).isEqualTo(Schedule.Form.COSINE);
    assertThatThrownBy(() -> Schedule.form("linear"))
        .hasMessage("Invalid schedule: linear (one of cosine, flat-cosine, constant)");
  }

  @Test
  void whatCanNotBeIsRefused() {
    assertThatThrownBy(() -> Schedule.constant(0)).hasMessage("Invalid rate: 0.0 (above 0)");
    assertThatThrownBy(() -> Schedule.constant(Float.NaN))
        .hasMessage("Invalid rate: NaN (above 0)");
    assertThatThrownBy(() -> Schedule.cosine(1, 0, 0, 0))
        .hasMessage("Invalid steps: 0 (1 or more)");
    assertThatThrownBy(() -> Schedule.cosine(1, 10, 10, 0))
        .hasMessage("Invalid warm-up: 10 (from 0 to less than the steps, 10)");
    assertThatThrownBy(() -> new Schedule(Schedule.Form.FLAT_COSINE, 1, 10, 2, 0))
        .hasMessage("Invalid warm-up: 2 (0 for the schedule flat-cosine)");
    assertThatThrownBy(() -> Schedule.cosine(1, 10, 0, 2))
        .hasMessage("Invalid floor: 2.0 (from 0 to the rate, 1.0)");
    assertThatThrownBy(() -> new Schedule(Schedule.Form.CONSTANT, 1, 10, 0, 0))
        .hasMessage("Invalid floor: 0.0 (the rate for the schedule constant, 1.0)");
    assertThatThrownBy(() -> Schedule.constant(1).rate(-1))
        .hasMessage("Invalid step: -1 (0 or more)");
  }
}
