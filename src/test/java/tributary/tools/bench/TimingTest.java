package tributary.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tributary.tools.bench.Timing.Clock;
import tributary.tools.bench.Timing.Spread;
import tributary.tools.parity.Difference;

/** How figures come from rounds, and what is refused before it is timed. */
final class TimingTest {
  @Test
  void aSpreadIsMedianAndQuartiles() {
    assertThat(Spread.of(5, 1, 4, 2, 3)).isEqualTo(new Spread(3, 2, 4, 5));
    assertThat(Spread.of(1, 2, 3, 4)).isEqualTo(new Spread(2.5, 1.75, 3.25, 4));
    assertThat(Spread.of(7)).isEqualTo(new Spread(7, 7, 7, 1));
  }

  @Test
  void ratiosAreTakenRoundByRound() {
    Timing t = new Timing(new double[][] {{1, 2, 4}, {3, 8, 8}, {1, 1, 1}});
    assertThat(t.ratio(1, 0, 1)).isEqualTo(Spread.of(3, 4, 2));
    assertThat(t.ratio(0, 1, 2).median()).isEqualTo(2.0 / 3);
    assertThat(t.fastest(0)).isEqualTo(2);
    assertThat(t.fastest(1)).isEqualTo(2);
    assertThat(t.median(1)).isEqualTo(8);
  }

  @Test
  void alternativesTakeTurnsAndWarmUp() throws Exception {
    List<String> order = new ArrayList<>();
    Timing t = Timing.interleaved(Clock.WALL, 1, 2, () -> order.add("a"), () -> order.add("b"));
    assertThat(order).containsExactly("a", "b", "a", "b", "a", "b");
    assertThat(t.seconds()[1]).hasSize(2);
  }

  @Test
  void aFigureIsMetInItsDirection() {
    assertThat(Figure.atLeast("r", "n", Spread.of(1.1), 1.1, 2, "").met()).isTrue();
    assertThat(Figure.atLeast("r", "n", Spread.of(1.09), 1.1, 2, "").met()).isFalse();
    assertThat(Figure.atMost("r", "n", Spread.of(1.06), 1.05, 1, "").met()).isFalse();
    assertThat(Figure.atMost("r", "n", Spread.of(1.05), 1.05, 1, "").line())
        .contains("<= 1.05, aim 1.00  met");
  }

  @Test
  void whatIsWrongIsNotTimed() {
    assertThatThrownBy(() -> Checks.close("x", new float[] {1, 2.1f}, new float[] {1, 2}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Cannot time x: its result is wrong, 0.0999");
    assertThatThrownBy(() -> Checks.close("x", new float[] {Float.NaN}, new float[] {1}))
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> Checks.same("y", new float[] {1}, new float[] {2}))
        .hasMessage("Cannot time y: its result is wrong, other bits");
    float[] one = {1};
    assertThatThrownBy(() -> Checks.product(one, one, 1, new float[] {2}, "z"))
        .hasMessage("Cannot time z: its result is wrong, 2.0 for 1.0");
    assertThatThrownBy(() -> Difference.ofEach(one, new float[2]))
        .hasMessage("Cannot compare results: 1 values (expected 2)");
  }
}
