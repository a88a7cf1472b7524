package tributary.base;

import java.nio.file.FileSystemException;

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
    return first(root instanceof FileSystemException f ? plain(f) : root.toString());
  }

  /** What went wrong before the paths, which may be long; the JDK has it behind them. */
  private static String plain(FileSystemException e) {
    String reason = e.getReason();
    if (reason == null) {
      return e.toString();
    }
    String to = e.getOtherFile();
    return reason + ": " + (to == null ? e.getFile() : to + ", a copy of " + e.getFile());
  }

  private static String first(String text) {
    return text.lines().findFirst().orElse("unknown");
  }
}
