package tributary.models.perceiver;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tributary.attention.Perceiver;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.onnx.FourierGraph;
import tributary.onnx.Layers;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGraph.Axis;
import tributary.onnx.PerceiverGraph;
import tributary.onnx.Tokens;
import tributary.tensor.Activation;

/**
 * Perceiver (2021) from the tokens of a record's modalities to {@code embedding} [batch, D], as one
 * graph: an input {@code tokens.MODALITY} a modality, float [batch, n, channels] or for text int64
 * [batch, n], each of a length of its own; n is 0 for an absent one. Positions are made in the
 * graph. All tokens are attended to at once, whereas the job goes over them in parts: a call's
 * memory grows with latents times tokens.
 */
final class PerceiverRecordGraph {
  private final PerceiverConfig config;
  private final OnnxGraph graph = new OnnxGraph("perceiver");
  private final Layers layers;

  public PerceiverRecordGraph(Model model, PerceiverConfig config) {
    this.config = config;
    this.layers = new Layers(graph, model.weights(), config.activation());
  }

  public OnnxGraph whole() {
    List<String> parts = new ArrayList<>();
    config.modalities().forEach((name, spec) -> parts.add(placed(name, spec)));
    PerceiverGraph form = new PerceiverGraph(layers);
    Perceiver.Options options =
        new Perceiver.Options(
            config.depth(),
            config.tieLayers(),
            config.crossHeads(),
            config.selfLayers(),
            config.selfHeads(),
            Activation.valueOf(config.activation().toUpperCase(Locale.ROOT)));
    String z = form.encode(layers.concat(1, parts), options, null);
    Axis width = Axis.of(config.embeddingDim());
    graph.output(form.classify(z), "embedding", Axis.of("batch"), width);
    return graph;
  }

  /** Tokens beside their places, beside their modality's code: [batch, n, input channels]. */
  private String placed(String modality, ModalitySpec spec) {
    Axis n = Axis.of(modality + ".n");
    String tokens = Tokens.input(graph, "tokens." + modality, spec, n);
    String own =
        spec instanceof ModalitySpec.Text
            ? layers.apply("Gather", layers.constant("embed." + modality + ".table"), tokens)
            : tokens;
    String at = new FourierGraph(layers, config.bands()).ofSequence(layers.lengths(tokens, 1, 2));
    String code = "modality." + modality;
    int width = layers.weight(code).values().length;
    return layers.concat(
        2,
        own,
        layers.spread(at, tokens, 1, 1, 1),
        layers.spread(layers.constant(code, 1, 1, width), tokens, 2, 1));
  }
}
