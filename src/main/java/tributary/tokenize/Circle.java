package tributary.tokenize;

/**
 * Sine and cosine of 2 pi times a part of a turn, by the polynomials of fdlibm's kernels on an
 * eighth of a turn: within two roundings of a double, the same bits everywhere. In turns nothing is
 * lost where the angle is brought into the eighth, and one reduction serves both.
 */
final class Circle {
  private static final double S1 = -1.66666666666666324348e-01;
  private static final double S2 = 8.33333333332248946124e-03;
  private static final double S3 = -1.98412698298579493134e-04;
  private static final double S4 = 2.75573137070700676789e-06;
  private static final double S5 = -2.50507602534068634195e-08;
  private static final double S6 = 1.58969099521155010221e-10;
  private static final double C1 = 4.16666666666666019037e-02;
  private static final double C2 = -1.38888888888741095749e-03;
  private static final double C3 = 2.48015872894767294178e-05;
  private static final double C4 = -2.75573143513906633035e-07;
  private static final double C5 = 2.08757232129817482790e-09;
  private static final double C6 = -1.13596475577881948265e-11;

  /** Added and taken away again, it leaves a double of at most 2^51 rounded to a whole number. */
  private static final double ROUNDER = 0x1.8p52;

  private static final double MOST = 0x1p51;

  private Circle() {}

  /**
   * What is left of t after whole periods, from about -1/2 to 1/2 of one, exact.
   *
   * @param period positive, finite
   */
  static double remainder(double t, double period) {
    double turns = t / period;
    if (!(Math.abs(turns) < MOST)) {
      return t % period;
    }
    // A period more or less, where the quotient's rounding decided, is the same point in time. The
    // remainder has the digits of t or of the period, so that one rounding leaves it exact.
    return Math.fma(-(turns + ROUNDER - ROUNDER), period, t);
  }

  /** to[at] = sin(2 pi turns), to[at + 1] = cos(2 pi turns), rounded; turns in [-1, 1]. */
  static void write(double turns, float[] to, int at) {
    double quarters = turns * 4 + ROUNDER - ROUNDER;
    double x = 2 * Math.PI * (turns - quarters * 0.25);
    double z = x * x;
    double sin = x + x * z * (S1 + z * (S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))));
    double half = 0.5 * z;
    double w = 1 - half;
    double tail = z * z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))));
    double cos = w + (1 - w - half + tail);
    int quarter = (int) quarters & 3;
    double first = (quarter & 1) == 0 ? sin : cos;
    double second = (quarter & 1) == 0 ? cos : sin;
    to[at] = (float) (quarter < 2 ? first : -first);
    to[at + 1] = (float) (quarter == 0 || quarter == 3 ? second : -second);
  }
}
