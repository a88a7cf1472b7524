package tributary.models;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.config.Problems.Refused;
import tributary.encode.Family;
import tributary.model.LevelSpec;
import tributary.model.Model;
import tributary.model.ModelJson;
import tributary.model.Weight;
import tributary.onnx.Blocks;
import tributary.onnx.Layers;
import tributary.onnx.OnnxFiles;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGraph.Axis;
import tributary.onnx.OnnxGuide;

/** Writes the forward computation of a model's encoder as ONNX files. */
public final class OnnxExport {
  private OnnxExport() {}

  /**
   * Writes all graphs into a folder, which is made, with a README.md that says how they are
   * chained. A single graph (hip, perceiver, bert) may go to a file whose name ends in .onnx.
   *
   * @return the graphs' files, in the order of the flow
   * @throws Refused where there is a file already, where nothing can be written, where the encoder
   *     has no ONNX form, or where a graph is too large; then nothing is written
   */
  public static List<Path> write(Model model, Path to) {
    return write(model, to, OnnxFiles.MOST);
  }

  /** Writes all graphs, none of whose files may have more bytes than `most`. */
  static List<Path> write(Model model, Path to, long most) {
    Family family = Models.of(model.config());
    List<OnnxGraph> graphs = family.graphs(model);
    OnnxGuide guide = family.guide(model);
    String readme = OnnxReadme.of(model, graphs, guide);
    return OnnxFiles.write(graphs, metadata(model, guide), readme, to, most);
  }

  /**
   * Writes one level alone: {@code x} [batch, rows, width] to {@code y} [batch, K, C].
   *
   * @param weights prefix.latents, prefix.cross and prefix.self.0 and on
   * @param width channels of the inputs
   */
  public static void block(
      Map<String, Weight> weights,
      String prefix,
      LevelSpec level,
      int width,
      String activation,
      Path file) {
    OnnxGraph graph = new OnnxGraph("block");
    String x = graph.values("x", Axis.of("batch"), Axis.of("rows"), Axis.of(width));
    Layers layers = new Layers(graph, weights, activation);
    String y =
        new Blocks(layers)
            .level(x, prefix, 0, level.crossHeads(), level.selfLayers(), level.selfHeads());
    graph.output(y, "y", Axis.of("batch"), Axis.of(level.latents()), Axis.of(level.channels()));
    OnnxFiles.write(graph, file);
  }

  /** Facts of the model, alike in every graph; modalities in the configuration's order. */
  private static Map<String, String> metadata(Model model, OnnxGuide guide) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("encoder", model.config().encoder());
    metadata.put("model_hash", model.hash());
    metadata.put("origin", model.origin());
    metadata.put("modalities", ModelJson.array(model.config().modalities().keySet()));
    metadata.putAll(guide.metadata());
    metadata.put("config", ModelJson.canonical(model.config()));
    return metadata;
  }
}
