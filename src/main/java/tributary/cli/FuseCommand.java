package tributary.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** fuse JOB.yaml: the job itself. */
@Command(
    name = "fuse",
    description = "Fuse the records of a table into embeddings, as a job file says.",
    exitCodeList = {
      Shared.DONE,
      Shared.FAILED,
      Shared.REFUSED,
      Main.OVER_BUDGET
          + ":error budget exceeded: more records in quarantine than errors.max-fraction allows",
      Shared.OUT_OF_MEMORY
    },
    footer = {
      "",
      "Example:",
      "  tributary fuse jobs/stamps.yaml --set output.path=out/stamps --set kernels=cpu"
    })
final class FuseCommand implements Callable<Integer> {
  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;
  @Mixin Job job;

  FuseCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() {
    spark.fuse(job.load()).forEach(out::println);
    return Main.DONE;
  }
}
