package tributary.tensor.nd4j;

import tributary.tensor.Precision;

/** In a JVM of its own: asks for kernels by name, one after the other, and prints what it gets. */
public final class KernelsRun {
  private KernelsRun() {}

  public static void main(String[] names) {
    for (String kernels : names) {
      try {
        Backends.named(kernels, 1, Precision.FLOAT32, "0");
        System.out.println(kernels + " is " + Backends.named(kernels).name());
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
