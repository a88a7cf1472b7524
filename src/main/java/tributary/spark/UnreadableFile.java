package tributary.spark;

import java.io.IOException;
import java.util.Optional;
import org.apache.spark.SparkThrowable;

/**
 * A file of the input that is not of its format, as Spark reports it, before the run or from a
 * task. On the driver.
 */
final class UnreadableFile {
  private static final String CONDITION = "FAILED_READ_FILE";

  private UnreadableFile() {}

  /**
   * What a person must know of it, the file's name included; none of another failure, such as a
   * lost connection or a file that is gone, which another try may not meet.
   */
  static Optional<String> sentence(Throwable failure) {
    return told(failure).map(told -> "Cannot read input " + told);
  }

  /** The file's path and what is wrong with it; none as {@link #sentence}. */
  static Optional<String> told(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SparkThrowable told && isOf(told)) {
        Throwable root = root(t);
        boolean footer = told.getCondition().endsWith("CANNOT_READ_FILE_FOOTER");
        return root instanceof IOException && !footer
            ? Optional.empty()
            : Optional.of(
                told.getMessageParameters().getOrDefault("path", "")
                    + ": "
                    + InputTable.firstLine(root));
      }
    }
    return Optional.empty();
  }

  /** The path of the file that could not be read, whatever the reason, and that. */
  static Optional<String> file(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SparkThrowable told && isOf(told)) {
        return Optional.of(
            told.getMessageParameters().getOrDefault("path", "")
                + ": "
                + InputTable.firstLine(root(t)));
      }
    }
    return Optional.empty();
  }

  private static boolean isOf(SparkThrowable told) {
    return told.getCondition() != null && told.getCondition().startsWith(CONDITION);
  }

  private static Throwable root(Throwable t) {
    Throwable root = t;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
