package tributary.learn.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LbfgsTest {
  /** Half the sum of (i + 1)^3 (x[i] - i)^2: curvatures from 1 to 8,000. */
  private static double bowl(double[] x, double[] gradient) {
    double value = 0;
    for (int i = 0; i < x.length; i++) {
      double curvature = Math.pow(i + 1, 3);
      gradient[i] = curvature * (x[i] - i);
      value += gradient[i] * (x[i] - i) / 2;
    }
    return value;
  }

  @Test
  void findsTheBottomOfABowl() {
    Lbfgs.Minimum minimum = new Lbfgs(1e-9, 500).minimise(LbfgsTest::bowl, x -> {}, new double[20]);
    assertThat(minimum.largest()).isLessThanOrEqualTo(1e-9);
    assertThat(minimum.iterations()).isBetween(5, 200);
    for (int i = 0; i < 20; i++) {
      assertThat(minimum.point()[i]).isCloseTo(i, within(1e-8));
    }
  }

  /** With the Hessian's inverse, one step is enough. */
  @Test
  void whatIsKnownOfTheCurvatureHelps() {
    Lbfgs.Minimum minimum =
        new Lbfgs(1e-9, 500)
            .minimise(
                LbfgsTest::bowl,
                x -> Arrays.setAll(x, i -> x[i] / Math.pow(i + 1, 3)),
                new double[20]);
    assertThat(minimum.iterations()).isEqualTo(1);
  }

  @Test
  void saysWhereItEndedBefore() {
    Lbfgs.Minimum minimum = new Lbfgs(1e-9, 3).minimise(LbfgsTest::bowl, x -> {}, new double[20]);
    assertThat(minimum.iterations()).isEqualTo(3);
    assertThat(minimum.largest()).isGreaterThan(1e-9);
    assertThat(minimum.value()).isLessThan(bowl(new double[20], new double[20]));
  }

  @Test
  void theBottomIsLeftAlone() {
    double[] at = {0, 1, 2};
    Lbfgs.Minimum minimum = new Lbfgs(0, 9).minimise(LbfgsTest::bowl, x -> {}, at);
    assertThat(minimum.iterations()).isZero();
    assertThat(minimum.point()).containsExactly(at);
  }
}
