package tributary.tokenize;

/**
 * Power spectrum of real samples by a radix-2 FFT in double, its factors by StrictMath: even
 * samples as real, odd ones as imaginary parts of half as many complex values, taken apart at the
 * end.
 */
final class Fft {
  private final int size;

  /** cos and -sin of 2 pi k / size; [size / 2]. */
  private final double[] cos;

  private final double[] sin;

  /** Places of the complex values; [size / 2]. */
  private final int[] reversed;

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
  }

  /** |X|^2 of bins 0 to size / 2; [size] samples -> [size / 2 + 1]. */
  void power(double[] samples, double[] power) {
    if (size == 1) {
      power[0] = samples[0] * samples[0];
      return;
    }
    int n = size / 2;
    double[] re = new double[n];
    double[] im = new double[n];
    for (int i = 0; i < n; i++) {
      re[reversed[i]] = samples[2 * i];
      im[reversed[i]] = samples[2 * i + 1];
    }
    transform(re, im);
    power[0] = (re[0] + im[0]) * (re[0] + im[0]);
    power[n] = (re[0] - im[0]) * (re[0] - im[0]);
    for (int k = 1; k < n; k++) {
      // X[k] = E[k] + w^k O[k]; E and O are the even and odd parts of the complex spectrum.
      double evenRe = (re[k] + re[n - k]) / 2;
      double evenIm = (im[k] - im[n - k]) / 2;
      double oddRe = (im[k] + im[n - k]) / 2;
      double oddIm = (re[n - k] - re[k]) / 2;
      double x = evenRe + cos[k] * oddRe - sin[k] * oddIm;
      double y = evenIm + cos[k] * oddIm + sin[k] * oddRe;
      power[k] = x * x + y * y;
    }
  }

  /** In place, from bit-reversed places. */
  private void transform(double[] re, double[] im) {
    for (int half = 1; half < re.length; half *= 2) {
      int stride = size / (2 * half);
      for (int block = 0; block < re.length; block += 2 * half) {
        for (int k = 0; k < half; k++) {
          int a = block + k;
          int b = a + half;
          double c = cos[k * stride];
          double s = sin[k * stride];
          double x = re[b] * c - im[b] * s;
          double y = re[b] * s + im[b] * c;
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
      }
    }
  }
}
