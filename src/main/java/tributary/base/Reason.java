package tributary.base;

/** What a message says of a failure, in one line. */
public final class Reason {
  private Reason() {}

  /**
   * The outermost sentence of ours among a failure and its causes, for it has the reasons below it;
   * where there is none, the root cause with its class. The first line of it.
   */
  public static String of(Throwable failure) {
    Throwable root = failure;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      root = t;
      String message = t.getMessage();
      if (message != null && (message.startsWith("Cannot ") || message.startsWith("Invalid "))) {
        return first(message);
      }
    }
    return first(root.toString());
  }

  private static String first(String text) {
    return text.lines().findFirst().orElse("unknown");
  }
}
