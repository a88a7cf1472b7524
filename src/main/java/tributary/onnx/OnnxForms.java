package tributary.onnx;

import java.util.List;
import java.util.Map;
import tributary.model.Weight;
import tributary.onnx.OnnxGraph.Axis;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;

/**
 * The forms of {@link tributary.attention} as ONNX graphs, each from the weights, by the names,
 * that its class reads; where the graph has masks {@link OnnxForm#masked} makes them inputs.
 */
public final class OnnxForms {
  private static final Axis BATCH = Axis.of("batch");
  private static final float EPSILON = 1e-5f;

  private OnnxForms() {}

  private static String rows(Layers layers, String name, String rows, long channels) {
    return layers.graph().values(name, BATCH, Axis.of(rows), Axis.of(channels));
  }

  private static void output(Layers layers, String y, String name, String rows, long channels) {
    layers.graph().output(y, name, BATCH, Axis.of(rows), Axis.of(channels));
  }

  private static long inputs(Layers layers, String prefix, String name) {
    return layers.inputs(Forms.below(prefix, name));
  }

  private static long outputs(Layers layers, String prefix, String name) {
    return layers.outputs(Forms.below(prefix, name));
  }

  /**
   * {@link tributary.attention.CrossAttention}: {@code x} [batch, n, c] attends to {@code context}
   * [batch, m, w]: {@code y} [batch, n, c out]. Mask {@code mask}.
   */
  public static OnnxForm crossAttention(
      Map<String, Weight> weights, String prefix, int heads, FullyMasked fullyMasked) {
    return new OnnxForm(
        "cross_attention",
        weights,
        Activation.NONE,
        List.of("mask"),
        (layers, masks) -> {
          String x = rows(layers, "x", "n", inputs(layers, prefix, "query"));
          String context = rows(layers, "context", "m", inputs(layers, prefix, "key"));
          String y =
              new Blocks(layers)
                  .attention(
                      x, context, context, prefix, heads, masks.of("mask", "m"), fullyMasked);
          output(layers, y, "y", "n", outputs(layers, prefix, "output"));
        });
  }

  /**
   * {@link tributary.attention.SelfDoc}: {@code a} and {@code b} [batch, n, c] to {@code a_out} and
   * {@code b_out}. Mask {@code mask} of the rows of both.
   */
  public static OnnxForm selfDoc(Map<String, Weight> weights, String prefix, int heads) {
    return new OnnxForm(
        "selfdoc",
        weights,
        Activation.NONE,
        List.of("mask"),
        (layers, masks) -> {
          long c = inputs(layers, prefix, "a.odd.query");
          String a = rows(layers, "a", "n", c);
          String b = rows(layers, "b", "n", c);
          List<String> met = new Forms(layers).selfDoc(a, b, prefix, heads, masks.of("mask", "n"));
          output(layers, met.get(0), "a_out", "n", c);
          output(layers, met.get(1), "b_out", "n", c);
        });
  }

  /**
   * {@link tributary.attention.Film}: {@code x} [batch, n, c] and {@code condition} [batch or 1, 1,
   * w] to {@code y} [batch, n, c]. No mask.
   */
  public static OnnxForm film(Map<String, Weight> weights, String prefix) {
    return new OnnxForm(
        "film",
        weights,
        Activation.NONE,
        List.of(),
        (layers, masks) -> {
          long c = outputs(layers, prefix, "generator") / 2;
          String x = rows(layers, "x", "n", c);
          Axis width = Axis.of(inputs(layers, prefix, "generator"));
          String by =
              layers.graph().values("condition", Axis.of("condition.batch"), Axis.of(1), width);
          output(layers, new Forms(layers).film(x, by, prefix), "y", "n", c);
        });
  }

  /**
   * {@link tributary.attention.PersistentMemoryAttention}: {@code x} [batch, n, c] to {@code y}
   * [batch, n, c out]. Mask {@code mask} of the rows of x; the learned vectors are never masked.
   */
  public static OnnxForm persistentMemory(Map<String, Weight> weights, String prefix, int heads) {
    return new OnnxForm(
        "persistent_memory",
        weights,
        Activation.NONE,
        List.of("mask"),
        (layers, masks) -> {
          String x = rows(layers, "x", "n", inputs(layers, prefix, "query"));
          String y = new Forms(layers).persistentMemory(x, prefix, heads, masks.of("mask", "n"));
          output(layers, y, "y", "n", outputs(layers, prefix, "output"));
        });
  }

  /**
   * {@link tributary.attention.Retro}: {@code x} [batch, n, c] and {@code neighbours} [batch,
   * chunks, m, w], what was retrieved for each chunk, its neighbours one after the other, to {@code
   * y} [batch, n, c out]. Retrieval itself is the caller's. Mask {@code mask} [batch, chunks, m].
   *
   * @param chunk rows of a chunk
   */
  public static OnnxForm retro(Map<String, Weight> weights, String prefix, int heads, int chunk) {
    return new OnnxForm(
        "retro",
        weights,
        Activation.NONE,
        List.of("mask"),
        (layers, masks) -> {
          String x = rows(layers, "x", "n", inputs(layers, prefix, "query"));
          Axis chunks = Axis.of("chunks");
          Axis m = Axis.of("m");
          Axis width = Axis.of(inputs(layers, prefix, "key"));
          String neighbours = layers.graph().values("neighbours", BATCH, chunks, m, width);
          String mask = masks.of("mask", BATCH, chunks, m);
          String y = new Forms(layers).retro(x, neighbours, prefix, heads, chunk, mask);
          output(layers, y, "y", "n", outputs(layers, prefix, "output"));
        });
  }

  /**
   * {@link tributary.attention.CrossVit}: {@code small} [batch, n, w] and {@code large} [batch, m,
   * v], row 0 the class tokens, to {@code small_out} and {@code large_out}. No mask.
   */
  public static OnnxForm crossVit(
      Map<String, Weight> weights, String prefix, int smallHeads, int largeHeads) {
    return new OnnxForm(
        "crossvit",
        weights,
        Activation.GELU,
        List.of(),
        (layers, masks) -> {
          String ofSmall = Forms.below(prefix, "small");
          String ofLarge = Forms.below(prefix, "large");
          long w = layers.inputs(ofSmall + ".project");
          long v = layers.inputs(ofLarge + ".project");
          String small = rows(layers, "small", "n", w);
          String large = rows(layers, "large", "m", v);
          Forms forms = new Forms(layers);
          String a = forms.crossVitBranch(small, large, ofSmall, smallHeads);
          String b = forms.crossVitBranch(large, small, ofLarge, largeHeads);
          output(layers, a, "small_out", "n", w);
          output(layers, b, "large_out", "m", v);
        });
  }

  /**
   * {@link tributary.attention.TransformerDecoderLayer}, by PyTorch's names: {@code x} [batch, n,
   * c] and {@code memory} [batch, m, w] to {@code y} [batch, n, c]. Masks {@code mask} of the rows
   * of x, {@code memory_mask}.
   *
   * @param causal whether a row sees itself and those before it only, of those that a mask allows
   */
  public static OnnxForm transformerDecoderLayer(
      Map<String, Weight> weights,
      String prefix,
      int heads,
      Activation activation,
      boolean normFirst,
      boolean causal) {
    String layer = Forms.below(prefix, "layer");
    return new OnnxForm(
        "transformer_decoder",
        DecoderNames.ofPyTorch(weights, prefix, layer),
        activation,
        List.of("mask", "memory_mask"),
        (layers, masks) -> {
          long c = layers.inputs(layer + ".self.query");
          String x = rows(layers, "x", "n", c);
          String memory = rows(layers, "memory", "m", layers.inputs(layer + ".cross.key"));
          String mask = masks.of("mask", "n");
          if (causal) {
            String before = DecoderLayer.causal(layers, x);
            mask = mask == null ? before : layers.apply("And", mask, before);
          }
          String y =
              new DecoderLayer(layers, heads, heads, normFirst, EPSILON, FullyMasked.ZERO)
                  .apply(x, memory, layer, mask, masks.of("memory_mask", "m"));
          output(layers, y, "y", "n", c);
        });
  }

  /**
   * {@link tributary.attention.BertLayer}, by Hugging Face's names: {@code x} [batch, n, c] and
   * {@code encoded} [batch, m, w] to {@code y} [batch, n, c]. Masks {@code mask} of the rows of x,
   * {@code encoded_mask}.
   */
  public static OnnxForm bertLayer(
      Map<String, Weight> weights, String prefix, int heads, Activation activation, float epsilon) {
    return new OnnxForm(
        "bert_layer",
        DecoderNames.ofBert(weights, prefix),
        activation,
        List.of("mask", "encoded_mask"),
        (layers, masks) -> {
          long c = layers.inputs(prefix + ".self.query");
          String x = rows(layers, "x", "n", c);
          String encoded = rows(layers, "encoded", "m", layers.inputs(prefix + ".cross.key"));
          String y =
              new DecoderLayer(layers, heads, heads, false, epsilon, FullyMasked.UNIFORM)
                  .apply(x, encoded, prefix, masks.of("mask", "n"), masks.of("encoded_mask", "m"));
          output(layers, y, "y", "n", c);
        });
  }
}
