package tributary.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** check JOB.yaml: preflight alone. */
@Command(
    name = "check",
    description = {
      "Check a job without running it: schema, sizes, memory, native library, device, model hash.",
      "As before every run; all problems are listed at once."
    },
    footer = {"", "Example:", "  tributary check jobs/stamps.yaml"})
final class CheckCommand implements Callable<Integer> {
  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;
  @Mixin Job job;

  CheckCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() {
    spark.check(job.load(), out);
    return Main.DONE;
  }
}
