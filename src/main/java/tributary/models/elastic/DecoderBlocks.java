package tributary.models.elastic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.attention.CrossBlock;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Calls;
import tributary.tensor.Activation;
import tributary.tensor.Linear;

/**
 * What the decoder is made of (reference: elastic_decode), for reconstructing and for learning.
 * JVM-wide, immutable.
 *
 * @param down a node's cross-attend to its parent, by level; the last is the merge level's
 * @param root that of a root to the fusion latents
 * @param tokens that of a token's position to its leaf
 * @param unembed by modality
 */
record DecoderBlocks(
    List<CrossBlock> down, CrossBlock root, CrossBlock tokens, Map<String, Linear> unembed) {
  /** Reads decode.0 and on, decode.merge, decode.root, decode.tokens and unembed.MODALITY. */
  static DecoderBlocks of(ElasticConfig config, Weights weights) {
    Activation activation = Calls.activation(config.activation());
    int heads = config.decoderHeads();
    List<CrossBlock> down = new ArrayList<>();
    for (int i = 0; i < config.levels().size(); i++) {
      down.add(CrossBlock.of(weights, "decode." + i, heads, activation, true));
    }
    down.add(CrossBlock.of(weights, "decode.merge", heads, activation, true));
    Map<String, Linear> unembed = new LinkedHashMap<>();
    config.modalities().keySet().forEach(m -> unembed.put(m, weights.linear("unembed." + m)));
    return new DecoderBlocks(
        List.copyOf(down),
        CrossBlock.of(weights, "decode.root", heads, activation, true),
        CrossBlock.of(weights, "decode.tokens", 1, activation, false),
        unembed);
  }

  /** Of a level's nodes that are no roots: the fixed levels, then the merge level. */
  CrossBlock down(int level) {
    return down.get(Math.min(level, down.size() - 1));
  }

  Linear unembed(String modality) {
    Linear layer = unembed.get(modality);
    if (layer == null) {
      throw Invalid.argument("modality", modality, "one of " + unembed.keySet());
    }
    return layer;
  }
}
