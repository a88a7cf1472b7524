package tributary.models.hip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
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
import tributary.encode.PositionCodes;
import tributary.encode.Rows;
import tributary.model.ModalitySpec;
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
  private final List<String> labels;
  private final Map<String, PositionCodes> positions = new HashMap<>();
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
    this.names = config.encodedModalities();
    this.labels = config.modalities().keySet().stream().filter(config::isLabel).toList();
    this.layout =
        HipLayout.of(config.numGroups().get(0), names.stream().map(config::length).toList());
    config.modalities().forEach((n, spec) -> embeddings.put(n, new Embedding(weights, n, spec)));
    config
        .modalities()
        .keySet()
        .forEach(n -> positions.put(n, new PositionCodes(weights, config, n)));
    Activation activation = Calls.activation(config.activation());
    for (int i = 0; i < depth; i++) {
      String name = config.block(i);
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

  HipLayout layout() {
    return layout;
  }

  /** The modalities that go through the encoder, in the order of the configuration. */
  List<String> names() {
    return names;
  }

  /** The modalities that join at the processor, in the order of the configuration. */
  List<String> labels() {
    return labels;
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
      throw Invalid.argument("modality", modality, "one of " + config.modalities().keySet());
    }
    return e;
  }

  /** The position codes of all modalities, grouped: the decoder's queries [G0, size, E]. */
  float[] groupedPositions() {
    int e = config.numEmbeddingChannels();
    float[] out = new float[config.numGroups().get(0) * layout.size() * e];
    for (int i = 0; i < names.size(); i++) {
      try (Scope scope = backend.open(0)) {
        float[] codes = scope.values(positions(names.get(i)).all(scope));
        float[] part = layout.group(i, codes, e);
        System.arraycopy(part, 0, out, layout.start()[i] * layout.size() * e, part.length);
      }
    }
    return out;
  }

  /** Position codes of a modality's tokens: what is added to them and its decoder queries with. */
  PositionCodes positions(String modality) {
    return Objects.requireNonNull(positions.get(modality), modality);
  }

  /**
   * What a modality sends on: a label its codes [length, E], any other the latents of its level-0
   * groups [groups, K, C]. What tokens do not fill is zero tokens (pad ids for text); an absent
   * modality is all zero tokens.
   *
   * @param rows null where the modality is absent
   */
  float[] first(Scope scope, String modality, @Nullable Rows rows) {
    Embedding embedding = embedding(modality);
    int length = config.length(modality);
    int given = rows == null ? 0 : rows.count();
    if (given > length) {
      throw Invalid.argument(modality, given + " tokens", "at most " + length);
    }
    int i = names.indexOf(modality);
    if (i < 0) {
      return codes(scope, modality, embedding, rows);
    }
    if (layout.whole(i)) {
      return whole(scope, i, embedding, rows);
    }
    float[] codes = codes(scope, modality, embedding, rows);
    float[] grouped = layout.group(i, codes, config.numEmbeddingChannels());
    return level(scope, 0, grouped, layout.start()[i], layout.groups()[i], null);
  }

  /**
   * The codes of all modalities in their level-0 groups [G0, size, E], absent ones as zero tokens.
   */
  float[] grouped(Scope scope, Map<String, Rows> record) {
    List<float[]> parts = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      float[] codes = codes(scope, name, embedding(name), record.get(name));
      parts.add(layout.group(i, codes, config.numEmbeddingChannels()));
    }
    return join(parts);
  }

  LatentBlock block(int level) {
    return levels.get(level);
  }

  /** Where each group is full of tokens: their codes are made a call, and don't leave it. */
  private float[] whole(Scope scope, int i, Embedding embedding, @Nullable Rows rows) {
    LatentBlock block = levels.get(0);
    PositionCodes codes = positions(names.get(i));
    int size = layout.size();
    int groups = layout.groups()[i];
    Shape shape = new Shape(groups, size, config.numEmbeddingChannels());
    return calls.run(
        scope,
        groups,
        block.size(),
        (s, from, to) -> {
          Tensor at = codes.none() ? null : s.groups(s.reshape(codes.all(s), shape), from, to);
          Tensor x = embedded(s, embedding, rows, from * size, to * size, to - from, at);
          return block.apply(s, x, layout.start()[i] + from);
        });
  }

  /** The codes of all tokens of a modality: [length, E]. */
  private float[] codes(Scope scope, String modality, Embedding embedding, @Nullable Rows rows) {
    int length = config.length(modality);
    PositionCodes codes = positions(modality);
    return calls.run(
        scope,
        1,
        length * config.codeChannels(modality),
        (s, from, to) ->
            embedded(s, embedding, rows, 0, length, 1, codes.none() ? null : codes.all(s)));
  }

  /** Codes of tokens [from, to), those that are not there being zero, in so many groups. */
  private static Tensor embedded(
      Scope scope,
      Embedding embedding,
      @Nullable Rows rows,
      int from,
      int to,
      int groups,
      @Nullable Tensor positions) {
    int there = rows == null ? 0 : Math.max(0, Math.min(rows.count(), to) - from);
    if (embedding.ids()) {
      int[] ids = new int[to - from];
      Arrays.fill(ids, ModalitySpec.Text.PAD);
      if (rows != null) {
        rows.ids(from, there, ids, 0);
      }
      return embedding.apply(scope, ids, groups, positions);
    }
    float[] values = new float[(to - from) * embedding.spec().channels()];
    if (rows != null) {
      rows.values(from, there, values, 0);
    }
    return embedding.apply(scope, values, groups, positions);
  }

  /**
   * Level i >= 1 whole, from the latents of the level before.
   *
   * @param z [G, K, C] of level i - 1
   * @param codes of the labels, [length, C] each, which join z at the processor
   * @param skip the mirrored level's latents, beyond the processor
   * @return [G', K', C']
   */
  float[] next(Scope scope, int i, float[] z, List<float[]> codes, float @Nullable [] skip) {
    float[] x = config.transposes() ? swapped(z, i - 1) : z;
    if (i == config.processor() && !codes.isEmpty()) {
      List<float[]> parts = new ArrayList<>(List.of(x));
      parts.addAll(codes);
      x = join(parts);
    }
    return level(scope, i, x, 0, config.numGroups().get(i), skip);
  }

  /** Latents [G, K, C] of level i as [K, G, C]. */
  private float[] swapped(float[] z, int i) {
    int groups = config.numGroups().get(i);
    int rows = config.zIndexDim().get(i);
    int width = config.numZChannels().get(i);
    float[] out = new float[z.length];
    for (int g = 0; g < groups; g++) {
      for (int k = 0; k < rows; k++) {
        System.arraycopy(z, (g * rows + k) * width, out, (k * groups + g) * width, width);
      }
    }
    return out;
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

  /** Rows one part after the other: for level 0 the latents of all modalities' groups. */
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
