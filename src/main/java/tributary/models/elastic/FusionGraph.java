package tributary.models.elastic;

import java.util.ArrayList;
import java.util.List;
import tributary.model.LevelSpec;
import tributary.model.Model;
import tributary.onnx.Blocks;
import tributary.onnx.DecoderLayer;
import tributary.onnx.Forms;
import tributary.onnx.Layers;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGraph.Axis;
import tributary.tensor.Attention.FullyMasked;

/**
 * From the roots of a record's modalities to {@code embedding} [batch, D], by the model's form of
 * fusion.
 *
 * <ul>
 *   <li>cross-attention, transformer-decoder and persistent-memory take {@code roots} [batch, rows,
 *       C], the latents of the present modalities' roots one after the other, and {@code
 *       modalities} int64 [rows], each row's modality as its number in the configuration.
 *   <li>selfdoc, crossvit and film take {@code roots} [batch, modalities, K, C] in the order of the
 *       configuration; an absent one is zeros, which its code makes its stand-in.
 *   <li>retro takes {@code roots} [batch, modalities, rows, C] in the same order, and {@code real}
 *       bool [batch, modalities, rows]: false for an absent modality and for what fills up a root
 *       with fewer rows than the widest. The roots are the neighbours; nothing is looked up.
 * </ul>
 */
final class FusionGraph {
  private static final Axis BATCH = Axis.of("batch");
  private static final float EPSILON = 1e-5f;

  private final ElasticConfig config;
  private final LevelSpec level;
  private final List<String> sorted;
  private final OnnxGraph graph = new OnnxGraph("fusion");
  private final Layers layers;
  private final Blocks blocks;
  private final Forms forms;

  FusionGraph(Model model, ElasticConfig config) {
    this.config = config;
    this.level = config.fusion();
    this.sorted = config.modalities().keySet().stream().sorted().toList();
    this.layers = new Layers(graph, model.weights(), config.activation());
    this.blocks = new Blocks(layers);
    this.forms = new Forms(layers);
  }

  OnnxGraph whole() {
    String z =
        switch (config.fusionForm().form()) {
          case FusionForm.CROSS_ATTENTION -> block(level.selfLayers());
          case FusionForm.TRANSFORMER_DECODER -> decoder();
          case FusionForm.PERSISTENT_MEMORY -> persistentMemory();
          case FusionForm.RETRO -> retro();
          default -> blocks.selfLayers(met(), "fusion.self", level.selfLayers(), level.selfHeads());
        };
    String embedding = layers.linear(layers.meanRows(z), "head");
    graph.output(embedding, "embedding", BATCH, Axis.of(config.embeddingDim()));
    return graph;
  }

  private String block(int selfLayers) {
    return blocks.level(rows(), "fusion", 0, level.crossHeads(), selfLayers, level.selfHeads());
  }

  /** All roots' rows one after the other, with their codes. */
  private String rows() {
    // Roots of different heights have different numbers of latents.
    Axis rows = Axis.of("rows");
    String roots = graph.values("roots", BATCH, rows, Axis.of(config.last().channels()));
    String modalities = graph.ids("modalities", rows);
    String codes = codes(List.copyOf(config.modalities().keySet()));
    return layers.add(roots, layers.apply("Gather", codes, modalities));
  }

  /** The modalities' codes in this order: [modalities, C]. */
  private String codes(List<String> names) {
    int width = config.last().channels();
    return layers.concat(
        0, names.stream().map(m -> layers.constant("modality." + m, 1, width)).toList());
  }

  private String decoder() {
    String memory = rows();
    String x = layers.spread(latents(), memory, 1, 1, 1);
    DecoderLayer layer =
        new DecoderLayer(
            layers, level.selfHeads(), level.crossHeads(), true, EPSILON, FullyMasked.ZERO);
    for (int i = 0; i < level.selfLayers(); i++) {
      x = layer.apply(x, memory, "fusion.layers." + i, null, null);
    }
    return x;
  }

  private String latents() {
    return layers.constant("fusion.latents", 1, level.latents(), level.channels());
  }

  private String persistentMemory() {
    String x = block(0);
    for (int i = 0; i < level.selfLayers(); i++) {
      String self = "fusion.self." + i;
      String y = forms.persistentMemory(x, self + ".attention", level.selfHeads(), null);
      x = layers.normalize(layers.add(y, x), self + ".norm");
    }
    return x;
  }

  /**
   * [batch, modalities, rows, C] by name, with their codes: what the forms number is by name, what
   * callers number is by the configuration.
   */
  private String byModality(Axis rows) {
    int width = config.last().channels();
    String roots = graph.values("roots", BATCH, Axis.of(sorted.size()), rows, Axis.of(width));
    return layers.add(byName(roots), layers.reshape(codes(sorted), sorted.size(), 1, width));
  }

  /** Axis 1 from the configuration's order to that of the names. */
  private String byName(String x) {
    List<String> given = List.copyOf(config.modalities().keySet());
    if (given.equals(sorted)) {
      return x;
    }
    long[] places = sorted.stream().mapToLong(given::indexOf).toArray();
    return graph.apply(
        "Gather", List.of(x, graph.constant(places)), OnnxGraph.attribute("axis", 1L));
  }

  private String retro() {
    Axis rows = Axis.of("rows");
    String neighbours = layers.normalize(byModality(rows), "fusion.cross.input_norm");
    String real = byName(graph.flags("real", BATCH, Axis.of(sorted.size()), rows));
    String x = layers.spread(latents(), neighbours, 1, 1, 1);
    String attended =
        forms.retro(
            layers.normalize(x, "fusion.cross.query_norm"),
            neighbours,
            "fusion.cross.attention",
            level.crossHeads(),
            config.fusionForm().chunk(),
            real);
    String z = blocks.mlp(layers.add(attended, x), "fusion.cross");
    return blocks.selfLayers(z, "fusion.self", level.selfLayers(), level.selfHeads());
  }

  /** The roots after they have met, one after the other: [batch, rows, C]. */
  private String met() {
    String roots = byModality(Axis.of(config.last().latents()));
    List<String> each = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i++) {
      each.add(
          graph.apply("Gather", List.of(roots, graph.whole(i)), OnnxGraph.attribute("axis", 1L)));
    }
    int heads = level.crossHeads();
    return layers.concat(
        1,
        switch (config.fusionForm().form()) {
          case FusionForm.SELFDOC ->
              forms.selfDoc(each.get(0), each.get(1), "fusion.selfdoc", heads, null);
          case FusionForm.CROSSVIT ->
              List.of(
                  forms.crossVitBranch(each.get(0), each.get(1), "fusion.crossvit.small", heads),
                  forms.crossVitBranch(each.get(1), each.get(0), "fusion.crossvit.large", heads));
          case FusionForm.FILM -> film(each);
          default ->
              throw new IllegalArgumentException(
                  "Invalid fusion form: " + config.fusionForm().form());
        });
  }

  private List<String> film(List<String> roots) {
    int by = sorted.indexOf(config.fusionForm().condition());
    String mean = layers.apply("Unsqueeze", layers.meanRows(roots.get(by)), graph.constant(1));
    List<String> met = new ArrayList<>();
    for (int i = 0; i < roots.size(); i++) {
      if (i != by) {
        met.add(forms.film(roots.get(i), mean, "fusion.film"));
      }
    }
    return met;
  }
}
