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
 * @param status FAILED where the outputs or the gradients did, UNSUPPORTED where the kind is
 * @param detail the output or gradient with the largest error, or why there is none
 * @param gradients how the gradients went: {@link Status#ABSENT} where the case holds none, {@link
 *     Status#UNSUPPORTED} where the backend has no backward functions
 */
public record ParityResult(
    String name,
    String kind,
    String backend,
    int tensors,
    double largestError,
    double tolerance,
    Status status,
    String detail,
    Compared gradients) {
  /** What came of it. */
  public enum Status {
    OK,
    FAILED,
    UNSUPPORTED,
    ABSENT
  }

  static ParityResult of(
      String name, String kind, String backend, Compared outputs, Compared gradients) {
    boolean second = outputs.status() == Status.OK && gradients.status() == Status.FAILED;
    return new ParityResult(
        name,
        kind,
        backend,
        outputs.tensors(),
        outputs.largestError(),
        outputs.tolerance(),
        second ? Status.FAILED : outputs.status(),
        second ? "gradients, " + gradients.detail() : outputs.detail(),
        gradients);
  }

  /** One line for a person. */
  public String line() {
    String outcome =
        switch (status) {
          case OK -> "ok";
          case FAILED -> "FAILED: " + detail;
          case UNSUPPORTED -> "unsupported kind";
          case ABSENT -> "no outputs";
        };
    return String.format(
        Locale.ROOT,
        "%-32s %-26s %-5s %3d tensors  largest error %9.3g  %s  %s",
        name,
        kind,
        backend,
        tensors,
        largestError,
        gradientsText(),
        outcome);
  }

  private String gradientsText() {
    return switch (gradients.status()) {
      case ABSENT -> gradients.detail();
      case UNSUPPORTED -> "gradients unsupported: " + gradients.detail();
      default ->
          String.format(
              Locale.ROOT,
              "%3d gradients  largest error %9.3g",
              gradients.tensors(),
              gradients.largestError());
    };
  }
}
