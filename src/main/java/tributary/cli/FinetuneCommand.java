package tributary.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** finetune JOB.yaml: teaches a model the classes of a label column. */
@Command(
    name = "finetune",
    description = {
      "Teach a model the classes that the column learn.label names: pretrain with cross-entropy as"
          + " the only objective.",
      "A linear layer on the embedding tells them; it is in the folder of the model, output.path, as"
          + " classifier.safetensors. All records that learn.validation holds out are tried in the"
          + " end."
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
      "  tributary finetune jobs/pretrain.yaml --set model.path=out/model --set output.path=out/tuned"
    })
final class FinetuneCommand implements Callable<Integer> {
  /** What teaches, whatever the job says. */
  private static final List<String> OBJECTIVES =
      List.of(
          "learn.objectives.classification=1",
          "learn.objectives.masked=0",
          "learn.objectives.fused-contrastive=0",
          "learn.objectives.modalities-contrastive=0");

  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;
  @Mixin Job job;

  FinetuneCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() {
    spark.pretrain(job.load(OBJECTIVES), out);
    return Main.DONE;
  }
}
