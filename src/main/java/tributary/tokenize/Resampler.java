package tributary.tokenize;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import tributary.read.Rejected;

/**
 * Another sampling rate by windowed-sinc interpolation (Smith, "Digital Audio Resampling", 2002):
 * output n lies at input position n from / to, and N samples become ceil(N to / from). The kernel
 * is a sinc of {@link #CROSSINGS} zero crossings a side under a Kaiser window of 80 dB, its edge at
 * {@link #ROLLOFF} of the lower of the two Nyquist frequencies, so that aliases are suppressed and
 * frequencies below 0.84 of it pass. Weights sum to 1. Sound is zero before its start and after its
 * end. Memory depends on the rates alone; StrictMath makes the bits the same everywhere.
 */
final class Resampler implements Mono {
  private static final int CROSSINGS = 32;
  private static final double ROLLOFF = 0.92;
  private static final double BETA = 7.857;
  private static final int STEPS = 512;
  private static final int KEPT_WEIGHTS = 1 << 19;
  private static final int KEPT_PAIRS = 8;
  private static final double[][] NONE = {};

  /** JVM-wide, oldest first; at most 8 times 4 MiB. */
  private static final Map<String, double[][]> KEPT = new LinkedHashMap<>();

  private static final int CHUNK = 4096;

  /** Rates further apart come from broken headers, and cost memory or time without end. */
  private static final int MOST = 1024;

  /** Right half of the kernel, STEPS values a zero crossing; [CROSSINGS STEPS + 2]. */
  private static final double[] KERNEL = kernel();

  private final Mono source;
  private final int up;

  /** An output sample's distance from the one before, in input samples: whole + rest / up. */
  private final int whole;

  private final int rest;
  private final double scale;

  /** Input samples of an output sample, on each side of its position; a multiple of 4. */
  private final int half;

  /** Weights of each phase; empty where they are too many to be kept. */
  private final double[][] kept;

  private final double[] scratch;

  /** Input from position `start` on, zeros around it; [2 half + CHUNK]. */
  private final double[] window;

  /** What the source gave, before it is brought into the window. */
  private final float[] chunk;

  private long start;
  private int filled;

  /** Input samples there are; known only when the end has been met. */
  private long length = Long.MAX_VALUE;

  private long position;
  private int phase;

  private Resampler(Mono source, int from, int to) {
    int common = BigInteger.valueOf(from).gcd(BigInteger.valueOf(to)).intValueExact();
    this.source = source;
    this.up = to / common;
    int down = from / common;
    this.whole = down / up;
    this.rest = down % up;
    this.scale = Math.min(1, (double) to / from);
    this.half = 4 * (int) Math.ceil(CROSSINGS / scale / 4);
    this.kept = (long) up * 2 * half <= KEPT_WEIGHTS ? kept(up, down, scale, half) : NONE;
    this.scratch = new double[2 * half];
    this.window = new double[2 * half + CHUNK];
    this.chunk = new float[window.length];
    this.start = 1L - half;
    this.filled = half - 1;
  }

  /** The source at rate `to`: the source itself where that is its own rate. */
  static Mono of(Mono source, int from, int to) {
    if (from > (long) to * MOST || to > (long) from * MOST) {
      throw new Rejected(
          Rejected.Reason.CORRUPT_AUDIO,
          "rate " + from + " where the model has " + to + " (at most " + MOST + " times apart)");
    }
    return from == to ? source : new Resampler(source, from, to);
  }

  @Override
  public int read(float[] to, int at, int n) throws IOException {
    for (int i = 0; i < n; i++) {
      fill();
      if (position >= length) {
        return i;
      }
      double[] weights = weights();
      to[at + i] = (float) dot(weights, window, (int) (position - half + 1 - start));
      position += whole;
      boolean carried = phase >= up - rest;
      position += carried ? 1 : 0;
      phase += carried ? rest - up : rest;
    }
    return n;
  }

  /** Eight sums, so that the additions need not wait for each other. */
  private static double dot(double[] weights, double[] window, int from) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    for (int k = 0; k < weights.length; k += 8) {
      int at = from + k;
      a += weights[k] * window[at];
      b += weights[k + 1] * window[at + 1];
      c += weights[k + 2] * window[at + 2];
      d += weights[k + 3] * window[at + 3];
      e += weights[k + 4] * window[at + 4];
      f += weights[k + 5] * window[at + 5];
      g += weights[k + 6] * window[at + 6];
      h += weights[k + 7] * window[at + 7];
    }
    return ((a + e) + (b + f)) + ((c + g) + (d + h));
  }

  /** Brings input [position - half + 1, position + half] into the window. */
  private void fill() throws IOException {
    while (position + half >= start + filled) {
      int gone = (int) Math.min(filled, position - half + 1 - start);
      System.arraycopy(window, gone, window, 0, filled - gone);
      start += gone;
      filled -= gone;
      int wanted = window.length - filled;
      int read = length < Long.MAX_VALUE ? 0 : source.read(chunk, 0, wanted);
      for (int i = 0; i < read; i++) {
        window[filled + i] = chunk[i];
      }
      if (read < wanted && length == Long.MAX_VALUE) {
        length = start + filled + read;
      }
      Arrays.fill(window, filled + read, window.length, 0);
      filled = window.length;
    }
  }

  private double[] weights() {
    return kept.length == 0 ? weigh(scratch, (double) phase / up, scale, half) : kept[phase];
  }

  /** The weights of all phases between two rates: of the last few pairs they are still there. */
  private static double[][] kept(int up, int down, double scale, int half) {
    String pair = down + " to " + up;
    synchronized (KEPT) {
      double[][] known = KEPT.get(pair);
      if (known != null) {
        return known;
      }
    }
    double[][] made = new double[up][2 * half];
    for (int phase = 0; phase < up; phase++) {
      weigh(made[phase], (double) phase / up, scale, half);
    }
    synchronized (KEPT) {
      KEPT.put(pair, made);
      if (KEPT.size() > KEPT_PAIRS) {
        KEPT.remove(KEPT.keySet().iterator().next());
      }
    }
    return made;
  }

  /** Weights of the inputs at -half + 1 .. half from the position, which lies `beyond` 0. */
  private static double[] weigh(double[] weights, double beyond, double scale, int half) {
    double sum = 0;
    for (int k = 0; k < weights.length; k++) {
      double distance = Math.abs(k - half + 1 - beyond) * scale;
      double step = Math.min(distance, CROSSINGS) * STEPS;
      int floor = (int) step;
      weights[k] = KERNEL[floor] + (step - floor) * (KERNEL[floor + 1] - KERNEL[floor]);
      sum += weights[k];
    }
    for (int k = 0; k < weights.length; k++) {
      weights[k] /= sum;
    }
    return weights;
  }

  private static double[] kernel() {
    double[] kernel = new double[CROSSINGS * STEPS + 2];
    for (int i = 0; i < CROSSINGS * STEPS; i++) {
      double x = (double) i / STEPS;
      double angle = Math.PI * ROLLOFF * x;
      double sinc = i == 0 ? 1 : StrictMath.sin(angle) / angle;
      double edge = x / CROSSINGS;
      kernel[i] = sinc * bessel(BETA * Math.sqrt(1 - edge * edge)) / bessel(BETA);
    }
    return kernel;
  }

  /** The modified Bessel function I0 by its power series. */
  private static double bessel(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > sum * 1e-17; k++) {
      term *= x / (2 * k) * (x / (2 * k));
      sum += term;
    }
    return sum;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
