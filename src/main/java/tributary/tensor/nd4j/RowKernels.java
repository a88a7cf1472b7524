package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;

/**
 * What is done with rows in a block on the heap, [rows, channels] from index 0 on. A row's result
 * depends on that row alone, a query's on its column alone. Immutable, shared by all threads.
 */
interface RowKernels {
  /** Queries come in multiples of it: the floats of the widest vector. */
  int COLUMNS = 16;

  /** For logs: vector width, or why there is none. */
  String describe();

  /** y = activation(y + bias). */
  void activate(float[] y, int rows, int channels, float @Nullable [] bias, Activation activation);

  /** y = y + bias + residual; residual [rows, channels]. */
  void plus(float[] y, float[] residual, int rows, int channels, float @Nullable [] bias);

  /** x = (x - mean) / sqrt(variance + epsilon) * weight + bias. */
  void normalize(float[] x, int rows, int channels, float[] weight, float[] bias, float epsilon);

  /**
   * scores [keys, queries] = exp(score - largest of the column); sums[at + query] = the sum of the
   * column. Where all scores are -infinity: ones if uniform, else zeros.
   *
   * @param queries a multiple of {@link #COLUMNS}
   */
  void exponentials(float[] scores, int keys, int queries, boolean uniform, float[] sums, int at);

  /** With the vector module where this JVM has it, else without; says so once. */
  static RowKernels best() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      return new VectorRows();
    }
    System.getLogger(RowKernels.class.getName())
        .log(
            System.Logger.Level.WARNING,
            "Row kernels run scalar, several times slower: this JVM has no module"
                + " jdk.incubator.vector (start it with --add-modules jdk.incubator.vector)");
    return new ScalarRows();
  }
}
