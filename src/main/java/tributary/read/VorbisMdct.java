package tributary.read;

/**
 * The inverse MDCT of blocks of 2 n samples, as a DCT-IV by a Fourier transform of n / 2 complex
 * numbers (Stockham's, radix 4). Half of a block mirrors the other, so n values tell all.
 * Immutable, shared by threads; who calls brings the scratch.
 */
final class VorbisMdct {
  private final int n;

  /** exp(-i pi (8 k + 1) / 8 n); [n / 2]. */
  private final float[] turnRe;

  private final float[] turnIm;

  /** exp(-2 pi i k / (n / 2)); [n / 2]. */
  private final float[] rootRe;

  private final float[] rootIm;

  /**
   * @param n values of a spectrum, a power of 2 from 4 on
   */
  VorbisMdct(int n) {
    this.n = n;
    int half = n / 2;
    this.turnRe = new float[half];
    this.turnIm = new float[half];
    this.rootRe = new float[half];
    this.rootIm = new float[half];
    for (int k = 0; k < half; k++) {
      double turn = -Math.PI * (8 * k + 1) / (8.0 * n);
      turnRe[k] = (float) StrictMath.cos(turn);
      turnIm[k] = (float) StrictMath.sin(turn);
      double root = -2 * Math.PI * k / half;
      rootRe[k] = (float) StrictMath.cos(root);
      rootIm[k] = (float) StrictMath.sin(root);
    }
  }

  /**
   * Sum over k of spectrum[k] cos(pi / n (i + 1/2) (k + 1/2)), for each i, in place.
   *
   * @param spectrum [n]
   * @param scratch four arrays; [4, n / 2]
   */
  void dct4(float[] spectrum, float[][] scratch) {
    int half = n / 2;
    float[] re = scratch[0];
    float[] im = scratch[1];
    for (int k = 0; k < half; k++) {
      float a = spectrum[2 * k];
      float b = spectrum[n - 1 - 2 * k];
      re[k] = a * turnRe[k] - b * turnIm[k];
      im[k] = a * turnIm[k] + b * turnRe[k];
    }
    float[] toRe = scratch[2];
    float[] toIm = scratch[3];
    int length = half;
    int stride = 1;
    for (; length > 1; ) {
      if (length >= 4) {
        four(length, stride, re, im, toRe, toIm);
        length /= 4;
        stride *= 4;
      } else {
        two(stride, re, im, toRe, toIm);
        length = 1;
      }
      float[] swap = re;
      re = toRe;
      toRe = swap;
      swap = im;
      im = toIm;
      toIm = swap;
    }
    for (int k = 0; k < half; k++) {
      spectrum[2 * k] = re[k] * turnRe[k] - im[k] * turnIm[k];
      spectrum[n - 1 - 2 * k] = -(re[k] * turnIm[k] + im[k] * turnRe[k]);
    }
  }

  private void four(int length, int stride, float[] re, float[] im, float[] toRe, float[] toIm) {
    int quarter = length / 4;
    int apart = quarter * stride;
    for (int p = 0; p < quarter; p++) {
      int root = p * stride;
      float w1Re = rootRe[root];
      float w1Im = rootIm[root];
      float w2Re = rootRe[2 * root];
      float w2Im = rootIm[2 * root];
      float w3Re = rootRe[3 * root];
      float w3Im = rootIm[3 * root];
      int to = 4 * root;
      for (int from = root; from < root + stride; from++, to++) {
        float sumRe = re[from] + re[from + 2 * apart];
        float sumIm = im[from] + im[from + 2 * apart];
        float differenceRe = re[from] - re[from + 2 * apart];
        float differenceIm = im[from] - im[from + 2 * apart];
        float oddRe = re[from + apart] + re[from + 3 * apart];
        float oddIm = im[from + apart] + im[from + 3 * apart];
        float turnedRe = im[from + 3 * apart] - im[from + apart]; // i (b - d)
        float turnedIm = re[from + apart] - re[from + 3 * apart];
        toRe[to] = sumRe + oddRe;
        toIm[to] = sumIm + oddIm;
        float aRe = differenceRe - turnedRe;
        float aIm = differenceIm - turnedIm;
        toRe[to + stride] = aRe * w1Re - aIm * w1Im;
        toIm[to + stride] = aRe * w1Im + aIm * w1Re;
        float bRe = sumRe - oddRe;
        float bIm = sumIm - oddIm;
        toRe[to + 2 * stride] = bRe * w2Re - bIm * w2Im;
        toIm[to + 2 * stride] = bRe * w2Im + bIm * w2Re;
        float cRe = differenceRe + turnedRe;
        float cIm = differenceIm + turnedIm;
        toRe[to + 3 * stride] = cRe * w3Re - cIm * w3Im;
        toIm[to + 3 * stride] = cRe * w3Im + cIm * w3Re;
      }
    }
  }

  private static void two(int stride, float[] re, float[] im, float[] toRe, float[] toIm) {
    for (int i = 0; i < stride; i++) {
      toRe[i] = re[i] + re[i + stride];
      toIm[i] = im[i] + im[i + stride];
      toRe[i + stride] = re[i] - re[i + stride];
      toIm[i + stride] = im[i] - im[i + stride];
    }
  }
}
