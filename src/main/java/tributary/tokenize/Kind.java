package tributary.tokenize;

import java.util.Locale;
import tributary.base.Invalid;
import tributary.model.ModalitySpec;
import tributary.read.Rejected;
import tributary.read.Signal;

/** What a tokenizer checks before it starts. */
final class Kind {
  private Kind() {}

  /** The signal as the type that the modality takes. */
  static <S extends Signal> S expect(ModalitySpec spec, Class<S> type, Signal signal) {
    if (!type.isInstance(signal)) {
      throw Invalid.argument(
          "signal",
          signal.getClass().getSimpleName().toLowerCase(Locale.ROOT),
          "modality " + spec.kind() + " takes " + type.getSimpleName().toLowerCase(Locale.ROOT));
    }
    return type.cast(signal);
  }

  /** Refuses a payload of another width than the modality's; `what` counts, as in "values". */
  static void width(int actual, int expected, String what) {
    if (actual != expected) {
      throw new Rejected(
          Rejected.Reason.WRONG_WIDTH, actual + " " + what + " where the model has " + expected);
    }
  }

  /** How many values a signal of `values` values of `width` each has. */
  static int rows(int values, int width, String what) {
    if (values % width != 0) {
      throw Invalid.argument(what, values + " values", "a multiple of " + width);
    }
    return values / width;
  }
}
