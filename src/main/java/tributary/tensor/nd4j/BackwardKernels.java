package tributary.tensor.nd4j;

import tributary.tensor.Activation;

/**
 * What going back does with rows in a block on the heap, [rows, channels] from index 0 on, beside
 * {@link RowKernels}. Sums over rows run in float within a call, a block that fits the cache, and
 * are added in double from call to call: their bits follow from how rows are cut into blocks, which
 * follows from shapes alone. Immutable, shared by all threads.
 */
interface BackwardKernels {
  /** sums[c] = sums[c] + the sum over rows of x[r, c]. */
  void columnSums(float[] x, int rows, int channels, double[] sums);

  /**
   * Backward of {@link RowKernels#normalize}: dy becomes the gradient by x.
   *
   * @param x what was normalised
   * @param byWeight [channels]: the sum over rows of dy z is added to it
   * @param byBias [channels]: the sum over rows of dy is added to it
   */
  void normalize(
      float[] dy,
      float[] x,
      int rows,
      int channels,
      float[] weight,
      float epsilon,
      double[] byWeight,
      double[] byBias);

  /** x = activation(x): RELU, SQUARED_RELU, GELU or GELU_TANH. */
  void activate(Activation activation, float[] x, int floats);

  /**
   * dy = dy times the derivative.
   *
   * @param at as {@link tributary.tensor.Gradients#activation} takes it
   */
  void activation(Activation activation, float[] dy, float[] at, int floats);

  /**
   * Backward of (1 + scale) x + shift: dy becomes the gradient by x.
   *
   * @param scales [channels]
   * @param sums [2 channels]: the sums over rows of dy x, then those of dy, are added to it
   */
  void modulate(float[] dy, float[] x, int rows, int channels, float[] scales, double[] sums);

  /**
   * sums[at + q] = shrink[q] sums[at + q] + the sum over keys of weights[key, q] slopes[key, q].
   *
   * @param queries a multiple of {@link RowKernels#COLUMNS}
   */
  void dots(
      float[] weights,
      float[] slopes,
      int keys,
      int queries,
      float[] shrink,
      double[] sums,
      int at);

  /**
   * Backward of softmax, a query a column: weights become shares, weights[key, q] inverse[q]; what
   * the loss changes by shares becomes what it changes by products of queries and keys: slopes =
   * scale share (slope - mean[q]).
   *
   * @param queries a multiple of {@link RowKernels#COLUMNS}
   */
  void softmax(
      float[] weights,
      float[] slopes,
      int keys,
      int queries,
      float[] inverse,
      float[] means,
      float scale);
}
