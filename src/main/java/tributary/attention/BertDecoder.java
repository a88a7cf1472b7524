package tributary.attention;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.LayerNorm;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * BERT as a decoder with cross-attention (Hugging Face BertModel with is_decoder and
 * add_cross_attention, without its pooler): token, position and type embeddings, then layers whose
 * self-attention is causal. All tokens are of type 0.
 *
 * @param words [1, vocabulary, c]
 * @param positions [1, longest sequence, c]
 * @param types [1, types, c]
 */
public record BertDecoder(
    Tensor words, Tensor positions, Tensor types, LayerNorm norm, List<BertLayer> layers) {
  public BertDecoder {
    layers = List.copyOf(layers);
  }

  /**
   * Hugging Face's names below the prefix.
   *
   * @param count layers
   * @param epsilon of every norm; 1e-12 in the published models
   */
  public static BertDecoder of(
      Weights weights, String prefix, int count, int heads, Activation activation, float epsilon) {
    List<BertLayer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = Weights.below(prefix, "encoder.layer." + i);
      layers.add(BertLayer.of(weights, name, heads, activation, epsilon));
    }
    String embeddings = Weights.below(prefix, "embeddings");
    return new BertDecoder(
        weights.table(embeddings + ".word_embeddings.weight"),
        weights.table(embeddings + ".position_embeddings.weight"),
        weights.table(embeddings + ".token_type_embeddings.weight"),
        weights.norm(embeddings + ".LayerNorm", epsilon),
        layers);
  }

  /**
   * Decodes.
   *
   * @param ids token numbers, a sequence of n for each of g groups, one after the other
   * @param groups g
   * @param encoded [g, m, w]
   * @param encodedMask of the encoded rows; null for all
   * @return [g, n, c]
   */
  public Tensor apply(
      Scope scope, int[] ids, int groups, Tensor encoded, @Nullable Mask encodedMask) {
    if (groups < 1 || ids.length % groups != 0) {
      throw Invalid.argument(
          "ids", ids.length, "sequences of one length for " + groups + " groups");
    }
    int n = ids.length / groups;
    if (n > positions.shape().rows()) {
      throw Invalid.argument("ids", n + " a sequence", "positions " + positions.shape());
    }
    int channels = words.shape().channels();
    Tensor x = scope.reshape(scope.lookup(words, ids), new Shape(groups, n, channels));
    x = scope.add(x, scope.lookup(types, new int[] {0}));
    x = scope.add(x, scope.lookup(positions, IntStream.range(0, n).toArray()));
    x = scope.normalize(x, norm);
    Mask causal = Mask.causal(n, n);
    for (BertLayer layer : layers) {
      x = layer.apply(scope, x, encoded, causal, encodedMask);
    }
    return x;
  }
}
