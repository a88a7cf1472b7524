package tributary.tokenize;

/** Power spectrum of real samples by a radix-2 FFT in double, its factors by StrictMath. */
final class Fft {
  private final int size;

  /** cos and -sin of 2 pi k / size; [size / 2]. */
  private final double[] cos;

  private final double[] sin;

  private final int[] reversed;

  /**
   * @param size a power of two
   */
  Fft(int size) {
    this.size = size;
    this.cos = new double[size / 2];
    this.sin = new double[size / 2];
    this.reversed = new int[size];
    for (int k = 0; k < size / 2; k++) {
      cos[k] = StrictMath.cos(2 * Math.PI * k / size);
      sin[k] = -StrictMath.sin(2 * Math.PI * k / size);
    }
    int shift = Integer.numberOfLeadingZeros(size) + 1;
    for (int i = 1; i < size; i++) {
      reversed[i] = Integer.reverse(i) >>> shift;
    }
  }

  /** |X|^2 of bins 0 to size / 2; [size] samples -> [size / 2 + 1]. */
  void power(double[] samples, double[] power) {
    double[] re = new double[size];
    double[] im = new double[size];
    for (int i = 0; i < size; i++) {
      re[reversed[i]] = samples[i];
    }
    for (int half = 1; half < size; half *= 2) {
      int stride = size / (2 * half);
      for (int block = 0; block < size; block += 2 * half) {
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
    for (int k = 0; k <= size / 2; k++) {
      power[k] = re[k] * re[k] + im[k] * im[k];
    }
  }
}
