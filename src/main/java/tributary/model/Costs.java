package tributary.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a model costs, level by level, from its configuration alone. An operation is a
 * multiplication with its addition in a product of matrices; norms, activations and softmax are not
 * counted, nor what depends on weights alone. Bytes are float32 in the kernels: inputs, keys,
 * values, and the latents with their MLP.
 */
public final class Costs {
  private final List<Level> levels = new ArrayList<>();
  private final Map<String, long[]> shapes;

  private Costs(ModelConfig config) {
    this.shapes = WeightTable.of(config).shapes();
  }

  /**
   * One level: `latents` x `channels` attend to `inputs` x `width` and to each other.
   *
   * @param groups of a record of `tokens` tokens
   * @param tokens that share these groups' cost: of a group's subtree, or of a whole record
   * @param operations of one group
   * @param bytes of one group
   * @param scores bytes of the largest attention's weights of one group, all heads
   */
  public record Level(
      String name,
      long groups,
      long inputs,
      int width,
      int latents,
      int channels,
      int selfLayers,
      long parameters,
      double tokens,
      long operations,
      long bytes,
      long scores) {
    /** Operations for each token. */
    public double perToken() {
      return groups * (double) operations / tokens;
    }
  }

  /** Every level that an embedding needs, in the order of the flow. */
  public static List<Level> of(ModelConfig config) {
    Costs costs = new Costs(config);
    config.costs(costs);
    return List.copyOf(costs.levels);
  }

  /**
   * What the largest group of a model needs where whole arrays are computed: its bytes twice, for
   * heads are laid out apart, and the attention weights of all heads.
   */
  public static long groupBytes(ModelConfig config) {
    return of(config).stream().mapToLong(l -> 2 * l.bytes() + l.scores()).max().orElse(0);
  }

  /** Parameters of the tensors below a prefix. */
  public long parameters(String prefix) {
    return shapes.entrySet().stream()
        .filter(e -> e.getKey().startsWith(prefix))
        .mapToLong(e -> WeightTable.size(e.getValue()))
        .sum();
  }

  /** Adds a level as it is. */
  public void add(Level level) {
    levels.add(level);
  }

  /**
   * Adds a level that is one block.
   *
   * @param prefix of its weights
   * @param groups of a record of `tokens` tokens
   */
  public void add(String name, String prefix, long groups, Block b, int selfLayers, double tokens) {
    levels.add(
        new Level(
            name,
            groups,
            b.inputs,
            b.width,
            b.latents,
            b.channels,
            selfLayers,
            parameters(prefix),
            tokens,
            b.operations(),
            b.bytes(),
            b.scores()));
  }

  /** One block's sizes: a cross-attend with its MLP, then self-attention layers. */
  public static final class Block {
    final long inputs;
    final int width;
    final int latents;
    final int channels;
    private final int qk;
    private final int v;
    private final int widening;
    private long selfOperations;
    private long widest;
    private long crossHeads;
    private long selfHeads;

    public Block(long inputs, int width, int qk, int v, int latents, int channels, int widening) {
      this.inputs = inputs;
      this.width = width;
      this.qk = qk;
      this.v = v;
      this.latents = latents;
      this.channels = channels;
      this.widening = widening;
      this.widest = (long) latents * channels * Math.max(1, widening);
    }

    public Block layers(int layers, int selfQk, int selfWidening) {
      long k = latents;
      long c = channels;
      selfOperations =
          layers
              * (2 * k * c * selfQk
                  + 2 * k * c * c
                  + k * k * (selfQk + c)
                  + 2 * k * c * c * selfWidening);
      widest = Math.max(widest, layers == 0 ? 0 : k * c * selfWidening);
      return this;
    }

    public Block heads(int cross, int self) {
      crossHeads = cross;
      selfHeads = self;
      return this;
    }

    long scores() {
      return Float.BYTES * latents * Math.max(crossHeads * inputs, selfHeads * latents);
    }

    long operations() {
      long k = latents;
      long c = channels;
      long cross =
          widening == 0
              ? 0
              : inputs * width * (qk + v)
                  + k * inputs * (qk + v)
                  + k * v * c
                  + 2 * k * c * c * widening;
      return cross + selfOperations;
    }

    long bytes() {
      return Float.BYTES * (inputs * (2L * width + qk + v) + 4L * latents * channels + widest);
    }
  }
}
