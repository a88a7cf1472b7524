package tributary.tensor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How far a float32 result may be from the oracle's: the rounding of a sum grows with its length.
 */
public final class Tolerance {
  /** Distance from 1 to the next float. */
  private static final double ULP = Math.ulp(1f);

  private final double absolute;

  private Tolerance(double absolute) {
    this.absolute = absolute;
  }

  /** For values that are stored and read, or computed by one rounding: equal bits. */
  public static Tolerance exact() {
    return new Tolerance(0);
  }

  /** For a sum of n terms of at most the size `term`, in any order: 4 roundings + one a term. */
  public static Tolerance sum(int n, double term) {
    return new Tolerance(ULP * (4 + Math.sqrt(n)) * Math.sqrt(n) * term);
  }

  /** For a chain of a few roundings of values of at most this size. */
  public static Tolerance roundings(int count, double size) {
    return new Tolerance(ULP * count * size);
  }

  public double absolute() {
    return absolute;
  }

  /** Fails with the place, both values and the distance of the worst pair. */
  public void check(String what, float[] actual, float[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    int worst = -1;
    double distance = 0;
    for (int i = 0; i < actual.length; i++) {
      double error = Math.abs((double) actual[i] - expected[i]);
      if (!(error <= distance)) {
        worst = i;
        distance = error;
      }
    }
    assertThat(distance)
        .as(
            "%s: [%d] is %s, expected %s",
            what, worst, worst < 0 ? "-" : actual[worst], worst < 0 ? "-" : expected[worst])
        .isLessThanOrEqualTo(absolute);
  }
}
