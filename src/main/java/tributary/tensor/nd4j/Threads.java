package tributary.tensor.nd4j;

import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * How many threads a call of oneDNN's or ND4J's may use. Both take them from the one OpenMP library
 * that they load, which knows a number for each calling thread: whoever needs another number than
 * the last caller had sets it before his call. OpenBLAS, which no kernel uses and which knows one
 * number for the whole process, has one thread ({@link Blas#oneThread}).
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
