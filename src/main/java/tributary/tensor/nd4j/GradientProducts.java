package tributary.tensor.nd4j;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_full;

/**
 * The products of going back through a layer, by the OpenBLAS that ND4J brings, on one thread. Their
 * bits follow from operands and shapes. Owns nothing; for one thread.
 */
final class GradientProducts {
  private final Window a = new Window();
  private final Window b = new Window();
  private final Window c = new Window();

  /** dx [rows, in] = dy [rows, out] w [out, in], by addresses. */
  void input(int rows, int in, int out, long dy, long w, long dx) {
    run(openblas_full.CblasNoTrans, rows, in, out, dy, out, w, 0, dx);
  }

  /** sum [out, in] = sum + dy^T x, dy [rows, out], x [rows, in], by addresses. */
  void weight(int rows, int in, int out, long dy, long x, long sum) {
    run(openblas_full.CblasTrans, out, in, rows, dy, out, x, 1, sum);
  }

  private void run(
      int transposed, int m, int n, int k, long left, int stride, long right, float beta, long to) {
    openblas_full.cblas_sgemm(
        openblas_full.CblasRowMajor,
        transposed,
        openblas_full.CblasNoTrans,
        m,
        n,
        k,
        1,
        a.at(left),
        stride,
        b.at(right),
        n,
        beta,
        c.at(to),
        n);
  }

  /** A pointer that can be moved. It owns nothing. */
  private static final class Window extends FloatPointer {
    Window at(long to) {
      this.address = to;
      return this;
    }
  }
}
