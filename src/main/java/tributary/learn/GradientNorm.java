package tributary.learn;

import tributary.base.Invalid;

/** The length of a gradient over all its parameters, and how a longer one than wanted is cut. */
public final class GradientNorm {
  private GradientNorm() {}

  /** The Euclidean norm of a vector [P], summed in double in a fixed order. */
  public static double of(float[] gradient) {
    return Math.sqrt(squares(gradient, 0, gradient.length));
  }

  /**
   * Scales a gradient [P] that is longer than `most` down to that length (Pascanu et al. 2013). A
   * gradient whose norm is NaN or infinite is left as it is: it has no direction, and who calls has
   * to look at what comes back and stop.
   *
   * @param most above 0; infinity cuts nothing
   * @return the norm before the cut, NaN or infinite where a value is
   */
  public static double clip(float[] gradient, double most) {
    if (!(most > 0)) {
      throw Invalid.argument("clip", most, "above 0");
    }
    double norm = of(gradient);
    if (norm > most && norm < Double.POSITIVE_INFINITY) {
      float scale = (float) (most / norm);
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= scale;
      }
    }
    return norm;
  }

  /** Eight sums side by side, for one sum waits for each addition; then a tree over the eight. */
  static double squares(float[] x, int begin, int end) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    int i = begin;
    for (; i + 8 <= end; i += 8) {
      a += (double) x[i] * x[i];
      b += (double) x[i + 1] * x[i + 1];
      c += (double) x[i + 2] * x[i + 2];
      d += (double) x[i + 3] * x[i + 3];
      e += (double) x[i + 4] * x[i + 4];
      f += (double) x[i + 5] * x[i + 5];
      g += (double) x[i + 6] * x[i + 6];
      h += (double) x[i + 7] * x[i + 7];
    }
    double rest = 0;
    for (; i < end; i++) {
      rest += (double) x[i] * x[i];
    }
    return (((a + b) + (c + d)) + ((e + f) + (g + h))) + rest;
  }
}
