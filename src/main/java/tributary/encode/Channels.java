package tributary.encode;

/** Rows on the heap, widened. */
public final class Channels {
  private Channels() {}

  /** Every token [n, width] followed by the same padding. */
  public static float[] repeat(float[] tokens, int width, float[] padding) {
    int n = tokens.length / width;
    float[] all = new float[Math.multiplyExact(n, width + padding.length)];
    for (int i = 0; i < n; i++) {
      int at = i * (width + padding.length);
      System.arraycopy(tokens, i * width, all, at, width);
      System.arraycopy(padding, 0, all, at + width, padding.length);
    }
    return all;
  }

  /** Rows [n, a] and [n, b] beside each other: [n, a + b]. */
  public static float[] join(float[] x, int a, float[] y, int b) {
    int n = x.length / a;
    float[] out = new float[Math.multiplyExact(n, a + b)];
    for (int i = 0; i < n; i++) {
      System.arraycopy(x, i * a, out, i * (a + b), a);
      System.arraycopy(y, i * b, out, i * (a + b) + a, b);
    }
    return out;
  }
}
