package tributary.models.perceiverio;

import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.attention.PerceiverDecoder;
import tributary.attention.PerceiverIo;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.config.Problems;
import tributary.config.Problems.Refused;
import tributary.encode.Calls;
import tributary.encode.Learner;
import tributary.encode.TapeRows;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.perceiverio.PerceiverTask.Decoder;
import tributary.models.perceiverio.PerceiverTask.MaskedLanguage;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Perceiver IO for learning: texts and pictures (tasks masked_lm, text_labels, image_learned,
 * image_fourier), all views in one call. A byte that may not be seen is [MASK], as published; a
 * pixel that may not be seen is left out, and a picture without any other is none: all zeros. The
 * language model decodes its bytes; the other tasks' outputs are labels, which are not learnt here.
 */
public final class PerceiverIoLearner implements Learner {
  private final PerceiverIoConfig config;
  private final Weights weights;
  private final PerceiverIo encoder;
  private final LearnerInputs inputs;
  private final @Nullable PerceiverDecoder decoder;

  /**
   * Uploads the weights.
   *
   * @throws Refused for a task that can't learn
   */
  public PerceiverIoLearner(Model model, Backend backend) {
    this.config = model.config(PerceiverIoConfig.class, "perceiver-io");
    Problems problems = new Problems();
    config.checkEncodesRecords(problems);
    problems.refuse();
    if (config.task() instanceof PerceiverTask.ConvImage) {
      throw new Refused(
          List.of(
              "Cannot learn encoder perceiver-io with task image_conv: its convolution and batch"
                  + " norm have no backward pass (masked_lm, text_labels, image_learned and"
                  + " image_fourier have one)"));
    }
    this.weights = Weights.learning(model.weights(), backend);
    this.encoder = PerceiverIo.of(weights, PerceiverIoModel.options(config));
    this.inputs = new LearnerInputs(config, weights);
    Decoder d = config.decoder();
    if (config.task() instanceof MaskedLanguage && d != null) {
      Activation activation = Calls.activation(config.activation());
      decoder = PerceiverDecoder.of(weights, "output", d.heads(), activation, d.queryResidual());
      weights.table("output.queries");
      weights.table("output.bias");
    } else {
      decoder = null;
    }
  }

  @Override
  public Weights weights() {
    return weights;
  }

  @Override
  public int embeddingDim() {
    return config.embeddingDim();
  }

  @Override
  public boolean reconstructs() {
    return decoder != null;
  }

  @Override
  public void close() {
    weights.close();
  }

  @Override
  public Encoded encode(Scope tape, List<View> views) {
    return new PerceiverIoEncoded(tape, views);
  }

  /** Views that are encoded when they are first asked for. */
  private final class PerceiverIoEncoded implements Encoded {
    private final Scope tape;
    private final List<View> views;
    private final TapeRows<Fused> latents;

    PerceiverIoEncoded(Scope tape, List<View> views) {
      views.forEach(v -> v.modalities().keySet().forEach(config::modality));
      this.tape = tape;
      this.views = List.copyOf(views);
      this.latents = new TapeRows<>(tape);
    }

    /** [fused, K, C]. */
    private Tensor latents(List<Fused> fused) {
      List<Fused> missing = latents.missing(fused);
      if (!missing.isEmpty()) {
        SortedMap<String, ModalitySpec> specs = new TreeMap<>(config.modalities());
        LearnerInputs.Inputs x =
            inputs.of(tape, missing.stream().map(this::masked).toList(), specs);
        latents.add(missing, encoder.encode(tape, x.tokens(), x.mask()));
      }
      return latents.of(fused, config.latents(), config.channels());
    }

    private Masked masked(Fused fused) {
      if (fused.modalities().size() != 1) {
        throw Invalid.argument(
            "modalities", fused.modalities(), "one: perceiver-io encodes one text or picture");
      }
      Masked masked = views.get(fused.view()).modalities().get(fused.modalities().first());
      if (masked == null) {
        throw Invalid.argument(
            "modality", fused.modalities().first() + " of view " + fused.view(), "present there");
      }
      return masked;
    }

    @Override
    public Tensor embeddings(List<Fused> fused) {
      return tape.meanRows(latents(fused));
    }

    /** Byte logits at the tokens' places, which are one behind [CLS]. */
    @Override
    public Tensor reconstruct(String modality, List<Wanted> wanted) {
      PerceiverDecoder queries = decoder;
      if (queries == null) {
        throw new IllegalStateException(
            "Cannot reconstruct tokens: perceiver-io with task "
                + config.task().name()
                + " decodes labels (masked_lm decodes its bytes)");
      }
      List<Fused> from = wanted.stream().map(Wanted::from).distinct().toList();
      int most = 1;
      for (Wanted w : wanted) {
        int tokens = masked(w.from()).tokens().tokens();
        for (int token : w.tokens()) {
          if (!w.from().modalities().contains(modality) || token < 0 || token >= tokens) {
            throw Invalid.argument("token", token + " of " + modality, "one of " + tokens);
          }
          most = Math.max(most, token + 1);
        }
      }
      int rows = most;
      Tensor places = tape.rows(weights.table("output.queries"), 1, 1 + rows);
      Tensor y = queries.apply(tape, places, latents(from)); // [from, rows, c]
      Tensor flat = tape.reshape(y, Shape.matrix(from.size() * rows, y.shape().channels()));
      int[] some =
          wanted.stream()
              .flatMapToInt(
                  w -> {
                    int at = from.indexOf(w.from()) * rows;
                    return Arrays.stream(w.tokens()).map(t -> at + t);
                  })
              .toArray();
      return tape.linear(tape.lookup(flat, some), bytes(), Activation.NONE);
    }

    /** The embedding table as the last layer, its rows in the order of a text's 259. */
    private Linear bytes() {
      Tensor bias = weights.table("output.bias"); // [1, 1, vocabulary]
      int[] order = LearnerInputs.rowsOfText();
      Tensor own = tape.lookup(tape.reshape(bias, Shape.matrix(bias.shape().channels(), 1)), order);
      return new Linear(
          tape.lookup(weights.table("input.embedding"), order),
          tape.reshape(own, Shape.vector(order.length)));
    }
  }
}
