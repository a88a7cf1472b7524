package tributary.cli;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.base.Invalid;
import tributary.config.ConfigFile;
import tributary.config.Problems.Refused;
import tributary.model.Costs;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.WeightTable;
import tributary.models.ModelConfigs;
import tributary.models.Models;

/** model show MODEL: what a model is and costs. Needs no Spark. */
@Command(
    name = "show",
    description = {
      "Show a model's levels, shapes, parameters, operations per token and memory.",
      "Operations are multiplications with additions in products of matrices, for an embedding (no"
          + " decoder)."
    },
    footer = {"", "Example:", "  tributary model show models/elastic"})
final class ModelShowCommand implements Callable<Integer> {
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model's folder, or a configuration as model init takes it.")
  String model;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Groups (elastic, hip) or records at once in the kernels, for the memory (default:"
              + " ${DEFAULT-VALUE}).")
  int batch;

  @Option(names = "--tensors", description = "List every tensor with its shape.")
  boolean tensors;

  ModelShowCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    if (batch < 1) {
      throw new Refused(List.of(Invalid.text("--batch", batch, "a whole number >= 1")));
    }
    ModelConfig config = config();
    out.println("encoder     " + config.encoder());
    config
        .modalities()
        .forEach(
            (n, m) -> out.printf("modality    %s: %s, %,d channels%n", n, m.kind(), m.channels()));
    for (String m : config.modalities().keySet()) {
      config.positions(m).ifPresent(p -> out.println("positions   " + m + ": " + p.text()));
    }
    out.println("embedding   " + config.embeddingDim());
    WeightTable table = WeightTable.of(config);
    out.printf(
        Locale.ROOT,
        "parameters  %,d (%,.1f MiB as float32)%n",
        table.parameters(),
        table.parameters() * 4 / 1048576.0);
    levels(Costs.of(config));
    if (tensors) {
      for (Map.Entry<String, long[]> e : table.shapes().entrySet()) {
        out.println("tensor      " + e.getKey() + " " + Arrays.toString(e.getValue()));
      }
    }
    return Main.DONE;
  }

  /** A folder's model is loaded, so that what is shown is known to be whole. */
  private ModelConfig config() {
    Path folder = Path.of(model);
    if (Files.isDirectory(folder)) {
      Model loaded = Models.load(folder);
      out.println("hash        " + loaded.hash());
      out.println("weights     " + loaded.origin());
      return loaded.config();
    }
    String place =
        ConfigFile.find(model, null, System.getenv())
            .orElseThrow(
                () ->
                    new Refused(
                        List.of(
                            "Cannot show "
                                + model
                                + ": no model's folder, and no configuration here, in"
                                + " TRIBUTARY_HOME or in the jar")));
    return ModelConfigs.read(place);
  }

  private void levels(List<Costs.Level> levels) {
    out.printf(
        "%-17s %7s %17s %13s %5s %14s %14s %13s%n",
        "level", "groups", "inputs", "latents", "self", "parameters", "ops a token", "memory MiB");
    double total = 0;
    long memory = 0;
    for (Costs.Level l : levels) {
      out.printf(
          Locale.ROOT,
          "%-17s %7d %,9d x %5d %5d x %5d %5d %,14d %,14.0f %,13.1f%n",
          l.name(),
          l.groups(),
          l.inputs(),
          l.width(),
          l.latents(),
          l.channels(),
          l.selfLayers(),
          l.parameters(),
          l.perToken(),
          batch * (l.bytes() / 1048576.0));
      total += l.perToken();
      memory = Math.max(memory, l.bytes());
    }
    out.printf(
        Locale.ROOT,
        "all levels: %,.0f operations a token; at most %,.1f MiB for a batch of %d%n",
        total,
        batch * (memory / 1048576.0),
        batch);
  }
}
