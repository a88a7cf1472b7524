package tributary.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.config.Problems;

/** show TABLE: what a run wrote. */
@Command(
    name = "show",
    description = {
      "Show what a table of embeddings holds, and the nearest neighbours of a record.",
      "It prints the rows, dimensions, norms, modalities present and reasons of the quarantine."
    },
    footer = {"", "Example:", "  tributary show out/stamps --id animals/cat --neighbours 3"})
final class ShowCommand implements Callable<Integer> {
  private static final int NEIGHBOURS = 5;

  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(paramLabel = "TABLE", description = "The path of the table.")
  String table;

  @Option(
      names = "--format",
      paramLabel = "F",
      defaultValue = "parquet",
      description = "Its format (default: ${DEFAULT-VALUE}).")
  String format;

  @Option(names = "--id", paramLabel = "ID", description = "The record to find neighbours of.")
  @Nullable String id;

  @Option(
      names = "--neighbours",
      paramLabel = "K",
      description = "How many neighbours, with --id (default: " + NEIGHBOURS + ").")
  @Nullable Integer neighbours;

  ShowCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    if (neighbours != null && id == null) {
      problems.invalid("--neighbours", neighbours, "only with --id");
    } else if (neighbours != null && neighbours < 1) {
      problems.invalid("--neighbours", neighbours, "a whole number >= 1");
    }
    problems.refuse();
    spark.show(format, table, id, neighbours == null ? NEIGHBOURS : neighbours, out);
    return Main.DONE;
  }
}
