package tributary.models.hip;

import java.util.ArrayList;
import java.util.List;
import tributary.encode.PositionGraph;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.onnx.Blocks;
import tributary.onnx.Layers;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGraph.Axis;
import tributary.onnx.Tokens;

/**
 * Hierarchical Perceiver from the tokens of all modalities to the embedding (reference: hip), as
 * one graph: an input per modality under its name, labels after the others, float [batch, length,
 * channels] or for text int64 [batch, length], filled up to its length (zeros, the pad id for text)
 * by the caller, an absent one whole; {@code embedding} [batch, C of the processor].
 */
final class HipGraph {
  private final HipConfig config;
  private final OnnxGraph graph = new OnnxGraph("hip");
  private final Layers layers;

  public HipGraph(Model model, HipConfig config) {
    this.config = config;
    this.layers = new Layers(graph, model.weights(), config.activation());
  }

  public OnnxGraph whole() {
    String z = level(0, groups());
    for (int i = 1; i <= config.processor(); i++) {
      z = level(i, inputs(i, z));
    }
    String mean =
        graph.apply(
            "ReduceMean", List.of(z, graph.constant(1, 2)), OnnxGraph.attribute("keepdims", 0L));
    graph.output(mean, "embedding", Axis.of("batch"), Axis.of(config.embeddingDim()));
    return graph;
  }

  private String level(int i, String inputs) {
    return new Blocks(layers)
        .level(
            inputs,
            config.block(i),
            config.numGroups().get(i),
            config.numCrossAttendHeads().get(i),
            config.numSelfAttendsPerBlock().get(i),
            config.numSelfAttendHeads().get(i));
  }

  /**
   * What level i attends to [batch, G', N, C]: latents z [batch, G, K, C] of the level before in
   * new groups, which are neighbours, or where groups are transposed some of each; at the processor
   * the labels' codes follow them.
   */
  private String inputs(int i, String z) {
    long groups = config.numGroups().get(i);
    long rows = (long) config.numGroups().get(i - 1) * config.zIndexDim().get(i - 1);
    int width = config.inputChannels(i);
    String latents = config.transposes() ? layers.transpose(z, 0, 2, 1, 3) : z;
    List<String> parts = new ArrayList<>();
    parts.add(layers.reshape(latents, -1, groups, rows / groups, width));
    if (i == config.processor()) {
      config.modalities().keySet().stream()
          .filter(config::isLabel)
          .forEach(n -> parts.add(layers.reshape(codes(n), -1, 1, config.length(n), width)));
    }
    return layers.concat(2, parts);
  }

  /** The codes of all modalities but the labels in their groups: [batch, groups, size, E]. */
  private String groups() {
    List<String> names = config.encodedModalities();
    HipLayout layout =
        HipLayout.of(config.numGroups().get(0), names.stream().map(config::length).toList());
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      int groups = layout.groups()[i];
      int filled = groups * layout.perGroup(i);
      String x = layers.pad(codes(names.get(i)), 3, 1, filled - config.length(names.get(i)));
      String grouped =
          layers.reshape(x, -1, groups, layout.perGroup(i), config.numEmbeddingChannels());
      parts.add(layers.pad(grouped, 4, 2, layout.size() - layout.perGroup(i)));
    }
    return parts.size() == 1
        ? parts.get(0)
        : graph.apply("Concat", parts, OnnxGraph.attribute("axis", 1L));
  }

  /** Tokens and positions of a modality: [batch, length, E], a label's as wide as the latents. */
  private String codes(String modality) {
    ModalitySpec spec = config.modality(modality);
    String tokens = Tokens.input(graph, modality, spec, Axis.of(config.length(modality)));
    String codes = Tokens.embed(graph, layers, tokens, modality, spec);
    String positions = PositionGraph.codes(layers, config, modality);
    return positions == null ? codes : layers.add(codes, positions);
  }
}
