package tributary.cli;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.model.Model;
import tributary.models.Models;
import tributary.models.OnnxExport;
import tributary.onnx.OnnxFiles;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.tools.onnxcheck.Example;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.Peer;

/** model export MODEL --onnx PLACE: the encoder as ONNX. Needs no Spark. */
@Command(
    name = "export",
    description = {
      "Write a model's encoder as ONNX (opset 20) and check it in ONNX Runtime.",
      "One graph per step for elastic; one from the tokens to the embedding for hip and perceiver;"
          + " an encoder and a decoder for perceiver-io; one for bert. What they give is compared"
          + " with the cpu kernels. A README.md in the folder says how the graphs are chained, for"
          + " elastic with a program in Python."
    },
    exitCodeList = {
      Shared.DONE,
      Main.FAILED + ":failed, or the graphs differ from the kernels",
      Shared.REFUSED,
      Shared.OUT_OF_MEMORY
    },
    footer = {"", "Example:", "  tributary model export models/elastic --onnx models/elastic-onnx"})
final class ModelExportCommand implements Callable<Integer> {
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(paramLabel = "MODEL", description = "The model's folder.")
  Path model;

  @Option(
      names = "--onnx",
      required = true,
      paramLabel = "PLACE",
      description = "A folder; a file, too, if it ends in .onnx and there is one graph.")
  Path place;

  ModelExportCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws Exception {
    Peer.require("export model " + model);
    Model loaded = Models.load(model);
    List<Path> files = OnnxExport.write(loaded, place);
    for (Path file : files) {
      out.printf("Wrote %s: %,d bytes%n", file, Files.size(file));
    }
    Backend backend = Backends.open(Kernels.of("cpu"));
    if (Files.isDirectory(place)) {
      out.println("Wrote " + place.resolve(OnnxFiles.README) + ": how the graphs are chained");
    }
    if (loaded.config().encoder().equals("elastic")) {
      out.println("Wrote " + Example.write(loaded, backend, place) + ": a record's embedding");
    }
    out.println("modalities " + String.join(", ", loaded.config().modalities().keySet()));
    double difference = OnnxCheck.difference(loaded, backend, files);
    out.printf(
        "Checked in %s: what it gives for one record differs by %.1e of %s, at most %.0e%n",
        OnnxSession.version(), difference, OnnxCheck.scale(loaded), OnnxCheck.TOLERANCE);
    return Main.DONE;
  }
}
