package tributary.tensor.nd4j;

import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * How many threads a call may use. oneDNN and ND4J take theirs from the one OpenMP library that
 * both load, which knows a number for each calling thread; OpenBLAS has one for the whole JVM.
 */
final class Threads {
  private Threads() {}

  /** For calls from the current thread from now on. */
  static void ofCallsFromHere(int number) {
    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(number);
  }

  /** What OpenMP would use for a call from the current thread. */
  static int ofCallsFromHere() {
    return NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads();
  }
}
