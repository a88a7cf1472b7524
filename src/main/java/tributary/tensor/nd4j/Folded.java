package tributary.tensor.nd4j;

import java.util.Arrays;
import tributary.tensor.Attention;
import tributary.tensor.Linear;
import tributary.tensor.Shape;

/**
 * Constant queries and the layers of keys and values in one, for inputs that are not projected:
 * scores are q_h W_k,h x, so the key layer is folded into the queries; what is attended to goes
 * through the value layer once, in place of every input. A bias of the keys adds the same to all
 * scores of a query and drops out, weights that add up to 1 leave the bias of the values as it is.
 * The same function in another order of rounding; each head's queries are queries of their own.
 * Made once, in double; shared by all threads.
 */
final class Folded implements AttentionKernel.Queries {
  private final int queries; // n
  private final int heads;
  private final int width; // w: channels of an input
  private final int e; // channels of a head's value
  private final float[][] looked; // [groups][blocks, w, a block's queries]
  private final float[][] values; // [heads][w, e]
  private final float[] bias; // [heads e]; 0 where there is none

  private Folded(
      int queries, int heads, int width, int e, float[][] looked, float[][] values, float[] bias) {
    this.queries = queries;
    this.heads = heads;
    this.width = width;
    this.e = e;
    this.looked = looked;
    this.values = values;
    this.bias = bias;
  }

  /**
   * Whether folding takes fewer operations for each input, by the shapes of the constants alone.
   * Heads of values and inputs must be whole vectors.
   *
   * @param q of the queries
   */
  static boolean saves(Shape q, Linear key, Linear value, int heads) {
    long n = q.rows();
    long width = key.inputs();
    long both = key.outputs() + (long) value.outputs();
    long apart = (width + n) * both;
    long folded = 2 * n * heads * width;
    return value.outputs() / heads % RowKernels.COLUMNS == 0
        && width % RowKernels.COLUMNS == 0
        && folded < apart;
  }

  static Folded of(NativeTensor q, Linear key, Linear value, int heads) {
    int n = q.shape().rows();
    int width = key.inputs();
    int d = key.outputs() / heads;
    int e = value.outputs() / heads;
    float[] k = NativeTensor.of(key.weight()).values();
    float[] v = NativeTensor.of(value.weight()).values();
    float[] all = q.values();
    float[][] looked = new float[q.shape().groups()][];
    for (int g = 0; g < looked.length; g++) {
      looked[g] = looked(all, g * n, n, heads, d, width, k);
    }
    float[][] transposed = new float[heads][width * e];
    for (int h = 0; h < heads; h++) {
      for (int i = 0; i < e; i++) {
        for (int c = 0; c < width; c++) {
          transposed[h][c * e + i] = v[(h * e + i) * width + c];
        }
      }
    }
    float[] bias =
        value.bias() == null ? new float[heads * e] : NativeTensor.of(value.bias()).values();
    return new Folded(n, heads, width, e, looked, transposed, bias);
  }

  /** One group's queries, head after head, as {@link AttentionKernel} reads them. */
  private static float[] looked(
      float[] q, int first, int n, int heads, int d, int width, float[] k) {
    int columns = AttentionKernel.width(heads * n);
    int blocks = (heads * n + columns - 1) / columns;
    float[] looked = new float[blocks * width * columns];
    double[] sums = new double[width];
    for (int h = 0; h < heads; h++) {
      for (int i = 0; i < n; i++) {
        Arrays.fill(sums, 0);
        for (int j = 0; j < d; j++) {
          double x = q[((first + i) * heads + h) * d + j];
          for (int c = 0; c < width; c++) {
            sums[c] += x * k[(h * d + j) * width + c];
          }
        }
        int query = h * n + i;
        int at = query / columns * width * columns + query % columns;
        for (int c = 0; c < width; c++) {
          looked[at + c * columns] = (float) sums[c];
        }
      }
    }
    return looked;
  }

  /** One head, and the scale of the heads that were folded. */
  Attention softmax(Attention attention) {
    return new Attention(1, attention.scale(), attention.fullyMasked());
  }

  @Override
  public int rows() {
    return heads * queries;
  }

  @Override
  public int channels() {
    return width;
  }

  @Override
  public float[] of(int group) {
    return looked[looked.length == 1 ? 0 : group];
  }

  /**
   * What the queries attended to, through the value layer.
   *
   * @param attended [heads n, w], divided by the sums of the weights
   * @param out [n, heads e]
   */
  void finish(RowKernels rows, float[] attended, float[] out) {
    int channels = heads * e;
    for (int h = 0; h < heads; h++) {
      rows.multiply(
          queries,
          e,
          width,
          Strided.ofRows(attended, h * queries * width, width),
          Strided.ofRows(values[h], 0, e),
          Strided.ofRows(out, h * e, channels),
          false);
    }
    rows.plus(out, bias, queries, channels, true);
  }
}
