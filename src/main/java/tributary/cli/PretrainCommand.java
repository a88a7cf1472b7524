package tributary.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** pretrain JOB.yaml: learns a model's weights. */
@Command(
    name = "pretrain",
    description = {
      "Learn a model's weights from the records of a table, as the section learn of a job file says.",
      "The folder of the model is output.path. A run that was interrupted goes on from its last"
          + " checkpoint when it is started again; the weights do not depend on tasks."
    },
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
      "  tributary pretrain jobs/pretrain.yaml --set learn.epochs=2 --set output.path=out/model"
    })
final class PretrainCommand implements Callable<Integer> {
  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;
  @Mixin Job job;

  PretrainCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() {
    spark.pretrain(job.load(), out);
    return Main.DONE;
  }
}
