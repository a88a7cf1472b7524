package tributary.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.model.WeightTable;
import tributary.tools.huggingface.Checkpoint;

/** model import SOURCE: a checkpoint of another library. Needs no Spark. */
@Command(
    name = "import",
    description = {
      "Make a model from a Hugging Face checkpoint: Perceiver or BERT.",
      "Perceiver for language, images (learned, Fourier, convolution), optical flow or video with"
          + " sound. Every tensor that has no place, is missing or has another shape is listed, and"
          + " the import refused. Nothing is downloaded."
    },
    footer = {
      "",
      "Example:",
      "  tributary model import language-perceiver/ --out models/language-perceiver"
    })
final class ModelImportCommand implements Callable<Integer> {
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(
      paramLabel = "SOURCE",
      description =
          "A folder with config.json and model.safetensors, or with shards and"
              + " model.safetensors.index.json; or a safetensors file beside its config.json.")
  Path source;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The folder for the model; it must hold none yet.")
  Path folder;

  @Option(
      names = "--allow",
      description =
          "Let faults pass: leave out what has no place, initialize at random what is missing or has"
              + " another shape, and list both.")
  boolean allow;

  ModelImportCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    Checkpoint checkpoint = Checkpoint.read(source, allow);
    Model model = checkpoint.model();
    ModelFiles.save(model, folder);
    checkpoint.faults().forEach(f -> out.println("allowed " + f));
    long parameters = WeightTable.of(model.config()).parameters();
    out.printf(
        "Wrote %s: %s, %,d parameters of %s%n",
        folder, model.config().encoder(), parameters, checkpoint.architecture());
    out.println("hash    " + model.hash());
    out.println("weights " + model.origin());
    return Main.DONE;
  }
}
