package tributary.base;

import java.util.List;

/** Closes several things, each of them whatever becomes of the others. */
public final class Closing {
  private Closing() {}

  /**
   * Closes all, in this order.
   *
   * @throws IllegalStateException for a checked exception; what else the first one that failed
   *     throws goes on as it is, with those of later ones suppressed
   */
  public static void all(List<? extends AutoCloseable> things) {
    Throwable failed = null;
    for (AutoCloseable thing : things) {
      try {
        thing.close();
      } catch (Exception | Error e) {
        if (failed == null) {
          failed = e;
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    if (failed instanceof Error error) {
      throw error;
    }
    if (failed instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (failed != null) {
      throw new IllegalStateException("Cannot close: " + Reason.of(failed), failed);
    }
  }

  /** Closes all, in this order. */
  public static void all(AutoCloseable... things) {
    all(List.of(things));
  }
}
