package tributary.encode;

import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;

/** Rows widened: on the heap, or where they are learnt by a layer that only moves channels. */
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

  /**
   * A layer that puts channels into wider rows, zeros beside them: each result is one value times 1
   * and so exact.
   *
   * @param width channels of the rows
   * @param from where they begin in a wide row
   * @param wide channels of a wide row
   */
  public static Linear placing(Scope scope, int width, int from, int wide) {
    float[] weight = new float[Math.multiplyExact(wide, width)]; // [wide, width]
    for (int c = 0; c < width; c++) {
      weight[(from + c) * width + c] = 1;
    }
    return new Linear(scope.upload(Shape.matrix(wide, width), weight, 0), null);
  }
}
