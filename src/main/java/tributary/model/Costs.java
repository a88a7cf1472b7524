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
    if (config instanceof ElasticConfig c) {
      costs.elastic(c);
    } else if (config instanceof HipConfig c) {
      costs.hip(c);
    } else if (config instanceof BertConfig c) {
      costs.bert(c);
    } else if (config instanceof PerceiverIoConfig c) {
      costs.io(c);
    } else if (config instanceof PerceiverConfig c) {
      costs.perceiver(c);
    }
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
  private long parameters(String prefix) {
    return shapes.entrySet().stream()
        .filter(e -> e.getKey().startsWith(prefix))
        .mapToLong(e -> WeightTable.size(e.getValue()))
        .sum();
  }

  /** The merge level's cost a token is that of all its runs over a long record: a geometric sum. */
  private void elastic(ElasticConfig c) {
    long inputs = c.groupSize();
    int width = c.embeddingChannels();
    double tokens = c.groupSize();
    for (int i = 0; i < c.levels().size(); i++) {
      LevelSpec l = c.levels().get(i);
      level("levels." + i, inputs, width, l, c, tokens);
      inputs = (long) c.fanIn() * l.latents();
      width = l.channels();
      tokens *= c.fanIn();
    }
    level("merge", inputs, width, c.merge(), c, tokens * (c.fanIn() - 1) / c.fanIn());
    level("fusion", (long) c.modalities().size() * c.merge().latents(), width, c.fusion(), c, 0);
  }

  private void level(
      String name, long inputs, int width, LevelSpec l, ElasticConfig c, double tokens) {
    Block block =
        new Block(inputs, width, width, width, l.latents(), l.channels(), c.crossWidening())
            .layers(l.selfLayers(), l.channels(), c.selfWidening())
            .heads(l.crossHeads(), l.selfHeads());
    add(
        name,
        name + ".",
        1,
        block,
        l.selfLayers(),
        tokens == 0 ? Double.POSITIVE_INFINITY : tokens);
  }

  private void hip(HipConfig c) {
    long tokens = c.lengths().values().stream().mapToLong(n -> n).sum();
    long labels = c.labelModalities().stream().mapToLong(c::length).sum();
    long inputs = 0;
    for (int i = 0; i <= c.processor(); i++) {
      int groups = c.numGroups().get(i);
      int k = c.zIndexDim().get(i);
      if (i == 0) {
        inputs = (tokens - labels + groups - 1) / groups;
      } else {
        inputs = (long) c.numGroups().get(i - 1) * c.zIndexDim().get(i - 1) / groups;
        inputs += i == c.processor() ? labels : 0;
      }
      int width = c.inputChannels(i);
      int layers = c.numSelfAttendsPerBlock().get(i);
      Block block =
          new Block(
                  inputs,
                  width,
                  width,
                  width,
                  k,
                  c.numZChannels().get(i),
                  c.crossAttendWideningFactor().get(i))
              .layers(layers, c.numZChannels().get(i), c.selfAttendWideningFactor().get(i))
              .heads(c.numCrossAttendHeads().get(i), c.numSelfAttendHeads().get(i));
      add(c.block(i), c.block(i) + ".", groups, block, layers, tokens);
    }
  }

  /**
   * Of a text of the greatest length, and for cross-attention another of that length. Of a layer
   * lie in memory at once: the hidden states before and after its norm, queries, keys, values, what
   * was attended to, and the MLP's hidden values.
   */
  private void bert(BertConfig c) {
    long n = c.positions();
    long h = c.hidden();
    long attention = 4 * n * h * h + 2 * n * n * h;
    long layer = c.attentions().size() * attention + 2 * n * h * c.intermediate();
    long bytes = Float.BYTES * n * (6 * h + c.intermediate());
    bert("embeddings", "embeddings.", c, n, 0, 0, Float.BYTES * n * 2 * h, 0);
    long scores = Float.BYTES * n * n * c.heads();
    bert("layers", "encoder.", c, n, c.layers(), c.layers() * layer, bytes, scores);
    if (c.pooler()) {
      bert("pooler", "pooler.", c, 1, 0, h * h, Float.BYTES * 2 * h, 0);
    }
  }

  private void bert(
      String name,
      String prefix,
      BertConfig c,
      long rows,
      int layers,
      long operations,
      long bytes,
      long scores) {
    int h = c.hidden();
    double tokens = c.positions();
    int latents = (int) rows;
    levels.add(
        new Level(
            name,
            1,
            rows,
            h,
            latents,
            h,
            layers,
            parameters(prefix),
            tokens,
            operations,
            bytes,
            scores));
  }

  private void io(PerceiverIoConfig c) {
    long inputs = inputs(c.task());
    int width = c.task().inputChannels();
    Block cross =
        new Block(
                inputs,
                width,
                c.crossQk(),
                c.crossV(),
                c.latents(),
                c.channels(),
                c.crossWidening())
            .heads(c.crossHeads(), 0);
    add("cross", "cross.", 1, cross, 0, inputs);
    Block self =
        new Block(0, width, c.crossQk(), c.crossV(), c.latents(), c.channels(), 0)
            .layers(c.blocks() * c.selfLayers(), c.selfQk(), c.selfWidening())
            .heads(0, c.selfHeads());
    add("self x " + c.blocks(), "self.", 1, self, c.blocks() * c.selfLayers(), inputs);
  }

  /** Of a record of the greatest length that the task has; 1 where it has none. */
  private static long inputs(PerceiverTask task) {
    if (task instanceof PerceiverTask.MaskedLanguage t) {
      return t.positions();
    } else if (task instanceof PerceiverTask.TextLabels t) {
      return t.positions();
    } else if (task instanceof PerceiverTask.LearnedImage t) {
      return (long) t.size() * t.size();
    } else if (task instanceof PerceiverTask.FourierImage t) {
      return (long) t.size() * t.size();
    } else if (task instanceof PerceiverTask.ConvImage t) {
      long side = ((t.size() - 1) / 2 + 1 - 3) / 2 + 1;
      return side * side;
    } else if (task instanceof PerceiverTask.Flow t) {
      return (long) t.height() * t.width();
    } else if (task instanceof PerceiverTask.Autoencoder t) {
      long side = t.size() / PerceiverTask.Autoencoder.IMAGE_PATCH;
      return t.frames() * side * side + (long) t.frames() * t.samples() / t.patch() + 1;
    }
    return 1;
  }

  /** Of a record of 1,024 tokens. */
  private void perceiver(PerceiverConfig c) {
    long tokens = 1024;
    for (int d = 0; d < c.depth(); d++) {
      int width = c.inputChannels();
      Block block =
          new Block(tokens, width, width, width, c.latents(), c.channels(), c.crossWidening())
              .layers(c.selfLayers(), c.channels(), c.selfWidening())
              .heads(c.crossHeads(), c.selfHeads());
      String weights = "layers." + (c.tieLayers() ? Math.min(d, 1) : d) + ".";
      add("pass " + d, weights, 1, block, c.selfLayers(), tokens);
    }
  }

  private void add(
      String name, String prefix, long groups, Block b, int selfLayers, double tokens) {
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

  /** One block's sizes. */
  private static final class Block {
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

    Block(long inputs, int width, int qk, int v, int latents, int channels, int widening) {
      this.inputs = inputs;
      this.width = width;
      this.qk = qk;
      this.v = v;
      this.latents = latents;
      this.channels = channels;
      this.widening = widening;
      this.widest = (long) latents * channels * Math.max(1, widening);
    }

    Block layers(int layers, int selfQk, int selfWidening) {
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

    Block heads(int cross, int self) {
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
