package tributary.models.perceiverio;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tributary.attention.PerceiverIo;
import tributary.model.Model;
import tributary.models.perceiverio.PerceiverTask.Autoencoder;
import tributary.models.perceiverio.PerceiverTask.Flow;
import tributary.onnx.Layers;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGraph.Axis;
import tributary.onnx.PerceiverGraph;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;

/**
 * Perceiver IO as two graphs.
 *
 * <ul>
 *   <li>encoder: inputs as {@link PerceiverInputGraph} has them, preprocessing included; for tokens
 *       and texts also {@code mask} bool [batch or 1, m], true = may be attended to. {@code
 *       embedding} [batch, C], the mean of {@code latents} [batch, K, C]; for optical_flow also
 *       {@code inputs} [batch, height * width, c], which are the decoder's queries.
 *   <li>decoder, but for tokens: from {@code latents}. masked_lm: {@code logits} [batch, positions,
 *       vocabulary]; labels: {@code logits} [batch, 1, labels]; optical_flow: {@code queries}
 *       [batch, n, c], any part of them, to {@code flow} [batch, n, 2]; autoencoder: {@code
 *       queries.audio} and {@code queries.image} [batch or 1, n, w], Fourier features of any points
 *       without their padding, to {@code audio}, {@code image} and {@code label}, whose query is
 *       learned.
 * </ul>
 */
final class PerceiverIoGraphs {
  private static final Axis BATCH = Axis.of("batch");

  private final Model model;
  private final PerceiverIoConfig config;

  public PerceiverIoGraphs(Model model, PerceiverIoConfig config) {
    this.model = model;
    this.config = config;
  }

  public List<OnnxGraph> all() {
    List<OnnxGraph> graphs = new ArrayList<>(List.of(encoder()));
    PerceiverTask.Decoder d = config.decoder();
    if (d != null) {
      graphs.add(decoder(d));
    }
    return graphs;
  }

  private OnnxGraph encoder() {
    OnnxGraph graph = new OnnxGraph("encoder");
    Layers layers = new Layers(graph, model.weights(), config.activation());
    String x = new PerceiverInputGraph(layers).of(config.task());
    PerceiverIo.Options options =
        new PerceiverIo.Options(
            config.crossHeads(),
            config.selfHeads(),
            config.selfLayers(),
            config.blocks(),
            Activation.valueOf(config.activation().toUpperCase(Locale.ROOT)),
            config.queryResidual(),
            FullyMasked.valueOf(config.emptyAttention().toUpperCase(Locale.ROOT)));
    String z = new PerceiverGraph(layers).encode(x, options, mask(layers));
    Axis channels = Axis.of(config.channels());
    graph.output(layers.meanRows(z), "embedding", BATCH, channels);
    graph.output(z, "latents", BATCH, Axis.of(config.latents()), channels);
    if (config.task() instanceof Flow t) {
      Axis pixels = Axis.of((long) t.height() * t.width());
      graph.output(x, "inputs", BATCH, pixels, Axis.of(t.inputChannels()));
    }
    return graph;
  }

  /** Of what varies in length, so that a batch may be filled up. */
  private @Nullable String mask(Layers layers) {
    PerceiverTask task = config.task();
    if (!(task instanceof PerceiverTask.Tokens
        || task instanceof PerceiverTask.MaskedLanguage
        || task instanceof PerceiverTask.TextLabels)) {
      return null;
    }
    OnnxGraph graph = layers.graph();
    String mask = graph.flags("mask", Axis.of("mask.batch"), Axis.of("m"));
    return layers.apply("Unsqueeze", mask, graph.constant(1));
  }

  private OnnxGraph decoder(PerceiverTask.Decoder d) {
    OnnxGraph graph = new OnnxGraph("decoder");
    Layers layers = new Layers(graph, model.weights(), config.activation());
    Axis channels = Axis.of(config.channels());
    String z = graph.values("latents", BATCH, Axis.of(config.latents()), channels);
    if (config.task() instanceof Autoencoder t) {
      for (String m : List.of("audio", "image", "label")) {
        autoencoder(layers, d, t, m, z);
      }
    } else if (config.task() instanceof Flow) {
      flow(layers, d, z);
    } else {
      learned(layers, d, z);
    }
    return graph;
  }

  private static String decode(Layers layers, PerceiverTask.Decoder d, String queries, String z) {
    return new PerceiverGraph(layers).decode(queries, z, "output", d.heads(), d.queryResidual());
  }

  private void learned(Layers layers, PerceiverTask.Decoder d, String z) {
    OnnxGraph graph = layers.graph();
    String queries = layers.constant("output.queries", 1, d.queries(), d.channels());
    String y = decode(layers, d, queries, z);
    Axis rows = Axis.of(d.queries());
    if (config.task() instanceof PerceiverTask.MaskedLanguage t) {
      String table = layers.transposed("input.embedding.transposed", "input.embedding");
      String logits = layers.add(layers.apply("MatMul", y, table), layers.constant("output.bias"));
      graph.output(logits, "logits", BATCH, rows, Axis.of(t.vocabulary()));
    } else {
      graph.output(y, "logits", BATCH, rows, Axis.of(d.outputs()));
    }
  }

  private static void flow(Layers layers, PerceiverTask.Decoder d, String z) {
    OnnxGraph graph = layers.graph();
    Axis n = Axis.of("n");
    String queries = graph.values("queries", BATCH, n, Axis.of(d.channels()));
    String y = decode(layers, d, queries, z);
    String scaled = layers.apply("Div", y, graph.scalar((float) Flow.RESCALE));
    graph.output(scaled, "flow", BATCH, n, Axis.of(d.outputs()));
  }

  private static void autoencoder(
      Layers layers, PerceiverTask.Decoder d, Autoencoder t, String modality, String z) {
    OnnxGraph graph = layers.graph();
    boolean label = modality.equals("label");
    long width = t.queryChannels(modality);
    Axis rows = label ? Axis.of(1) : Axis.of(modality + ".n");
    String own =
        label
            ? layers.constant("output.queries", 1, 1, width)
            : graph.values(
                "queries." + modality, Axis.of(modality + ".batch"), rows, Axis.of(width));
    String queries = new PerceiverInputGraph(layers).padded(own, "output.padding." + modality);
    String last = "output." + modality;
    String y = layers.linear(decode(layers, d, queries, z), last);
    graph.output(y, modality, BATCH, rows, Axis.of(layers.outputs(last)));
  }
}
