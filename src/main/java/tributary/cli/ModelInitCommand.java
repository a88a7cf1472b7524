package tributary.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.config.ConfigFile;
import tributary.config.Problems.Refused;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.models.ModelConfigs;

/** model init CONFIG: a model with random weights. Needs no Spark. */
@Command(
    name = "init",
    description = "Make a model with random weights from a configuration.",
    footer = {
      "",
      "Example:",
      "  tributary model init conf/models/elastic.yaml --seed 1 --out models/elastic"
    })
final class ModelInitCommand implements Callable<Integer> {
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(
      paramLabel = "CONFIG",
      description =
          "The configuration (YAML): looked for here, then in TRIBUTARY_HOME, then in the jar.")
  String config;

  @Option(
      names = "--seed",
      required = true,
      paramLabel = "S",
      description = "A whole number; another one gives other weights.")
  long seed;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The folder for the model; it must hold none yet.")
  Path folder;

  ModelInitCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    String place =
        ConfigFile.find(config, null, System.getenv())
            .orElseThrow(
                () ->
                    new Refused(
                        List.of(
                            "Cannot read "
                                + config
                                + ": no such file here, in TRIBUTARY_HOME or in the jar")));
    Model model = Initialization.random(ModelConfigs.read(place), seed);
    ModelFiles.save(model, folder);
    long parameters = model.weights().values().stream().mapToLong(w -> w.values().length).sum();
    out.printf("Wrote %s: %s, %,d parameters%n", folder, model.config().encoder(), parameters);
    out.println("hash    " + model.hash());
    out.println("weights " + model.origin() + ": they have learned nothing yet");
    return Main.DONE;
  }
}
