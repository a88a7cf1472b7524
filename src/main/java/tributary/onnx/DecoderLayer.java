package tributary.onnx;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Attention.FullyMasked;

/**
 * The transformer's decoder layer as ONNX operations, BERT's with cross-attention among them: self-
 * attention, cross-attention, feed-forward, each with residual and norm. Reads prefix.self, .cross,
 * .self_norm, .cross_norm, .mlp_norm, .mlp.hidden and .mlp.output.
 *
 * @param normFirst pre-norm
 * @param epsilon of the norms
 * @param fullyMasked what a query yields that may attend to nothing
 */
public record DecoderLayer(
    Layers layers,
    int selfHeads,
    int crossHeads,
    boolean normFirst,
    float epsilon,
    FullyMasked fullyMasked) {
  /** x [batch, n, c] and memory [batch, m, w] give [batch, n, c]; masks null for all. */
  public String apply(
      String x, String memory, String prefix, @Nullable String mask, @Nullable String memoryMask) {
    Blocks blocks = new Blocks(layers);
    String own = before(x, prefix + ".self_norm");
    String seen = blocks.attention(own, own, own, prefix + ".self", selfHeads, mask, fullyMasked);
    String y = after(layers.add(seen, x), prefix + ".self_norm");
    String asking = before(y, prefix + ".cross_norm");
    String found =
        blocks.attention(
            asking, memory, memory, prefix + ".cross", crossHeads, memoryMask, fullyMasked);
    String z = after(layers.add(found, y), prefix + ".cross_norm");
    String fed = blocks.feedForward(before(z, prefix + ".mlp_norm"), prefix + ".mlp");
    return after(layers.add(fed, z), prefix + ".mlp_norm");
  }

  private String before(String x, String norm) {
    return normFirst ? layers.normalize(x, norm, epsilon) : x;
  }

  private String after(String x, String norm) {
    return normFirst ? x : layers.normalize(x, norm, epsilon);
  }

  /**
   * Which of n rows [batch, n, ..] each may attend to: itself and those before it: bool [1, n, n].
   */
  static String causal(Layers layers, String x) {
    OnnxGraph graph = layers.graph();
    String n = layers.apply("Squeeze", layers.lengths(x, 1, 2));
    String rows = layers.apply("Range", graph.whole(0), n, graph.whole(1));
    String keys = layers.apply("Unsqueeze", rows, graph.constant(0, 1));
    String queries = layers.apply("Unsqueeze", rows, graph.constant(0, 2));
    return layers.apply("LessOrEqual", keys, queries);
  }
}
