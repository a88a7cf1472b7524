package tributary.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** data idx: the pictures and labels of MNIST and its kin. */
@Command(
    name = "idx",
    description = {
      "Write pictures and labels of IDX files (MNIST's format) as Parquet.",
      "The columns are id, image (PNG) and label. Files may be compressed by gzip."
    },
    footer = {
      "",
      "Example:",
      "  tributary data idx train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz --prefix train-"
          + " --out data/train"
    })
final class IdxCommand implements Callable<Integer> {
  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(index = "0", paramLabel = "IMAGES", description = "The file of pictures.")
  Path images;

  @Parameters(index = "1", paramLabel = "LABELS", description = "The file of their labels.")
  Path labels;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The folder to write; a new one.")
  String folder;

  @Option(
      names = "--names",
      split = ",",
      paramLabel = "NAME",
      description = "What the labels 0, 1, ... are called (default: their numbers).")
  List<String> names = List.of();

  @Option(
      names = "--prefix",
      paramLabel = "P",
      defaultValue = "",
      description = "What the ids start with, before the number of the picture (default: nothing).")
  String prefix;

  IdxCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() {
    int records = spark.idx(images, labels, names, prefix, folder);
    out.println("Wrote " + records + " records to " + folder);
    return Main.DONE;
  }
}
