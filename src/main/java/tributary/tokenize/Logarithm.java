package tributary.tokenize;

/**
 * The natural logarithm to the bits of {@link StrictMath#log}, by its algorithm (fdlibm's
 * __ieee754_log: x = 2^k (1 + f), log(1 + f) = f - s (f - R) with s = f / (2 + f)), without the
 * call of native code that StrictMath is: a sound takes one per band and frame.
 */
final class Logarithm {
  private static final double LN2_HIGH = 6.93147180369123816490e-01;
  private static final double LN2_LOW = 1.90821492927058770002e-10;
  private static final double L1 = 6.666666666666735130e-01;
  private static final double L2 = 3.999999999940941908e-01;
  private static final double L3 = 2.857142874366239149e-01;
  private static final double L4 = 2.222219843214978396e-01;
  private static final double L5 = 1.818357216161805012e-01;
  private static final double L6 = 1.531383769920937332e-01;
  private static final double L7 = 1.479819860511658591e-01;

  private Logarithm() {}

  /**
   * ln x.
   *
   * @param x positive, normal and finite
   */
  static double of(double x) {
    long bits = Double.doubleToRawLongBits(x);
    int high = (int) (bits >>> 32);
    int fraction = high & 0xFFFFF;
    int above = fraction + 0x95F64 & 0x100000; // 1 + f is at least sqrt(2): halved
    double k = (high >> 20) - 1023 + (above >> 20);
    double f =
        Double.longBitsToDouble((long) (fraction | above ^ 0x3FF00000) << 32 | bits & 0xFFFFFFFFL)
            - 1;
    if ((0xFFFFF & 2 + fraction) < 3) { // |f| < 2^-20
      double r = f * f * (0.5 - 0.33333333333333333 * f);
      return k == 0 ? f - r : k * LN2_HIGH - (r - k * LN2_LOW - f);
    }
    double s = f / (2 + f);
    double z = s * s;
    double w = z * z;
    double even = w * (L2 + w * (L4 + w * L6));
    double odd = z * (L1 + w * (L3 + w * (L5 + w * L7)));
    double r = odd + even;
    if ((fraction - 0x6147A | 0x6B851 - fraction) > 0) {
      double half = 0.5 * f * f;
      return k == 0
          ? f - (half - s * (half + r))
          : k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f);
    }
    return k == 0 ? f - s * (f - r) : k * LN2_HIGH - (s * (f - r) - k * LN2_LOW - f);
  }
}
