package tributary.onnx;

import java.util.List;
import java.util.Map;
import tributary.attention.Perceiver;
import tributary.attention.PerceiverIo;
import tributary.model.Weight;
import tributary.onnx.OnnxGraph.Axis;
import tributary.tensor.Activation;

/** The forms of many layers as ONNX graphs, as {@link OnnxForms} has the single steps. */
public final class OnnxNetworks {
  private static final Axis BATCH = Axis.of("batch");

  private OnnxNetworks() {}

  /**
   * {@link tributary.attention.BertDecoder}: {@code ids} int64 [batch, n] and {@code encoded}
   * [batch, m, w] to {@code last_hidden_state} [batch, n, c]; self-attention is causal. Mask {@code
   * encoded_mask}.
   *
   * @param count layers
   */
  public static OnnxForm bertDecoder(
      Map<String, Weight> weights,
      String prefix,
      int count,
      int heads,
      Activation activation,
      float epsilon) {
    return new OnnxForm(
        "bert",
        BertGraph.named(weights, prefix, count),
        activation,
        List.of("encoded_mask"),
        (layers, masks) -> {
          OnnxGraph graph = layers.graph();
          String words = Forms.below(prefix, "embeddings.word_embeddings.weight");
          long c = layers.weight(words).shape()[1];
          String key = Forms.below(prefix, "encoder.layer.0.cross.key");
          Axis width = Axis.of(count == 0 ? c : layers.inputs(key));
          Axis n = Axis.of("n");
          String ids = graph.ids("ids", BATCH, n);
          String encoded = graph.values("encoded", BATCH, Axis.of("m"), width);
          String y =
              new BertGraph(layers, prefix, count, heads, epsilon)
                  .apply(ids, encoded, masks.of("encoded_mask", "m"));
          graph.output(y, "last_hidden_state", BATCH, n, Axis.of(c));
        });
  }

  /**
   * {@link Perceiver}: {@code inputs} [batch, m, c], each with its position features, to {@code
   * logits} [batch, classes] and {@code latents} [batch, K, C]. Mask {@code mask} of the inputs.
   */
  public static OnnxForm perceiver(Map<String, Weight> weights, Perceiver.Options options) {
    return new OnnxForm(
        "perceiver",
        weights,
        options.activation(),
        List.of("mask"),
        (layers, masks) -> {
          PerceiverGraph form = new PerceiverGraph(layers);
          String x = inputs(layers, "layers.0.cross");
          String z = form.encode(x, options, masks.of("mask", "m"));
          Axis classes = Axis.of(layers.outputs("head"));
          layers.graph().output(form.classify(z), "logits", BATCH, classes);
          latents(layers, z);
        });
  }

  /**
   * {@link PerceiverIo}: {@code inputs} [batch, m, c] to {@code latents} [batch, K, C]. Mask {@code
   * mask} of the inputs.
   */
  public static OnnxForm perceiverIo(Map<String, Weight> weights, PerceiverIo.Options options) {
    return new OnnxForm(
        "perceiver_io",
        weights,
        options.activation(),
        List.of("mask"),
        (layers, masks) -> {
          String x = inputs(layers, "cross");
          latents(layers, new PerceiverGraph(layers).encode(x, options, masks.of("mask", "m")));
        });
  }

  /**
   * {@link tributary.attention.PerceiverDecoder}: {@code queries} [batch or 1, n, c], as many as a
   * call should decode, and {@code latents} [batch, K, C] to {@code y} [batch, n, outputs]. No
   * mask.
   */
  public static OnnxForm perceiverDecoder(
      Map<String, Weight> weights,
      String prefix,
      int heads,
      Activation activation,
      boolean queryResidual) {
    return new OnnxForm(
        "perceiver_decoder",
        weights,
        activation,
        List.of(),
        (layers, masks) -> {
          OnnxGraph graph = layers.graph();
          String attention = prefix + ".cross.attention";
          Axis width = Axis.of(layers.inputs(attention + ".query"));
          Axis n = Axis.of("n");
          String queries = graph.values("queries", Axis.of("queries.batch"), n, width);
          Axis channels = Axis.of(layers.inputs(attention + ".key"));
          String latents = graph.values("latents", BATCH, Axis.of("k"), channels);
          PerceiverGraph form = new PerceiverGraph(layers);
          String y = form.decode(queries, latents, prefix, heads, queryResidual);
          String last = prefix + ".final";
          String end = layers.has(last + ".weight") ? last : attention + ".output";
          graph.output(y, "y", BATCH, n, Axis.of(layers.outputs(end)));
        });
  }

  private static String inputs(Layers layers, String cross) {
    Axis width = Axis.of(layers.inputs(cross + ".attention.key"));
    return layers.graph().values("inputs", BATCH, Axis.of("m"), width);
  }

  private static void latents(Layers layers, String z) {
    long[] shape = layers.weight("latents").shape();
    layers.graph().output(z, "latents", BATCH, Axis.of(shape[0]), Axis.of(shape[1]));
  }
}
