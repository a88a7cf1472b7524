package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogarithmTest {
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void hasTheBitsOfStrictMath(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      long exponent = 1 + random.nextInt(2046);
      check(Double.longBitsToDouble(exponent << 52 | random.nextLong() >>> 12));
      check(1 + random.nextGaussian() * Math.pow(2, -random.nextInt(53)));
    }
  }

  @Test
  void hasThemAtItsEdges() {
    double[] edges = {1, 2, 0.5, 1e-10, Math.sqrt(2), Math.sqrt(0.5), Double.MIN_NORMAL, 1e77};
    for (double edge : edges) {
      for (int ulps = -4; ulps <= 4; ulps++) {
        check(edge + ulps * Math.ulp(edge));
      }
    }
    check(Double.MAX_VALUE);
    assertThat(Logarithm.of(1)).isZero();
  }

  private static void check(double x) {
    if (x >= Double.MIN_NORMAL) {
      assertThat(Double.doubleToLongBits(Logarithm.of(x)))
          .as("ln %s", x)
          .isEqualTo(Double.doubleToLongBits(StrictMath.log(x)));
    }
  }
}
