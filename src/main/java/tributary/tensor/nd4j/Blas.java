package tributary.tensor.nd4j;

import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_full;

/**
 * OpenBLAS on views of chunks: a view is the address of its first element and the distance between
 * rows. One a workspace, for its pointers are moved from call to call; OpenBLAS itself may be
 * called by many threads at once.
 *
 * <p>On processors with AVX-512 OpenBLAS has kernels for small products (m n k up to a million)
 * that read operands where they lie; larger products are first copied into its own layout, which
 * costs up to half of the time where m is a group's 64 rows. So a product is cut into small ones
 * there, by its shape alone: the cut must be the same whatever else is computed.
 */
final class Blas {
  private static final Set<String> SMALL_KERNELS =
      Set.of("SkylakeX", "Cooperlake", "SapphireRapids");
  private static final String CORE = openblas_full.openblas_get_corename().getString();

  /** m n k of OpenBLAS's kernels for small products, at most. */
  private static final long SMALL = 1_000_000;

  /** Fewer rows at a time aren't worth it. */
  private static final int LEAST_ROWS = 4;

  /** Fewer terms at a time aren't worth it: the result is read and written for each. */
  private static final int LEAST_TERMS = 64;

  private final Window a = new Window();
  private final Window b = new Window();
  private final Window c = new Window();

  /** Whether products are cut into small ones here. */
  static boolean small() {
    return SMALL_KERNELS.contains(CORE);
  }

  /** c [m, n] = a [m, k] b [k, n], some rows at a time. */
  void times(int m, int n, int k, View left, View right, View result) {
    int rows = rowsAtATime(m, n, k);
    for (int i = 0; i < m; i += rows) {
      multiply(false, Math.min(rows, m - i), n, k, left.below(i), right, 0, result.below(i));
    }
  }

  private static int rowsAtATime(int m, int n, int k) {
    long most = SMALL / ((long) n * k);
    if (!small() || most >= m || most < LEAST_ROWS) {
      return m;
    }
    // Equal parts of a multiple of four.
    long parts = (m + most - 1) / most;
    long rows = ((m + parts - 1) / parts + 3) / 4 * 4;
    return (int) (rows <= most ? rows : most / 4 * 4);
  }

  /** c [m, n] = (c +) a [k, m]^T b [k, n], some terms of the sum at a time. */
  void transposedTimes(int m, int n, int k, View left, View right, View result, boolean add) {
    int terms = termsAtATime(m, n, k);
    for (int i = 0; i < k; i += terms) {
      multiply(
          true,
          m,
          n,
          Math.min(terms, k - i),
          left.below(i),
          right.below(i),
          i == 0 && !add ? 0 : 1,
          result);
    }
  }

  private static int termsAtATime(int m, int n, int k) {
    long most = SMALL / ((long) m * n);
    return !small() || most >= k || most < LEAST_TERMS ? k : (int) (most / 16 * 16);
  }

  private void multiply(
      boolean leftTransposed, int m, int n, int k, View left, View right, float beta, View result) {
    openblas_full.cblas_sgemm(
        openblas_full.CblasRowMajor,
        leftTransposed ? openblas_full.CblasTrans : openblas_full.CblasNoTrans,
        openblas_full.CblasNoTrans,
        m,
        n,
        k,
        1,
        a.at(left.address()),
        left.stride(),
        b.at(right.address()),
        right.stride(),
        beta,
        c.at(result.address()),
        result.stride());
  }

  /** b [n, m] = a [m, n]^T. */
  void transpose(int m, int n, View from, View to) {
    openblas_full.cblas_somatcopy(
        openblas_full.CblasRowMajor,
        openblas_full.CblasTrans,
        m,
        n,
        1,
        a.at(from.address()),
        from.stride(),
        b.at(to.address()),
        to.stride());
  }

  /** The first floats of a view's first row. */
  static void read(View from, float[] values) {
    try (Window window = new Window()) {
      window.at(from.address()).get(values);
    }
  }

  /**
   * Calls run on their caller's thread, in the whole process: OpenBLAS knows one number for all, so
   * another one would be everybody's.
   */
  static void oneThread() {
    openblas_full.openblas_set_num_threads(1);
  }

  /** Version and processor, such as `OpenBLAS 0.3.31 Cooperlake (small kernels)`. */
  static String describe() {
    String[] words = openblas_full.openblas_get_config().getString().trim().split("\\s+");
    return words[0]
        + " "
        + (words.length > 1 ? words[1] : "?")
        + " "
        + CORE
        + (small() ? " (small kernels)" : "");
  }

  /**
   * Rows in a chunk.
   *
   * @param address of the first element
   * @param stride floats from one row to the next
   */
  record View(long address, int stride) {
    /** From a later row on. */
    View below(int rows) {
      return new View(address + (long) rows * stride * Float.BYTES, stride);
    }
  }

  /** A pointer that can be moved. It owns nothing. */
  private static final class Window extends FloatPointer {
    Window at(long address) {
      this.address = address;
      return this;
    }
  }
}
