package tributary.tokenize;

/**
 * Power spectrum of real samples by an FFT in double, its factors by StrictMath: even samples as
 * real, odd ones as imaginary parts of half as many complex values, taken apart at the end. Two
 * levels of radix 2 are one pass of radix 4. Constant; may be shared by threads, each with its own
 * arrays.
 */
final class Fft {
  private final int size;

  /** cos and -sin of 2 pi k / size; [size / 2]. */
  private final double[] cos;

  private final double[] sin;

  /** Places of the complex values; [size / 2]. */
  private final int[] reversed;

  /** Of each pass, the factors of its butterflies k: those of 2 k, k and 3 k; [passes][h, 6]. */
  private final double[][] factors;

  /**
   * @param size a power of two
   */
  Fft(int size) {
    this.size = size;
    this.cos = new double[size / 2];
    this.sin = new double[size / 2];
    this.reversed = new int[size / 2];
    for (int k = 0; k < size / 2; k++) {
      cos[k] = StrictMath.cos(2 * Math.PI * k / size);
      sin[k] = -StrictMath.sin(2 * Math.PI * k / size);
    }
    int shift = Integer.numberOfLeadingZeros(size / 2) + 1;
    for (int i = 1; i < size / 2; i++) {
      reversed[i] = Integer.reverse(i) >>> shift;
    }
    int levels = Integer.numberOfTrailingZeros(Math.max(1, size / 2));
    this.factors = new double[levels / 2][];
    for (int pass = 0; pass < factors.length; pass++) {
      factors[pass] = factors(1 << (levels % 2 + 2 * pass));
    }
  }

  private double[] factors(int h) {
    double[] factors = new double[h * 6];
    int stride = size / (4 * h);
    for (int k = 0; k < h; k++) {
      for (int j = 0; j < 3; j++) {
        int angle = (j == 0 ? 2 : j == 1 ? 1 : 3) * k * stride; // below 3/4 of size
        boolean beyond = angle >= size / 2;
        int at = beyond ? angle - size / 2 : angle;
        factors[k * 6 + 2 * j] = beyond ? -cos[at] : cos[at];
        factors[k * 6 + 2 * j + 1] = beyond ? -sin[at] : sin[at];
      }
    }
    return factors;
  }

  /** |X|^2 of bins 0 to size / 2; [size] samples -> [size / 2 + 1]; re and im are scratch. */
  void power(double[] samples, double[] power, double[] re, double[] im) {
    if (size == 1) {
      power[0] = samples[0] * samples[0];
      return;
    }
    int n = size / 2;
    for (int i = 0; i < n; i++) {
      int to = reversed[i];
      re[to] = samples[2 * i];
      im[to] = samples[2 * i + 1];
    }
    transform(re, im, n);
    power[0] = (re[0] + im[0]) * (re[0] + im[0]);
    power[n] = (re[0] - im[0]) * (re[0] - im[0]);
    for (int k = 1; k <= n - k; k++) {
      // X[k] = E[k] + w^k O[k], X[n - k] is the conjugate of E[k] - w^k O[k]; E and O are the even
      // and odd parts of the complex spectrum.
      double evenRe = (re[k] + re[n - k]) / 2;
      double evenIm = (im[k] - im[n - k]) / 2;
      double oddRe = (im[k] + im[n - k]) / 2;
      double oddIm = (re[n - k] - re[k]) / 2;
      double x = cos[k] * oddRe - sin[k] * oddIm;
      double y = cos[k] * oddIm + sin[k] * oddRe;
      power[n - k] = (evenRe - x) * (evenRe - x) + (evenIm - y) * (evenIm - y);
      power[k] = (evenRe + x) * (evenRe + x) + (evenIm + y) * (evenIm + y);
    }
  }

  /** In place, from bit-reversed places. */
  private void transform(double[] re, double[] im, int n) {
    int h = 1;
    if (Integer.numberOfTrailingZeros(n) % 2 == 1) {
      for (int a = 0; a < n; a += 2) {
        double x = re[a + 1];
        double y = im[a + 1];
        re[a + 1] = re[a] - x;
        im[a + 1] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
      h = 2;
    }
    for (double[] pass : factors) {
      if (h == 1) {
        first(re, im, n);
      } else {
        pass(re, im, n, h, pass);
      }
      h *= 4;
    }
  }

  /** The pass of h = 1, whose factors are 1. */
  private static void first(double[] re, double[] im, int n) {
    for (int a = 0; a < n; a += 4) {
      double sumRe = re[a] + re[a + 1];
      double sumIm = im[a] + im[a + 1];
      double differenceRe = re[a] - re[a + 1];
      double differenceIm = im[a] - im[a + 1];
      double laterRe = re[a + 2] + re[a + 3];
      double laterIm = im[a + 2] + im[a + 3];
      double turnedRe = im[a + 2] - im[a + 3];
      double turnedIm = re[a + 3] - re[a + 2];
      re[a] = sumRe + laterRe;
      im[a] = sumIm + laterIm;
      re[a + 1] = differenceRe + turnedRe;
      im[a + 1] = differenceIm + turnedIm;
      re[a + 2] = sumRe - laterRe;
      im[a + 2] = sumIm - laterIm;
      re[a + 3] = differenceRe - turnedRe;
      im[a + 3] = differenceIm - turnedIm;
    }
  }

  private static void pass(double[] re, double[] im, int n, int h, double[] factors) {
    for (int block = 0; block < n; block += 4 * h) {
      for (int k = 0; k < h; k++) {
        int a = block + k;
        int b = a + h;
        int c = b + h;
        int d = c + h;
        int f = 6 * k;
        double bRe = re[b] * factors[f] - im[b] * factors[f + 1];
        double bIm = re[b] * factors[f + 1] + im[b] * factors[f];
        double cRe = re[c] * factors[f + 2] - im[c] * factors[f + 3];
        double cIm = re[c] * factors[f + 3] + im[c] * factors[f + 2];
        double dRe = re[d] * factors[f + 4] - im[d] * factors[f + 5];
        double dIm = re[d] * factors[f + 5] + im[d] * factors[f + 4];
        double sumRe = re[a] + bRe;
        double sumIm = im[a] + bIm;
        double differenceRe = re[a] - bRe;
        double differenceIm = im[a] - bIm;
        double laterRe = cRe + dRe;
        double laterIm = cIm + dIm;
        double turnedRe = cIm - dIm;
        double turnedIm = dRe - cRe;
        re[a] = sumRe + laterRe;
        im[a] = sumIm + laterIm;
        re[b] = differenceRe + turnedRe;
        im[b] = differenceIm + turnedIm;
        re[c] = sumRe - laterRe;
        im[c] = sumIm - laterIm;
        re[d] = differenceRe - turnedRe;
        im[d] = differenceIm - turnedIm;
      }
    }
  }
}
