package tributary.models.elastic;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.encode.PositionGraph;
import tributary.model.LevelSpec;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.onnx.Blocks;
import tributary.onnx.Layers;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGraph.Axis;
import tributary.onnx.Tokens;

/**
 * The steps of the elastic hierarchy (reference: elastic_encode) as graphs; the tree between them
 * is the caller's. K and C are the latents and channels of the level that makes them.
 *
 * <ul>
 *   <li>leaf.MODALITY: {@code tokens} float [batch, n, channels], or for text int64 [batch, n]; n
 *       is 1 to the group size. {@code latents} [batch, K, C].
 *   <li>level.I and merge: {@code children} [batch, count, K, C], count is 1 to the fan-in. {@code
 *       latents} [batch, K, C]. The first merge's children may have another K than its own. With
 *       proportional attention also {@code fills} float [batch, count]: tokens of each child over
 *       the tokens that a child of its level can hold, > 0; a child without tokens is left out.
 *   <li>fusion: see {@link FusionGraph}.
 * </ul>
 */
final class ElasticGraphs {
  private static final Axis BATCH = Axis.of("batch");

  private final Model model;
  private final ElasticConfig config;

  public ElasticGraphs(Model model, ElasticConfig config) {
    this.model = model;
    this.config = config;
  }

  public List<OnnxGraph> all() {
    List<OnnxGraph> graphs = new ArrayList<>();
    config.modalities().forEach((name, spec) -> graphs.add(leaf(name, spec)));
    for (int i = 1; i < config.levels().size(); i++) {
      graphs.add(level("level." + i, "levels." + i, config.level(i), config.level(i - 1)));
    }
    graphs.add(level("merge", "merge", config.merge(), config.merge()));
    graphs.add(new FusionGraph(model, config).whole());
    return graphs;
  }

  private Layers layers(OnnxGraph graph) {
    return new Layers(graph, model.weights(), config.activation());
  }

  private OnnxGraph leaf(String modality, ModalitySpec spec) {
    OnnxGraph graph = new OnnxGraph("leaf." + modality);
    Layers layers = layers(graph);
    String tokens = Tokens.input(graph, "tokens", spec, Axis.of("n"));
    String codes = Tokens.embed(graph, layers, tokens, modality, spec);
    String positions = PositionGraph.codes(layers, config, modality);
    String x =
        positions == null ? codes : layers.add(codes, layers.firstRows(positions, tokens, 1));
    end(graph, layers, x, "levels.0", config.level(0), null);
    return graph;
  }

  private OnnxGraph level(String name, String prefix, LevelSpec level, LevelSpec below) {
    OnnxGraph graph = new OnnxGraph(name);
    Layers layers = layers(graph);
    String children = latents(graph, "children", below);
    String slots = layers.constant(prefix + ".slots", config.fanIn(), 1, below.channels());
    String x = layers.add(children, layers.firstRows(slots, children, 1));
    String logCounts = config.proportional() ? logCounts(graph, layers, children) : null;
    end(graph, layers, layers.reshape(x, 0, -1, below.channels()), prefix, level, logCounts);
    return graph;
  }

  /** Each child's fill for each of its latents, as logarithm: [batch, 1, count * K]. */
  private static String logCounts(OnnxGraph graph, Layers layers, String children) {
    String fills = graph.values("fills", BATCH, Axis.of("count"));
    String each = layers.apply("Unsqueeze", layers.apply("Log", fills), graph.constant(2));
    String all = layers.apply("Expand", each, layers.lengths(children, 0, 3));
    return layers.reshape(layers.apply("Unsqueeze", all, graph.constant(1)), 0, 1, -1);
  }

  private static String latents(OnnxGraph graph, String name, LevelSpec level) {
    return graph.values(name, BATCH, Axis.of("count"), Axis.of("k"), Axis.of(level.channels()));
  }

  private static void end(
      OnnxGraph graph,
      Layers layers,
      String x,
      String prefix,
      LevelSpec level,
      @Nullable String logCounts) {
    graph.output(
        block(layers, x, prefix, level, logCounts),
        "latents",
        BATCH,
        Axis.of(level.latents()),
        Axis.of(level.channels()));
  }

  private static String block(
      Layers layers, String x, String prefix, LevelSpec level, @Nullable String logCounts) {
    return new Blocks(layers)
        .level(x, prefix, 0, level.crossHeads(), level.selfLayers(), level.selfHeads(), logCounts);
  }
}
