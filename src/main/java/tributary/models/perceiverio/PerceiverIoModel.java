package tributary.models.perceiverio;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tributary.attention.PerceiverDecoder;
import tributary.attention.PerceiverIo;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.AttentionShares;
import tributary.encode.Calls;
import tributary.model.Model;
import tributary.models.perceiverio.PerceiverTask.Decoder;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * A whole Perceiver IO, from preprocessed inputs to latents to the task's outputs, a batch at a
 * time: what imported checkpoints are run with. JVM-wide, immutable; a caller brings its scope, in
 * which results live.
 */
public final class PerceiverIoModel implements AutoCloseable {
  private final PerceiverIoConfig config;
  private final Weights weights;
  private final PerceiverIo encoder;
  private final PerceiverInputs inputs;
  private final @Nullable PerceiverDecoder decoder;
  private final @Nullable Linear tied; // the language model's embedding table as its last layer

  /** Uploads the weights; {@link IllegalArgumentException} for a model of another encoder. */
  public PerceiverIoModel(Model model, Backend backend) {
    PerceiverIoConfig c = model.config(PerceiverIoConfig.class, "perceiver-io");
    this.config = c;
    this.weights = new Weights(model.weights(), backend);
    Activation activation = Calls.activation(c.activation());
    this.encoder = PerceiverIo.of(weights, options(c));
    this.inputs = new PerceiverInputs(c.task(), weights);
    Decoder d = c.decoder();
    this.decoder =
        d == null
            ? null
            : PerceiverDecoder.of(weights, "output", d.heads(), activation, d.queryResidual());
    this.tied =
        c.task() instanceof PerceiverTask.MaskedLanguage
            ? new Linear(weights.table("input.embedding"), weights.table("output.bias"))
            : null;
    if (weights.has("output.queries")) {
      weights.table("output.queries");
    }
    if (c.task() instanceof PerceiverTask.Autoencoder) {
      for (String m : List.of("audio", "image", "label")) {
        weights.linear("output." + m);
      }
    }
  }

  static PerceiverIo.Options options(PerceiverIoConfig c) {
    return new PerceiverIo.Options(
        c.crossHeads(),
        c.selfHeads(),
        c.selfLayers(),
        c.blocks(),
        Calls.activation(c.activation()),
        c.queryResidual(),
        FullyMasked.valueOf(c.emptyAttention().toUpperCase(Locale.ROOT)));
  }

  public PerceiverIoConfig config() {
    return config;
  }

  /** How signals become inputs. */
  public PerceiverInputs inputs() {
    return inputs;
  }

  /**
   * The latents.
   *
   * @param inputs [g, m, c], as {@link #inputs} makes them
   * @param mask which may be attended to, null for all
   * @return [g, K, C]
   */
  public Tensor latents(Scope scope, Tensor inputs, @Nullable Mask mask) {
    return encoder.encode(scope, inputs, mask);
  }

  /** Where the latents look in the cross-attend: the share of each of the inputs [1, m, c]: [m]. */
  double[] shares(Scope scope, Tensor inputs) {
    return AttentionShares.of(scope, encoder.cross(), encoder.queries(scope), inputs);
  }

  /**
   * The outputs of the learned queries: byte logits at every position [g, positions, vocabulary],
   * or label logits [g, 1, labels].
   *
   * @throws IllegalArgumentException where the task's queries are not learned
   */
  public Tensor decode(Scope scope, Tensor latents) {
    if (decoder == null
        || config.task() instanceof PerceiverTask.Autoencoder
        || !weights.has("output.queries")) {
      throw Invalid.argument("task", config.task().name(), "one with learned queries");
    }
    Tensor y = decoder.apply(scope, weights.table("output.queries"), latents);
    return tied == null ? y : scope.linear(y, tied, Activation.NONE);
  }

  /**
   * Movement at every pixel of two frames, [height * width, 2] in pixels of the frames (x, y), the
   * published rescaling by 1 / 100 included.
   *
   * @param inputs [1, height * width, c] of the frames: they are the queries, too
   * @param latents [1, K, C]
   * @param part queries at once
   */
  public float[] flow(Scope scope, Tensor inputs, Tensor latents, int part) {
    if (decoder == null || !(config.task() instanceof PerceiverTask.Flow)) {
      throw Invalid.argument("task", config.task().name(), "optical_flow");
    }
    float[] queries = scope.values(inputs);
    float[] flow = decoder.decode(scope, queries, latents, part);
    for (int i = 0; i < flow.length; i++) {
      flow[i] = (float) (flow[i] / PerceiverTask.Flow.RESCALE);
    }
    return flow;
  }

  /** The decoder of video, sound and label. */
  public PerceiverAutoencoder autoencoder() {
    if (decoder == null || !(config.task() instanceof PerceiverTask.Autoencoder task)) {
      throw Invalid.argument("task", config.task().name(), "autoencoder");
    }
    return new PerceiverAutoencoder(task, weights, decoder);
  }

  /** Mean over the latents [g, K, C]: [g, 1, C], the embedding. */
  public Tensor embed(Scope scope, Tensor latents) {
    return scope.meanRows(latents);
  }

  @Override
  public void close() {
    weights.close();
  }
}
