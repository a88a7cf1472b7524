package tributary.tools.parity;

import java.util.Locale;

/**
 * How one case went on one backend; every field is plain data for a JSON file.
 *
 * @param name file name without its ending
 * @param kind what the case says it is
 * @param backend name of the backend
 * @param tensors outputs compared
 * @param largestError over all outputs: largest difference over max(1, largest expected magnitude)
 * @param tolerance what that may be
 * @param detail the tensor with the largest error, or why there is none
 */
public record ParityResult(
    String name,
    String kind,
    String backend,
    int tensors,
    double largestError,
    double tolerance,
    Status status,
    String detail) {
  /** What came of it. */
  public enum Status {
    OK,
    FAILED,
    UNSUPPORTED
  }

  /** One line for a person. */
  public String line() {
    String outcome =
        switch (status) {
          case OK -> "ok";
          case FAILED -> "FAILED";
          case UNSUPPORTED -> "unsupported kind";
        };
    return String.format(
        Locale.ROOT,
        "%-32s %-26s %-5s %3d tensors  largest error %9.3g  %s%s",
        name,
        kind,
        backend,
        tensors,
        largestError,
        outcome,
        status == Status.FAILED ? ": " + detail : "");
  }
}
