package tributary.cli;

import java.lang.reflect.Constructor;
import java.util.List;
import org.apache.spark.SparkUserAppException;

/**
 * How a command's exit code becomes its process's, whoever runs the driver. Where Spark does, the
 * process is Spark's to end: its ApplicationMaster takes System.exit for a crash of its own, and
 * runs the job once more.
 */
enum Ending {
  /** The process is ours, or a standalone worker's driver, which fails by its code. */
  EXIT,
  /** SparkSubmit ends with the code of {@link SparkUserAppException}. */
  SUBMITTED,
  /** YARN's ApplicationMaster reports the exception's text to whoever asks for the application. */
  YARN;

  /** Of the calling thread. */
  static Ending here() {
    return of(
        StackWalker.getInstance()
            .walk(frames -> frames.map(StackWalker.StackFrame::getClassName).toList()));
  }

  /**
   * Of a thread.
   *
   * @param frames the classes that its stack is in
   */
  static Ending of(List<String> frames) {
    if (holds(frames, "org.apache.spark.deploy.yarn.ApplicationMaster")) {
      return YARN;
    }
    boolean submitted = holds(frames, "org.apache.spark.deploy.SparkSubmit");
    boolean inProcess = holds(frames, "org.apache.spark.deploy.InProcessSparkSubmit");
    // On behalf of a proxy user Hadoop wraps the exception, and SparkSubmit doesn't know it again.
    boolean wrapped = holds(frames, "org.apache.hadoop.security.UserGroupInformation");
    return inProcess || submitted && !wrapped ? SUBMITTED : EXIT;
  }

  private static boolean holds(List<String> frames, String type) {
    return frames.stream().anyMatch(f -> f.equals(type) || f.startsWith(type + "$"));
  }

  /**
   * Ends the run. Returns where it is done: YARN takes a driver that calls System.exit(0) for one
   * that failed.
   *
   * @param said of what went wrong
   * @throws SparkUserAppException where SparkSubmit runs the driver
   * @throws Ended where YARN does
   */
  void end(int code, String said) throws SparkUserAppException {
    if (code == Main.DONE) {
      return;
    }
    switch (this) {
      case EXIT -> System.exit(code);
      case SUBMITTED -> throw submitted(code);
      case YARN -> throw new Ended(code, said);
    }
  }

  /** Spark 4.0's has no cause; those after it ask for one. */
  static SparkUserAppException submitted(int code) {
    try {
      Constructor<?> constructor = SparkUserAppException.class.getConstructors()[0];
      Object[] arguments = new Object[constructor.getParameterCount()];
      arguments[0] = code;
      return (SparkUserAppException) constructor.newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot end with exit code " + code + ": " + e, e);
    }
  }

  /** All that YARN's report has of a run that did not end well. */
  static final class Ended extends RuntimeException {
    Ended(int code, String said) {
      super("Tributary ended with exit code " + code + ": " + said, null, false, false);
    }

    /** Without the name of the class, for it is read by people. */
    @Override
    public String toString() {
      return String.valueOf(getMessage());
    }
  }
}
