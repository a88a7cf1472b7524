package tributary.models.elastic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tributary.attention.CrossBlock;
import tributary.attention.Weights;
import tributary.encode.Calls;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Top-down reconstruction (reference: elastic_decode): each node's decoder latents are its encoder
 * latents that attend to its parent's decoder latents, the root's to the fusion latents; then each
 * token's position attends to its leaf's. JVM-wide, immutable.
 */
final class ElasticDecoder {
  private final ElasticConfig config;
  private final ElasticLevels levels;
  private final Calls calls;
  private final DecoderBlocks blocks;

  ElasticDecoder(ElasticConfig config, ElasticLevels levels, Weights weights) {
    this.config = config;
    this.levels = levels;
    this.calls = levels.calls();
    this.blocks = DecoderBlocks.of(config, weights);
  }

  /** Every token of a modality: [count, channels]. */
  float[] decode(
      Scope scope, String modality, int count, List<List<float[]>> tree, float[] fusion) {
    List<float[]> above = List.of(fusion);
    int width = config.fusion().channels();
    for (int depth = tree.size() - 1; depth >= 0; depth--) {
      boolean isRoot = depth == tree.size() - 1;
      CrossBlock block = isRoot ? blocks.root() : blocks.down(depth);
      above = nodes(scope, block, depth, tree.get(depth), above, isRoot, width);
      width = config.level(depth).channels();
    }
    return tokens(scope, modality, count, above);
  }

  private List<float[]> nodes(
      Scope scope,
      CrossBlock block,
      int depth,
      List<float[]> own,
      List<float[]> parents,
      boolean isRoot,
      int parentWidth) {
    int width = config.level(depth).channels();
    int size = own.get(0).length;
    int parentSize = parents.get(0).length;
    float[] all =
        calls.run(
            scope,
            own.size(),
            size,
            (s, from, to) -> {
              float[] q = new float[(to - from) * size];
              float[] x = new float[(to - from) * parentSize];
              for (int g = from; g < to; g++) {
                float[] parent = parents.get(isRoot ? 0 : g / config.fanIn());
                System.arraycopy(own.get(g), 0, q, (g - from) * size, size);
                System.arraycopy(parent, 0, x, (g - from) * parentSize, parentSize);
              }
              return block.apply(
                  s,
                  s.upload(new Shape(to - from, size / width, width), q, 0),
                  s.upload(new Shape(to - from, parentSize / parentWidth, parentWidth), x, 0));
            });
    List<float[]> nodes = new ArrayList<>();
    for (int g = 0; g < own.size(); g++) {
      nodes.add(Arrays.copyOfRange(all, g * size, (g + 1) * size));
    }
    return nodes;
  }

  private float[] tokens(Scope scope, String modality, int count, List<float[]> leaves) {
    Linear layer = blocks.unembed(modality);
    int channels = layer.outputs();
    int group = config.groupSize();
    int whole = count / group;
    float[] out = new float[Math.multiplyExact(count, channels)];
    float[] full = tokens(scope, modality, layer, leaves.subList(0, whole), group);
    System.arraycopy(full, 0, out, 0, full.length);
    if (count > whole * group) {
      float[] tail =
          tokens(scope, modality, layer, leaves.subList(whole, whole + 1), count - whole * group);
      System.arraycopy(tail, 0, out, full.length, tail.length);
    }
    return out;
  }

  private float[] tokens(
      Scope scope, String modality, Linear layer, List<float[]> leaves, int length) {
    int width = config.levels().get(0).channels();
    int rows = config.levels().get(0).latents();
    return calls.run(
        scope,
        leaves.size(),
        length * layer.outputs(),
        (s, from, to) -> {
          float[] x = new float[(to - from) * rows * width];
          for (int g = from; g < to; g++) {
            System.arraycopy(leaves.get(g), 0, x, (g - from) * rows * width, rows * width);
          }
          Tensor queries = levels.positions(modality).firstRows(s, length);
          Tensor made =
              blocks.tokens().apply(s, queries, s.upload(new Shape(to - from, rows, width), x, 0));
          return s.linear(made, layer, Activation.NONE);
        });
  }
}
