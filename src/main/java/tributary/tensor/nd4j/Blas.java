package tributary.tensor.nd4j;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_full;

/**
 * OpenBLAS on views of chunks: a view is the address of its first element and the distance between
 * rows. One a workspace, for its pointers are moved from call to call; OpenBLAS itself may be
 * called by many threads at once.
 */
final class Blas {
  private final Window a = new Window();
  private final Window b = new Window();
  private final Window c = new Window();

  /** c [m, n] = alpha a [m, k] b [n, k]^T + beta c. */
  void timesTransposed(
      int m, int n, int k, float alpha, View left, View right, float beta, View result) {
    multiply(openblas_full.CblasTrans, m, n, k, alpha, left, right, beta, result);
  }

  /** c [m, n] = a [m, k] b [k, n]. */
  void times(int m, int n, int k, View left, View right, View result) {
    multiply(openblas_full.CblasNoTrans, m, n, k, 1, left, right, 0, result);
  }

  private void multiply(
      int transposed,
      int m,
      int n,
      int k,
      float alpha,
      View left,
      View right,
      float beta,
      View result) {
    openblas_full.cblas_sgemm(
        openblas_full.CblasRowMajor,
        openblas_full.CblasNoTrans,
        transposed,
        m,
        n,
        k,
        alpha,
        a.at(left.address()),
        left.stride(),
        b.at(right.address()),
        right.stride(),
        beta,
        c.at(result.address()),
        result.stride());
  }

  /** Threads of one call, for the whole JVM. */
  static void threads(int threads) {
    openblas_full.openblas_set_num_threads(threads);
  }

  /** Version and kernel, such as `OpenBLAS 0.3.31 SkylakeX`. */
  static String describe() {
    BytePointer config = openblas_full.openblas_get_config();
    BytePointer core = openblas_full.openblas_get_corename();
    String[] words = config.getString().trim().split("\\s+");
    return words[0] + " " + (words.length > 1 ? words[1] : "?") + " " + core.getString();
  }

  /**
   * Rows in a chunk.
   *
   * @param address of the first element
   * @param stride floats from one row to the next
   */
  record View(long address, int stride) {}

  /** A pointer that can be moved. It owns nothing. */
  private static final class Window extends FloatPointer {
    Window at(long address) {
      this.address = address;
      return this;
    }
  }
}
