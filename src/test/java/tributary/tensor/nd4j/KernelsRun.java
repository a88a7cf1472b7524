package tributary.tensor.nd4j;

/** In a JVM of its own: asks for kernels by name, one after the other, and prints what it gets. */
public final class KernelsRun {
  private KernelsRun() {}

  public static void main(String[] names) {
    for (String kernels : names) {
      try {
        System.out.println(kernels + " is " + Backends.open(Kernels.of(kernels).at("0")).name());
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
