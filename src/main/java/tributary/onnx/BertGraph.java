package tributary.onnx;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.model.Weight;
import tributary.tensor.Attention.FullyMasked;

/**
 * BERT with cross-attention as ONNX operations, by Hugging Face's names: as {@link
 * tributary.attention.BertDecoder}, all tokens of type 0, self-attention causal; a query that may
 * attend to nothing yields the mean of all values.
 */
record BertGraph(Layers layers, String prefix, int count, int heads, float epsilon) {
  /** The weights with all layers by the names that {@link #layer} reads. */
  static Map<String, Weight> named(Map<String, Weight> weights, String prefix, int count) {
    Map<String, Weight> named = weights;
    for (int i = 0; i < count; i++) {
      named = DecoderNames.ofBert(named, layerName(prefix, i));
    }
    return named;
  }

  private static String layerName(String prefix, int i) {
    return Forms.below(prefix, "encoder.layer." + i);
  }

  /** ids [batch, n] and encoded [batch, m, w] give [batch, n, c]. */
  String apply(String ids, String encoded, @Nullable String encodedMask) {
    String embeddings = Forms.below(prefix, "embeddings");
    String words = layers.constant(embeddings + ".word_embeddings.weight");
    String positions = layers.constant(embeddings + ".position_embeddings.weight");
    String types = layers.constant(embeddings + ".token_type_embeddings.weight");
    String type = layers.apply("Gather", types, layers.graph().whole(0));
    String x = layers.add(layers.apply("Gather", words, ids), type);
    x = layers.add(x, layers.firstRows(positions, ids, 1));
    x = layers.normalize(x, embeddings + ".LayerNorm", epsilon);
    String causal = DecoderLayer.causal(layers, ids);
    for (int i = 0; i < count; i++) {
      x = layer(x, encoded, layerName(prefix, i), causal, encodedMask);
    }
    return x;
  }

  /** One layer; masks null for all. */
  String layer(
      String x, String encoded, String name, @Nullable String mask, @Nullable String encodedMask) {
    return new DecoderLayer(layers, heads, heads, false, epsilon, FullyMasked.UNIFORM)
        .apply(x, encoded, name, mask, encodedMask);
  }
}
