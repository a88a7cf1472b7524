package tributary.spark;

import java.io.EOFException;
import java.io.ObjectStreamException;
import java.io.UTFDataFormatException;
import java.util.regex.Pattern;
import org.apache.spark.SparkThrowable;

/**
 * Tells failures that come of a disk, which gave back something else than what was kept there, from
 * all others: a row has another checksum, rows are missing, or what Spark reads is no rows any
 * more. On the driver.
 */
final class Damage {
  /** What a task says that reads a row which is not what was kept. */
  static final String ROW = "Cannot read a staged row: it is not what was kept on disk";

  /** Frames that read what is kept. */
  private static final Pattern READS =
      Pattern.compile(
          "org\\.apache\\.spark\\.(serializer|sql\\.execution\\.columnar|sql\\.catalyst\\.expressions)\\..*");

  /** What they call. */
  private static final Pattern WITHIN =
      Pattern.compile(
          "(java|jdk|sun|scala|org\\.apache\\.spark\\.(storage|util|unsafe|sql\\.catalyst|sql\\.types))\\..*");

  private Damage() {}

  /** Of what is kept rows are missing: of a block that is cut Spark reads what is left. */
  static final class RowsMissing extends IllegalStateException {
    RowsMissing(String message) {
      super(message);
    }
  }

  /** Whether a failed job may succeed when all is computed anew. */
  static boolean isCauseOf(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof RowsMissing || String.valueOf(t.getMessage()).contains(ROW)) {
        return true;
      }
      if (isAccident(t) && isOfReading(t.getStackTrace())) {
        return true;
      }
    }
    return false;
  }

  /** What nobody throws on purpose. */
  private static boolean isAccident(Throwable t) {
    return !(t instanceof SparkThrowable)
        && (t instanceof RuntimeException
            || t instanceof ClassNotFoundException
            || t instanceof AssertionError
            || t instanceof InternalError
            || t instanceof ObjectStreamException
            || t instanceof EOFException
            || t instanceof UTFDataFormatException);
  }

  /** Whether it happened while what is kept was read, and in nothing else. */
  private static boolean isOfReading(StackTraceElement[] frames) {
    for (StackTraceElement frame : frames) {
      if (READS.matcher(frame.getClassName()).matches()) {
        return true;
      }
      if (!WITHIN.matcher(frame.getClassName()).matches()) {
        return false;
      }
    }
    return false;
  }
}
