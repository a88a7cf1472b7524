package tributary.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A failure for want of memory, here or in a task: what to do about it, in one sentence. */
final class Memory {
  /** As Spark tells the driver of a task's, in text. */
  private static final Pattern TOLD =
      Pattern.compile("java\\.lang\\.OutOfMemoryError(: ([^\\n]*))?");

  private static final String ADVICE =
      "Out of memory: %s. Give the job more: --driver-memory where its tasks run in this process"
          + " (%,d MiB now, and as much for native arrays), --executor-memory on a cluster; or have"
          + " it hold less: fewer cores, run.batch-bytes, learn.batch, learn.recompute";

  private Memory() {}

  /** What to say; empty where memory was not what lacked. */
  static Optional<String> lacking(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof OutOfMemoryError) {
        return Optional.of(advice(t.getMessage()));
      }
      Matcher told = TOLD.matcher(String.valueOf(t.getMessage()));
      if (told.find()) {
        return Optional.of(advice(told.group(2)));
      }
    }
    return Optional.empty();
  }

  private static String advice(@Nullable String of) {
    String what = of == null || of.isBlank() ? "no memory left" : of.strip();
    return String.format(Locale.ROOT, ADVICE, what, Runtime.getRuntime().maxMemory() >> 20);
  }
}
