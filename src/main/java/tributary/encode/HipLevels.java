package tributary.encode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.config.HipConfig;
import tributary.config.ModalitySpec;
import tributary.form.Weights;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The steps of Hierarchical Perceiver (reference: hip): tokens to grouped codes, level by level
 * from [G, N, C] to [G', K, C']. What passes between steps lies on the heap. JVM-wide, immutable.
 */
final class HipLevels {
  private final HipConfig config;
  private final Backend backend;
  private final Calls calls;
  private final HipLayout layout;
  private final List<String> names;
  private final Map<String, Embedding> embeddings = new LinkedHashMap<>();
  private final List<Tensor> positions = new ArrayList<>(); // by modality: [1, length, E]
  private final List<float[]> positionValues = new ArrayList<>();
  private final List<LatentBlock> levels = new ArrayList<>();
  private final List<@Nullable Linear> skips = new ArrayList<>();

  /**
   * @param depth how many levels are needed: up to the processor for an embedding, all to
   *     reconstruct
   */
  HipLevels(HipConfig config, Weights weights, int depth) {
    this.config = config;
    this.backend = weights.backend();
    this.calls = Calls.of(config, backend);
    this.names = List.copyOf(config.modalities().keySet());
    this.layout =
        HipLayout.of(config.numGroups().get(0), names.stream().map(config::length).toList());
    config.modalities().forEach((n, spec) -> embeddings.put(n, new Embedding(weights, n, spec)));
    names.forEach(n -> addPosition(weights, n));
    Activation activation = Calls.activation(config.activation());
    for (int i = 0; i < depth; i++) {
      String name = "levels." + i;
      levels.add(
          LatentBlock.of(
              weights,
              name,
              config.numGroups().get(i),
              config.numCrossAttendHeads().get(i),
              config.numSelfAttendsPerBlock().get(i),
              config.numSelfAttendHeads().get(i),
              activation));
      skips.add(weights.has(name + ".skip.weight") ? weights.linear(name + ".skip") : null);
    }
  }

  private void addPosition(Weights weights, String modality) {
    String name = "position." + modality;
    Tensor table = weights.table(name + ".table");
    float[] values = weights.values(name + ".table");
    if (config.positionProjection()) {
      try (Scope scope = backend.open(0)) {
        Tensor y = scope.linear(table, weights.linear(name + ".projection"), Activation.NONE);
        values = new float[(int) y.shape().size()];
        scope.download(y, values, 0);
        table = weights.constant(name + ".projected", y.shape(), values);
      }
    }
    positions.add(table);
    positionValues.add(values);
  }

  HipLayout layout() {
    return layout;
  }

  List<String> names() {
    return names;
  }

  Calls calls() {
    return calls;
  }

  Backend backend() {
    return backend;
  }

  Embedding embedding(String modality) {
    Embedding e = embeddings.get(modality);
    if (e == null) {
      throw new IllegalArgumentException(
          "Invalid modality: " + modality + " (one of " + names + ")");
    }
    return e;
  }

  /** The position codes of all modalities, grouped: the decoder's queries [G0, size, E]. */
  float[] groupedPositions() {
    int e = config.numEmbeddingChannels();
    float[] out = new float[config.numGroups().get(0) * layout.size() * e];
    for (int i = 0; i < names.size(); i++) {
      float[] part = layout.group(i, positionValues.get(i), e);
      System.arraycopy(part, 0, out, layout.start()[i] * layout.size() * e, part.length);
    }
    return out;
  }

  /**
   * A modality's tokens, filled up with zero tokens (pad ids for text), to the latents of its
   * groups: [groups, K, C] of level 0.
   *
   * @param rows null where the modality is absent
   */
  float[] first(Scope scope, String modality, @Nullable Rows rows) {
    int i = names.indexOf(modality);
    Embedding embedding = embedding(modality);
    int length = layout.lengths()[i];
    int given = rows == null ? 0 : rows.count();
    if (given > length) {
      throw new IllegalArgumentException(
          "Invalid " + modality + ": " + given + " tokens (at most " + length + ")");
    }
    int e = config.numEmbeddingChannels();
    float[] codes =
        calls.run(
            scope,
            1,
            length * e,
            (s, from, to) -> {
              if (embedding.ids()) {
                int[] ids = new int[length];
                Arrays.fill(ids, ModalitySpec.Text.PAD);
                if (rows != null) {
                  rows.ids(0, given, ids, 0);
                }
                return embedding.apply(s, ids, 1, positions.get(i));
              }
              float[] values = new float[length * embedding.spec().channels()];
              if (rows != null) {
                rows.values(0, given, values, 0);
              }
              return embedding.apply(s, values, 1, positions.get(i));
            });
    float[] grouped = layout.group(i, codes, e);
    return level(scope, 0, grouped, layout.start()[i], layout.groups()[i], null);
  }

  /**
   * Level i over groups [first, first + groups).
   *
   * @param inputs what these groups attend to, [groups, N, width]
   * @param skip the mirrored level's latents [groups, K, C], beyond the processor
   * @return [groups, K, C]
   */
  float[] level(
      Scope scope, int i, float[] inputs, int first, int groups, float @Nullable [] skip) {
    LatentBlock block = levels.get(i);
    int width = config.inputChannels(i);
    int rows = inputs.length / groups / width;
    Linear projection = skips.get(i);
    return calls.run(
        scope,
        groups,
        block.size(),
        (s, from, to) -> {
          Tensor x = s.upload(new Shape(to - from, rows, width), inputs, from * rows * width);
          if (skip == null) {
            return block.apply(s, x, first + from);
          }
          int channels = skip.length / groups / block.rows();
          int at = from * block.rows() * channels;
          Tensor z = s.upload(new Shape(to - from, block.rows(), channels), skip, at);
          Tensor added = projection == null ? z : s.linear(z, projection, Activation.NONE);
          return block.applySkipping(s, x, added, first + from);
        });
  }

  /** Latents [groups of all modalities, K, C] of level 0, in the order of the groups. */
  float[] join(List<float[]> parts) {
    int n = parts.stream().mapToInt(p -> p.length).sum();
    float[] all = new float[n];
    int at = 0;
    for (float[] p : parts) {
      System.arraycopy(p, 0, all, at, p.length);
      at += p.length;
    }
    return all;
  }
}
