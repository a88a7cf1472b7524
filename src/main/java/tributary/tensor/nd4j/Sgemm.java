package tributary.tensor.nd4j;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_full;

/**
 * The product of two n x n matrices by ND4J's OpenBLAS and nothing around it: what the kernels are
 * measured against. On one thread where a backend is open. Owns its memory; for one thread.
 */
public final class Sgemm implements AutoCloseable {
  private final int n;
  private final FloatPointer a;
  private final FloatPointer b;
  private final FloatPointer c;

  /**
   * @param left [n, n]
   * @param right [n, n]
   */
  public Sgemm(int n, float[] left, float[] right) {
    this.n = n;
    a = new FloatPointer(left);
    b = new FloatPointer(right);
    c = new FloatPointer((long) n * n);
  }

  /** Computes left * right. */
  public void run() {
    openblas_full.cblas_sgemm(
        openblas_full.CblasRowMajor,
        openblas_full.CblasNoTrans,
        openblas_full.CblasNoTrans,
        n,
        n,
        n,
        1,
        a,
        n,
        b,
        n,
        0,
        c,
        n);
  }

  /** The result [n, n]. */
  public float[] result() {
    float[] values = new float[n * n];
    c.get(values);
    return values;
  }

  @Override
  public void close() {
    a.close();
    b.close();
    c.close();
  }
}
