package tributary.tensor.nd4j;

import org.bytedeco.openblas.global.openblas_full;

/** What is set in OpenBLAS, which ND4J brings: no product of the kernels runs there. */
final class Blas {
  private Blas() {}

  /**
   * One thread for all callers of the process: its number is the process's, and more would be
   * started beside the tasks.
   */
  static void oneThread() {
    openblas_full.openblas_set_num_threads(1);
  }
}
