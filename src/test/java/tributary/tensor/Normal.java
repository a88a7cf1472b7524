package tributary.tensor;

import java.util.Random;

/** Values of a normal distribution around 0, by seed. */
public final class Normal {
  private Normal() {}

  /** The next n values of this deviation. */
  public static float[] values(int n, double deviation, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (deviation * random.nextGaussian());
    }
    return x;
  }

  /** The first n values of a seed. */
  public static float[] values(int n, double deviation, long seed) {
    return values(n, deviation, new Random(seed));
  }
}
