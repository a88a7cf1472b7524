package tributary.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The options and exit codes that every command has. */
@Command(
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {Shared.DONE, Shared.FAILED, Shared.REFUSED, Shared.OUT_OF_MEMORY})
final class Shared {
  static final String STACKTRACE = "--stacktrace";

  static final String DONE = Main.DONE + ":done";
  static final String FAILED = Main.FAILED + ":failed";
  static final String REFUSED =
      Main.REFUSED
          + ":configuration or input refused before the run (trying again changes nothing)";

  static final String OUT_OF_MEMORY =
      Main.OUT_OF_MEMORY + ":out of memory; the message says what to raise or to lower";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  @Option(names = STACKTRACE, description = "Show the whole stack where the command fails.")
  boolean stacktrace;
}
