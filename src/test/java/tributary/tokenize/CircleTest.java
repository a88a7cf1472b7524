package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CircleTest {
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void isSineAndCosineToARoundingOfAFloat(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      check(random.nextDouble() * 2 - 1);
      check((random.nextInt(17) - 8) / 8.0 + random.nextGaussian() * Math.pow(2, -i % 60));
    }
  }

  @Test
  void quartersAreExact() {
    float[] expected = {0, 1, 1, 0, 0, -1, -1, 0, 0, 1};
    float[] found = new float[10];
    for (int quarter = 0; quarter <= 4; quarter++) {
      Circle.write(quarter / 4.0, found, 2 * quarter);
    }
    for (int i = 0; i < 10; i++) {
      assertThat(found[i] + 0f).isEqualTo(expected[i]); // -0 is 0
    }
  }

  private static void check(double turns) {
    if (Math.abs(turns) > 1) {
      return;
    }
    float[] found = new float[2];
    Circle.write(turns, found, 0);
    double angle = turns * 2 * Math.PI;
    double off = Math.abs(angle) * Math.ulp(1.0); // of the angle, which turns haven't
    double sin = StrictMath.sin(angle);
    double cos = StrictMath.cos(angle);
    assertThat(Math.abs(found[0] - sin))
        .as("sin of %s turns", turns)
        .isLessThanOrEqualTo(Math.ulp((float) sin) * 0.5000001 + off);
    assertThat(Math.abs(found[1] - cos))
        .as("cos of %s turns", turns)
        .isLessThanOrEqualTo(Math.ulp((float) cos) * 0.5000001 + off);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void theRemainderIsExact(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      double period = Math.abs(random.nextGaussian()) * Math.pow(10, random.nextInt(8) - 3) + 1e-9;
      double t = random.nextGaussian() * Math.pow(10, random.nextInt(24) - 6);
      if (i % 3 == 0) {
        t = period * (random.nextInt(2000) - 1000) / 2; // halves, where rounding decides
      }
      double left = Circle.remainder(t, period);
      assertThat(Math.abs(left)).isLessThan(period);
      BigDecimal rest =
          new BigDecimal(t).subtract(new BigDecimal(left)).remainder(new BigDecimal(period));
      assertThat(rest.signum()).as("%s after periods of %s: %s", t, period, left).isZero();
    }
    assertThat(Circle.remainder(Double.POSITIVE_INFINITY, 1)).isNaN();
    assertThat(Circle.remainder(1e300, 0.1)).isEqualTo(1e300 % 0.1);
  }
}
