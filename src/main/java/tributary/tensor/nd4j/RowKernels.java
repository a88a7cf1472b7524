package tributary.tensor.nd4j;

/**
 * What is done with rows in a block on the heap, [rows, channels] from index 0 on. A row's result
 * depends on that row alone, a query's on its column alone. Immutable, shared by all threads.
 */
interface RowKernels {
  /** Queries come in multiples of it: the floats of the widest vector. */
  int COLUMNS = 16;

  /** For logs: vector width, or why there is none. */
  String describe();

  /** What going back takes beside these. */
  BackwardKernels backward();

  /** y = y + other; other [rows, channels], or [1, channels] for all rows. */
  void plus(float[] y, float[] other, int rows, int channels, boolean sameRow);

  /** to[place + i] = factor from[at + i]; the arrays may be one, the places too. */
  void scale(float[] from, int at, float[] to, int place, int floats, float factor);

  /** x = (x - mean) / sqrt(variance + epsilon) * weight + bias. */
  void normalize(float[] x, int rows, int channels, float[] weight, float[] bias, float epsilon);

  /**
   * Online softmax of a block of scores [keys, queries], a query a column: scores become exp(scale
   * (score - shift)), totals become the sum of the weights so far. A shift begins as -infinity, is
   * then a column's largest score, and moves where a later one is much larger.
   *
   * @param queries a multiple of {@link #COLUMNS}
   * @param shrink [queries]: exp(scale (shift before - shift now)), by which earlier weights are to
   *     be multiplied; totals have been
   * @param at where the columns' places in shifts and totals begin
   * @return whether no shift has moved: shrink is 1 throughout then
   */
  boolean exponentials(
      float[] scores,
      int keys,
      int queries,
      double scale,
      float[] shifts,
      double[] totals,
      float[] shrink,
      int at);

  /**
   * {@link #exponentials(float[], int, int, double, float[], double[], float[], int)} where key j
   * counts as w_j keys: scores become w_j exp(scale (score_j - shift)), a shift is a column's
   * largest score_j + ln(w_j) / scale. Weights of 1 change no bit.
   *
   * @param factors of the group's keys
   * @param first the key of the first row
   */
  boolean exponentials(
      float[] scores,
      int keys,
      int queries,
      double scale,
      KeyFactors factors,
      int first,
      float[] shifts,
      double[] totals,
      float[] shrink,
      int at);

  /**
   * A product of arrays: c [m, n] = a [m, k] b [k, n], or c + that. Each element of a b is one
   * chain of fused multiply-adds from 0 on in the order of k, the same bits in every
   * implementation.
   *
   * @param n a multiple of {@link #COLUMNS}
   * @param b its rows are contiguous
   * @param c its rows are contiguous
   */
  void multiply(int m, int n, int k, Strided a, Strided b, Strided c, boolean add);

  /** Loads the classes that the first calls need. */
  default void open() {
    float[] row = new float[COLUMNS];
    normalize(row, 1, COLUMNS, row.clone(), row.clone(), 1);
    exponentials(row, 1, COLUMNS, 1, row.clone(), new double[COLUMNS], row.clone(), 0);
    Strided one = Strided.ofRows(row, 0, COLUMNS);
    multiply(1, COLUMNS, 1, one, one, Strided.ofRows(row.clone(), 0, COLUMNS), false);
  }

  /** With the vector module where this JVM has it, else without; says so once. */
  static RowKernels best() {
    if (VectorModule.load()) {
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
