package tributary.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CurveTest {
  private static List<Long> steps(int n) {
    return LongStream.rangeClosed(1, n).boxed().toList();
  }

  private static List<Double> noise(int n) {
    return new Random(n).doubles(n).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 1999, 2000})
  void aShortOneIsWhole(int n) {
    Curve curve = Curve.of(steps(n), noise(n));
    assertThat(curve.steps()).isEqualTo(steps(n));
    assertThat(curve.values()).isEqualTo(noise(n));
    assertThat(curve.thinned()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {2001, 2003, 3999, 100_000})
  void aLongOneKeepsItsEndsPeaksAndBrokenValues(int n) {
    List<Double> values = new ArrayList<>(noise(n));
    values.set(n / 3, 7.0);
    values.set(n / 2, -7.0);
    values.set(n / 4, Double.NaN);
    values.set(n / 5, Double.POSITIVE_INFINITY);
    Curve curve = Curve.of(steps(n), values);
    assertThat(curve.of()).isEqualTo(n);
    assertThat(curve.values()).hasSizeBetween(1000, Curve.MOST);
    assertThat(curve.values()).contains(7.0, -7.0, Double.NaN, Double.POSITIVE_INFINITY);
    assertThat(curve.steps()).startsWith(1L).endsWith((long) n).isSorted().doesNotHaveDuplicates();
    for (int i = 0; i < curve.steps().size(); i++) {
      assertThat(curve.values().get(i)).isEqualTo(values.get((int) (curve.steps().get(i) - 1)));
    }
  }

  /** Of ten equal stretches 0, 0, ..., 0, 1 the mean is what all points have, not 0.5. */
  @Test
  void meansAreThoseOfAllPoints() {
    int n = 9990 + 2;
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      values.add(i % 10 == 0 && i > 0 ? 1.0 : 0.0);
    }
    Curve curve = Curve.of(steps(n), values);
    assertThat(curve.values().subList(1, 1999)).containsOnly(0.0, 1.0);
    assertThat(curve.means().subList(1, 1999)).containsOnly(0.1);
  }
}
