package tributary.tokenize;

/**
 * Log-mel bands of a frame: the frame under a periodic Hann window of its own length, filled up
 * with zeros to the next power of two, |FFT|^2, summed under triangles of height 1 whose corners
 * are equally spaced from 0 to rate / 2 on HTK's mel scale, 2595 log10(1 + f / 700); then ln(max(x,
 * 1e-10)). A triangle so narrow that no bin lies in it gives ln(1e-10). No scaling by window,
 * length or triangle area. Constant; may be shared by threads.
 */
final class LogMel {
  private static final double FLOOR = 1e-10;

  private final Fft fft;
  private final int size;
  private final double[] window;

  /** First bin of each triangle; [bands]. */
  private final int[] first;

  /** Weights of the consecutive bins of each triangle; [bands][...]. */
  private final double[][] weights;

  LogMel(int rate, int frame, int bands) {
    this.size = frame == 1 ? 1 : Integer.highestOneBit(frame - 1) * 2;
    this.fft = new Fft(size);
    this.window = new double[frame];
    for (int i = 0; i < frame; i++) {
      window[i] = 0.5 - 0.5 * StrictMath.cos(2 * Math.PI * i / frame);
    }
    this.first = new int[bands];
    this.weights = new double[bands][];
    double top = mel(rate / 2.0);
    for (int band = 0; band < bands; band++) {
      double low = hertz(top * band / (bands + 1));
      double peak = hertz(top * (band + 1) / (bands + 1));
      double high = hertz(top * (band + 2) / (bands + 1));
      triangle(band, low, peak, high, (double) rate / size);
    }
  }

  private void triangle(int band, double low, double peak, double high, double spacing) {
    int from = (int) (low / spacing) + 1;
    int to = Math.min(size / 2, (int) (high / spacing));
    first[band] = from;
    weights[band] = new double[Math.max(0, to - from + 1)];
    for (int k = 0; k < weights[band].length; k++) {
      double f = (from + k) * spacing;
      weights[band][k] =
          Math.max(0, Math.min((f - low) / (peak - low), (high - f) / (high - peak)));
    }
  }

  private static double mel(double hertz) {
    return 2595 * StrictMath.log10(1 + hertz / 700);
  }

  private static double hertz(double mel) {
    return 700 * (StrictMath.pow(10, mel / 2595) - 1);
  }

  /** Arrays of one sound's frames; used by one thread. */
  Scratch scratch() {
    return new Scratch();
  }

  final class Scratch {
    /** The frame under the window, zeros after it; [size]. */
    private final double[] windowed = new double[size];

    private final double[] power = new double[size / 2 + 1];
    private final double[] re = new double[size / 2];
    private final double[] im = new double[size / 2];

    /** samples [frame] -> bands [at .. at + bands). */
    void write(float[] samples, float[] bands, int at) {
      for (int i = 0; i < window.length; i++) {
        windowed[i] = window[i] * samples[i];
      }
      fft.power(windowed, power, re, im);
      for (int band = 0; band < first.length; band++) {
        double[] triangle = weights[band];
        int from = first[band];
        double sum = 0;
        for (int k = 0; k < triangle.length; k++) {
          sum += triangle[k] * power[from + k];
        }
        bands[at + band] = (float) Logarithm.of(Math.max(sum, FLOOR));
      }
    }
  }
}
