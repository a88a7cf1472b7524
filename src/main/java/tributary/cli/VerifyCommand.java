package tributary.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.config.Problems;

/** verify OUTPUT: whether a table is what its last run says. */
@Command(
    name = "verify",
    description = {
      "Check a table of embeddings against its last run: rows, ids, norms, and of a sample the bits.",
      "The sample is read from the input and encoded again, as the last run's manifest says. The exit"
          + " code is 1 where anything is wrong."
    },
    footer = {"", "Example:", "  tributary verify out/stamps --sample 500"})
final class VerifyCommand implements Callable<Integer> {
  private static final int SAMPLE = 100;

  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(
      paramLabel = "OUTPUT",
      description =
          "The path of the table, output.path of the job; of output.table that of its manifest.")
  String output;

  @Option(
      names = "--sample",
      paramLabel = "N",
      defaultValue = "" + SAMPLE,
      description = "How many records to encode again (default: ${DEFAULT-VALUE}).")
  int sample;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description =
          "Set a key over the last run's, such as input.path where the input was moved. Repeatable.")
  List<String> sets = List.of();

  VerifyCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    if (sample < 0) {
      problems.invalid("--sample", sample, "a whole number >= 0");
    }
    problems.refuse();
    return spark.verify(output, sample, sets, out) ? Main.DONE : Main.FAILED;
  }
}
