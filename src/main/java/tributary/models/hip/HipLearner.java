package tributary.models.hip;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Calls;
import tributary.encode.Embedding;
import tributary.encode.LatentBlock;
import tributary.encode.Learner;
import tributary.encode.PositionCodes;
import tributary.model.Model;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Hierarchical Perceiver for learning (reference: hip): the groups of one level of all records go
 * through one call, and latents stay in the backend's memory between levels. A token that may not
 * be seen is a zero token, or for text the mask's row; a modality that isn't fused is absent.
 */
public final class HipLearner implements Learner {
  private final HipConfig config;
  private final Weights weights;
  private final HipLayout layout;
  private final List<String> names;
  private final Map<String, Embedding> embeddings = new LinkedHashMap<>();
  private final Map<String, PositionCodes> positions = new LinkedHashMap<>();
  private final List<LatentBlock> levels = new ArrayList<>();
  private final List<@Nullable Linear> skips = new ArrayList<>();
  private final @Nullable HipHeads heads;

  public HipLearner(Model model, Backend backend) {
    this.config = model.config(HipConfig.class, "hip");
    this.weights = Weights.learning(model.weights(), backend);
    this.names = config.encodedModalities();
    this.layout =
        HipLayout.of(config.numGroups().get(0), names.stream().map(config::length).toList());
    config
        .modalities()
        .forEach(
            (name, spec) -> {
              embeddings.put(name, new Embedding(weights, name, spec));
              positions.put(name, new PositionCodes(weights, config, name));
            });
    int depth = config.decoder() ? config.levels() : config.processor() + 1;
    for (int i = 0; i < depth; i++) {
      levels.add(block(i));
      String skip = config.block(i) + ".skip";
      skips.add(weights.has(skip + ".weight") ? weights.linear(skip) : null);
    }
    this.heads = config.decoder() ? new HipHeads(config, weights) : null;
  }

  private LatentBlock block(int i) {
    Activation activation = Calls.activation(config.activation());
    return LatentBlock.of(
        weights,
        config.block(i),
        config.numGroups().get(i),
        config.numCrossAttendHeads().get(i),
        config.numSelfAttendsPerBlock().get(i),
        config.numSelfAttendHeads().get(i),
        activation);
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
    return heads != null;
  }

  @Override
  public HipPass encode(Scope tape, List<View> views) {
    return new HipPass(this, tape, views);
  }

  HipConfig config() {
    return config;
  }

  HipLayout layout() {
    return layout;
  }

  /** The modalities that go through the encoder, in the order of their groups. */
  List<String> names() {
    return names;
  }

  HipHeads heads() {
    HipHeads all = heads;
    if (all == null) {
      throw new IllegalStateException(
          "Cannot reconstruct tokens: the model has no decoder (decoder: true in its configuration"
              + " gives it one, for learning)");
    }
    return all;
  }

  Embedding embedding(String modality) {
    Embedding e = embeddings.get(modality);
    if (e == null) {
      throw Invalid.argument("modality", modality, "one of " + config.modalities().keySet());
    }
    return e;
  }

  /** Position codes of a modality: [1, length, E]. */
  Tensor positions(Scope tape, String modality) {
    return Objects.requireNonNull(positions.get(modality), modality).all(tape);
  }

  /** Rows [records, length, w] of modality i to its groups [records * groups, size, w]. */
  Tensor grouped(Scope tape, int i, Tensor x) {
    int records = x.shape().groups();
    int width = x.shape().channels();
    int per = layout.perGroup(i);
    int groups = layout.groups()[i];
    Tensor whole = filled(tape, x, groups * per);
    return filled(
        tape, tape.reshape(whole, new Shape(records * groups, per, width)), layout.size());
  }

  /** x [g, n, c] with rows of zeros behind it: [g, rows, c]. */
  private static Tensor filled(Scope tape, Tensor x, int rows) {
    Shape shape = new Shape(x.shape().groups(), rows - x.shape().rows(), x.shape().channels());
    return shape.rows() == 0
        ? x
        : tape.concatRows(List.of(x, tape.upload(shape, new float[(int) shape.size()], 0)));
  }

  /**
   * A level over groups [first, first + groups) of each record.
   *
   * @param inputs [records * groups, m, w]
   * @param skip the mirrored level's latents [records * groups, K, C'], beyond the processor
   * @return [records * groups, K, C]
   */
  Tensor level(Scope tape, int i, Tensor inputs, int first, int groups, @Nullable Tensor skip) {
    Linear projection = skips.get(i);
    Tensor added =
        skip == null || projection == null ? skip : tape.linear(skip, projection, Activation.NONE);
    return levels.get(i).applyToRecords(tape, inputs, first, groups, added);
  }

  @Override
  public void close() {
    weights.close();
  }
}
