package tributary.models.hip;

import java.util.ArrayList;
import java.util.List;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.onnx.Blocks;
import tributary.onnx.Layers;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGraph.Axis;
import tributary.onnx.Tokens;

/**
 * Hierarchical Perceiver from the tokens of all modalities to the embedding (reference: hip), as
 * one graph: an input a modality under its name, float [batch, length, channels] or for text int64
 * [batch, length], filled up to its length (zeros, the pad id for text) by the caller; {@code
 * embedding} [batch, C of the processor].
 */
public final class HipGraph {
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
      long rows = (long) config.numGroups().get(i - 1) * config.zIndexDim().get(i - 1);
      long groups = config.numGroups().get(i);
      z = level(i, layers.reshape(z, -1, groups, rows / groups, config.inputChannels(i)));
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
            "levels." + i,
            config.numGroups().get(i),
            config.numCrossAttendHeads().get(i),
            config.numSelfAttendsPerBlock().get(i),
            config.numSelfAttendHeads().get(i));
  }

  /** The codes of all modalities in their groups: [batch, groups, size, E]. */
  private String groups() {
    List<String> names = List.copyOf(config.modalities().keySet());
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

  /** Tokens and positions of a modality: [batch, length, E]. */
  private String codes(String modality) {
    ModalitySpec spec = config.modality(modality);
    String tokens = Tokens.input(graph, modality, spec, Axis.of(config.length(modality)));
    String codes = Tokens.embed(graph, layers, tokens, modality, spec);
    String position = "position." + modality;
    String table = layers.constant(position + ".table");
    return layers.add(
        codes,
        config.positionProjection() ? layers.linear(table, position + ".projection") : table);
  }
}
