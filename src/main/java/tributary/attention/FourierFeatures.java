package tributary.attention;

import java.util.List;
import tributary.base.Invalid;

/**
 * Fourier position features of a grid (Jaegle et al. 2021, reference: fourier_features). Along an
 * axis of n elements positions p are -1 to 1, both included, evenly spaced; bands f are 1 to
 * resolution / 2, evenly spaced (not geometric). In DeepMind's order: [p of every axis, sin(pi f p)
 * of every axis and band, cos(pi f p) of every axis and band]. Computed in double.
 *
 * @param bands K, frequencies an axis
 * @param resolution of every axis: what the highest frequency is half of; as published the size of
 *     the grid that the model was trained on, whatever the grid at hand
 */
public record FourierFeatures(int bands, List<Integer> resolution) {
  /** Where the elements of a grid lie. */
  public enum Positions {
    /** -1 to 1, both included: element i of n at -1 + 2 i / (n - 1). */
    INCLUSIVE,
    /**
     * Element i of n at -1 + 2 i / n: what DeepMind's and Hugging Face's decoders give queries that
     * are a part of the grid, so that a grid decoded in parts differs from the same grid decoded
     * whole.
     */
    SUBSAMPLED
  }

  public FourierFeatures {
    if (bands < 1) {
      throw Invalid.argument("bands", bands, "at least 1");
    }
    resolution = List.copyOf(resolution);
    if (resolution.isEmpty() || resolution.stream().anyMatch(n -> n < 1)) {
      throw Invalid.argument("resolution", resolution, "a size >= 1 for each axis");
    }
  }

  /** Features of a grid whose resolution is its own size. */
  public static FourierFeatures of(int bands, List<Integer> shape) {
    return new FourierFeatures(bands, shape);
  }

  /** d (2 K + 1). */
  public int channels() {
    return resolution.size() * (2 * bands + 1);
  }

  /** Features of a whole grid, its last axis fastest: [elements, channels]. */
  public float[] grid(List<Integer> shape) {
    int n = elements(shape);
    int[] all = new int[n];
    for (int i = 0; i < n; i++) {
      all[i] = i;
    }
    return at(shape, all, Positions.INCLUSIVE);
  }

  /** Features of some elements of a grid, given by their row-major number: [indices, channels]. */
  public float[] at(List<Integer> shape, int[] indices, Positions positions) {
    int n = elements(shape);
    int d = shape.size();
    double[][] tables = new double[d][];
    for (int a = 0; a < d; a++) {
      tables[a] = axis(shape.get(a), 0, shape.get(a), resolution.get(a), positions);
    }
    float[] out = new float[Math.multiplyExact(indices.length, channels())];
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] < 0 || indices[i] >= n) {
        throw Invalid.argument("index", indices[i], "an element of the grid " + shape);
      }
      int rest = indices[i];
      for (int a = d - 1; a >= 0; a--) {
        copy(tables[a], rest % shape.get(a), out, i * channels(), a, d);
        rest /= shape.get(a);
      }
    }
    return out;
  }

  /**
   * Features of the elements [from, from + count) of a sequence of n elements, one axis: what
   * {@link #grid} gives them: [count, channels].
   */
  public float[] range(int n, int from, int count) {
    elements(List.of(n));
    if (from < 0 || count < 0 || from > n - count) {
      throw Invalid.argument(
          "range", "[" + from + ", " + (from + (long) count) + ")", "within " + n);
    }
    double[] table = axis(n, from, count, resolution.get(0), Positions.INCLUSIVE);
    float[] out = new float[Math.multiplyExact(count, channels())];
    for (int i = 0; i < count; i++) {
      copy(table, i, out, i * channels(), 0, 1);
    }
    return out;
  }

  /** Elements [from, from + count) of one axis: [count, p then sines then cosines]. */
  private double[] axis(int n, int from, int count, int resolution, Positions positions) {
    int width = 2 * bands + 1;
    double[] table = new double[count * width];
    for (int i = 0; i < count; i++) {
      double p =
          switch (positions) {
            case INCLUSIVE -> n == 1 ? -1 : -1 + 2.0 * (from + i) / (n - 1);
            case SUBSAMPLED -> -1 + 2.0 * (from + i) / n;
          };
      table[i * width] = p;
      for (int k = 0; k < bands; k++) {
        double f = bands == 1 ? 1 : 1 + k * (resolution / 2.0 - 1) / (bands - 1);
        table[i * width + 1 + k] = Math.sin(Math.PI * f * p);
        table[i * width + 1 + bands + k] = Math.cos(Math.PI * f * p);
      }
    }
    return table;
  }

  private void copy(double[] table, int row, float[] out, int at, int axis, int axes) {
    int from = row * (2 * bands + 1);
    out[at + axis] = (float) table[from];
    for (int k = 0; k < bands; k++) {
      out[at + axes + axis * bands + k] = (float) table[from + 1 + k];
      out[at + axes + (axes + axis) * bands + k] = (float) table[from + 1 + bands + k];
    }
  }

  private int elements(List<Integer> shape) {
    if (shape.size() != resolution.size() || shape.stream().anyMatch(n -> n < 1)) {
      throw Invalid.argument("grid", shape, resolution.size() + " axes, as resolution has");
    }
    return shape.stream().reduce(1, Math::multiplyExact);
  }
}
