package tributary.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.config.Problems;
import tributary.learn.probe.Division;
import tributary.learn.probe.ProbeReport;
import tributary.spark.learn.LinearProbe;

/** probe TABLE --label COLUMN: what a linear classifier finds in embeddings. */
@Command(
    name = "probe",
    description = {
      "Measure what a linear classifier reads from a table of embeddings.",
      "A logistic regression on standardised embeddings is fitted to a part of the records, which also"
          + " chooses the weight of its L2 penalty, and tested on the others. The figures do not"
          + " depend on partitions."
    },
    footer = {
      "",
      "Examples:",
      "  tributary probe out/demo --label label --knn 10",
      "  tributary probe out/without-sound --fit out/demo --label label --json out/probe.json"
    })
final class ProbeCommand implements Callable<Integer> {
  private static final double TRAIN_ON = 0.8;

  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(paramLabel = "TABLE", description = "The path of the table to test on.")
  String table;

  @Option(
      names = "--label",
      required = true,
      paramLabel = "COLUMN",
      description = "The column of classes; records without one are left out and counted.")
  String label;

  @Option(
      names = "--fit",
      paramLabel = "TABLE",
      description =
          "Fit to the records of this table of the same model, and test on those of TABLE that were"
              + " not fitted to (default: TABLE itself).")
  @Nullable String fit;

  @Option(
      names = "--train-on",
      paramLabel = "FRACTION",
      description =
          "How many of the records to fit to, by a hash of seed and id; 1 only with --fit (default: "
              + TRAIN_ON
              + ").")
  @Nullable Double trainOn;

  @Option(
      names = "--split",
      paramLabel = "COLUMN",
      description = "Divide by a column of train and test instead.")
  @Nullable String split;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Another one divides otherwise (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--knn",
      paramLabel = "K",
      description = "Ask the K nearest fitted records by cosine as well.")
  @Nullable Integer neighbours;

  @Option(
      names = "--format",
      paramLabel = "F",
      defaultValue = "parquet",
      description = "The format of the tables (default: ${DEFAULT-VALUE}).")
  String format;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here as well.")
  @Nullable Path json;

  ProbeCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    check();
    ProbeReport report =
        spark.probe(
            new LinearProbe.Request(
                format,
                table,
                fit,
                label,
                split,
                new Division(seed, trainOn == null ? TRAIN_ON : trainOn),
                neighbours == null ? 0 : neighbours));
    report.lines().forEach(out::println);
    if (json != null) {
      Path parent = json.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.writeString(json, report.json() + "\n");
    }
    return Main.DONE;
  }

  private void check() {
    Problems problems = new Problems();
    if (trainOn != null && split != null) {
      problems.invalid("--train-on", trainOn, "not with --split");
    } else if (trainOn != null && !(trainOn > 0 && (fit == null ? trainOn < 1 : trainOn <= 1))) {
      problems.invalid("--train-on", trainOn, "above 0, below 1; 1 only with --fit");
    }
    if (neighbours != null && neighbours < 1) {
      problems.invalid("--knn", neighbours, "a whole number >= 1");
    }
    problems.refuse();
  }
}
