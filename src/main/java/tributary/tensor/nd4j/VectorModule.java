package tributary.tensor.nd4j;

/**
 * The module jdk.incubator.vector, where this JVM has it: from its start (--add-modules), which
 * writes a warning to the standard error, or from the first call of {@link #load} on, without one.
 * The second way is the JDK's own for modules that are wanted late; it is open to us where
 * java.base exports jdk.internal.module, as the launcher says. JVM-wide.
 */
public final class VectorModule {
  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /** Whether it is there from now on. */
  public static boolean load() {
    return ModuleLayer.boot().findModule(NAME).isPresent() || Late.LOADED;
  }

  /** Tried once. */
  private static final class Late {
    static final boolean LOADED = loaded();

    private static boolean loaded() {
      try {
        Class.forName("jdk.internal.module.Modules")
            .getMethod("loadModule", String.class)
            .invoke(null, NAME);
        return true;
      } catch (ReflectiveOperationException | RuntimeException e) {
        return false; // RowKernels says what that means.
      }
    }
  }
}
