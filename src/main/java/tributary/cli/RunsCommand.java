package tributary.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tributary.spark.RunHistory;

/** runs OUTPUT: what each run of an output did. */
@Command(
    name = "runs",
    description = {
      "List the runs of an output: when, what, counts, cost, model and input.",
      "Each run's whole manifest is in OUTPUT.runs, in a file of the run's name."
    },
    footer = {"", "Example:", "  tributary runs out/stamps"})
final class RunsCommand implements Callable<Integer> {
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(
      paramLabel = "OUTPUT",
      description =
          "The path of the table, output.path of the job; of output.table that of its manifest.")
  String output;

  RunsCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    RunHistory.of(output).lines().forEach(out::println);
    return Main.DONE;
  }
}
