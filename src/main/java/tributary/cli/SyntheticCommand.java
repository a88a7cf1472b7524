package tributary.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tributary.config.Problems;
import tributary.spark.SyntheticTable;

/** data synthetic: a labelled set of any size. */
@Command(
    name = "synthetic",
    description = {
      "Write labelled multimodal records as Parquet.",
      "A record's caption, picture, sound and sensor series describe one thing. The same seed gives"
          + " the same records."
    },
    footer = {"", "Example:", "  tributary data synthetic --records 1000 --seed 7 --out data/toy"})
final class SyntheticCommand implements Callable<Integer> {
  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;

  @Option(names = "--records", required = true, paramLabel = "N", description = "How many records.")
  long records;

  @Option(
      names = "--seed",
      required = true,
      paramLabel = "S",
      description = "A whole number; another one gives other records.")
  long seed;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The folder to write; a new one.")
  String folder;

  @Option(
      names = "--long",
      paramLabel = "L",
      defaultValue = "2000",
      description = "Tokens of the longest record (default: ${DEFAULT-VALUE}).")
  int longest;

  @Option(
      names = "--missing",
      paramLabel = "F",
      defaultValue = "0.2",
      description = "Fraction of the signals that are absent (default: ${DEFAULT-VALUE}).")
  double missing;

  @Option(
      names = "--bad",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "How many records have a broken signal, for the quarantine (default: ${DEFAULT-VALUE}).")
  int bad;

  SyntheticCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() {
    check();
    spark.synthetic(records, seed, longest, missing, bad, folder);
    out.println("Wrote " + records + " records to " + folder);
    return Main.DONE;
  }

  private void check() {
    Problems problems = new Problems();
    SyntheticTable.check("--", 1, records, longest, missing, bad, problems);
    problems.refuse();
  }
}
