package tributary.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkException;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;
import tributary.base.Reason;
import tributary.config.Problems.Refused;
import tributary.write.BudgetExceeded;

/** What went wrong, in words and an exit code. */
final class Failures {
  private Failures() {}

  /** Runs the command; an error (no native library, no memory) fails it as an exception does. */
  static int execute(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (Error e) {
      List<CommandLine> commands = parsed.asCommandLineList();
      throw new ExecutionException(commands.get(commands.size() - 1), e.toString(), e);
    }
  }

  /** Arguments that are no command. */
  static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'");
    return Main.REFUSED;
  }

  /** A command that did not end well. */
  static int failure(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    if (parsedStacktrace(parsed)) {
      e.printStackTrace(err);
    }
    Optional<Refused> refused = cause(e, Refused.class);
    if (refused.isPresent()) {
      refused.get().problems().forEach(err::println);
      return Main.REFUSED;
    }
    Optional<BudgetExceeded> budget = cause(e, BudgetExceeded.class);
    if (budget.isPresent()) {
      err.println(budget.get().getMessage());
      return Main.OVER_BUDGET;
    }
    Optional<String> memory = Memory.lacking(e);
    if (memory.isPresent()) {
      err.println(memory.get());
      return Main.OUT_OF_MEMORY;
    }
    String root = command.getCommandSpec().root().name();
    String name = command.getCommandSpec().qualifiedName().substring(root.length()).strip();
    err.println("Cannot run " + name + ": " + Reason.of(e));
    if (!parsedStacktrace(parsed)) {
      err.println("(" + Shared.STACKTRACE + " shows where)");
    }
    return Main.FAILED;
  }

  private static boolean parsedStacktrace(ParseResult parsed) {
    return parsed.asCommandLineList().stream()
        .anyMatch(c -> c.getParseResult().hasMatchedOption(Shared.STACKTRACE));
  }

  /** What Spark reports of a task was no refusal before the run: the search ends there. */
  private static <T extends Throwable> Optional<T> cause(Throwable e, Class<T> type) {
    for (Throwable t = e; t != null && !(t instanceof SparkException); t = t.getCause()) {
      if (type.isInstance(t)) {
        return Optional.of(type.cast(t));
      }
    }
    return Optional.empty();
  }
}
