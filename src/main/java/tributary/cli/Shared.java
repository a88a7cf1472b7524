package tributary.cli;

import picocli.CommandLine.Option;

/** The options that every command has. */
final class Shared {
  static final String STACKTRACE = "--stacktrace";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  @Option(names = STACKTRACE, description = "Show the whole stack where the command fails.")
  boolean stacktrace;
}
