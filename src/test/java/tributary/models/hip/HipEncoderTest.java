package tributary.models.hip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.encode.Encoder;
import tributary.encode.Naive;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.Models;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.Nd4jBackend;
import tributary.tokenize.TokenBlock;
import tributary.tools.bench.Batching;

class HipEncoderTest {
  /** Five levels, a text, skips with and without a projection. */
  private static final String FIVE =
      """
      {encoder: hip, num_groups: [6, 2, 1, 2, 6], num_self_attends_per_block: [2, 1, 2, 0, 1],
       z_index_dim: [5, 6, 8, 6, 5], num_z_channels: [12, 18, 24, 18, 6],
       num_self_attend_heads: [3, 2, 4, 2, 3], num_cross_attend_heads: [4, 1, 3, 2, 1],
       self_attend_widening_factor: [4, 2, 1, 4, 3], cross_attend_widening_factor: [1, 2, 1, 1, 1],
       num_embedding_channels: 12, activation: gelu_tanh,
       modalities: [{name: v, length: 71, channels: 2}, {name: l, length: 1, channels: 9},
                    {name: t, length: 13, kind: text}]}
      """;

  /** Three levels, no position projection, one channel. */
  private static final String THREE =
      """
      {encoder: hip, num_groups: [16, 1, 16], num_self_attends_per_block: [2, 1, 1],
       z_index_dim: [4, 16, 4], num_z_channels: [8, 20, 8], num_self_attend_heads: [4, 5, 1],
       num_embedding_channels: 6, position_projection: false,
       modalities: [{name: p, length: 200, channels: 3}, {name: x, length: 61, channels: 1}]}
      """;

  /** A single level. */
  private static final String ONE =
      """
      {encoder: hip, num_groups: [1], num_self_attends_per_block: [1], z_index_dim: [3],
       num_z_channels: [4], num_self_attend_heads: [2], num_embedding_channels: 4,
       modalities: [{name: p, length: 9, channels: 3}]}
      """;

  /** Labels at the processor, one of them a text, and groups that are transposed. */
  private static final String LABELS =
      FIVE.replace("encoder: hip,", "encoder: hip, label_modalities: [t, w],")
          .replace("[{name: v", "[{name: w, length: 3, channels: 5}, {name: v");

  private static final String TRANSPOSED =
      LABELS.replace("encoder: hip,", "encoder: hip, regroup_type: transpose_reshape,");

  /** All groups of level 0 full of tokens. */
  private static final String FULL =
      """
      {encoder: hip, num_groups: [3, 1, 3], num_self_attends_per_block: [1, 1, 1],
       z_index_dim: [4, 6, 4], num_z_channels: [8, 12, 8], num_self_attend_heads: [2, 3, 1],
       num_embedding_channels: 6,
       modalities: [{name: p, length: 20, channels: 3}, {name: t, length: 10, kind: text}]}
      """;

  static List<String> models() {
    return List.of(FIVE, THREE, ONE, FULL, LABELS, TRANSPOSED);
  }

  private static Tolerance close() {
    return Tolerance.roundings(200, 1);
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyLevelAgreesWithTheNaiveFormulas(String yaml) {
    Model model = Samples.model(yaml, 3);
    HipConfig config = (HipConfig) model.config();
    Map<String, double[][]> record = record(config);
    List<double[][]> expected = new Naive(model).hip(config, record);
    for (Backend backend : Samples.backends()) {
      try (backend;
          HipAutoencoder encoder = new HipAutoencoder(model, backend)) {
        HipAutoencoder.Output output = encoder.run(whole(config, record));
        for (int i = 0; i < config.levels(); i++) {
          float[] naive = Naive.floats(expected.get(i));
          close().check(backend.name() + " level " + i, output.levels().get(i), naive);
        }
        for (String label : config.labelModalities()) {
          double[][] z = expected.get(config.processor());
          float[] naive = Naive.floats(new Naive(model).label(config, label, z));
          float[] made = Objects.requireNonNull(output.reconstructions().get(label));
          close().check(backend.name() + " label " + label, made, naive);
        }
        assertThat(output.reconstructions().keySet())
            .containsExactlyInAnyOrderElementsOf(config.modalities().keySet())
            .containsSubsequence(config.encodedModalities());
        output
            .reconstructions()
            .forEach(
                (name, x) ->
                    assertThat(x).hasSize(config.length(name) * config.modality(name).channels()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theEmbeddingIsTheMeanOverTheProcessor(String yaml) {
    Model model = Samples.model(yaml, 4);
    HipConfig config = (HipConfig) model.config();
    Map<String, double[][]> record = record(config);
    for (Backend backend : Samples.backends()) {
      try (backend;
          HipAutoencoder plain = new HipAutoencoder(model, new Batching(backend, 3));
          Encoder encoder = Models.encoder(model, backend)) {
        float[] latents = plain.run(whole(config, record)).levels().get(config.processor());
        float[] expected = new float[config.embeddingDim()];
        for (int c = 0; c < expected.length; c++) {
          double sum = 0;
          for (int i = c; i < latents.length; i += expected.length) {
            sum += latents[i];
          }
          expected[c] = (float) (sum / (latents.length / expected.length));
        }
        List<Subsequence> parts = List.copyOf(whole(config, record).values());
        float[] embedding = Samples.finish(encoder, encoder.encode(parts));
        Tolerance.exact().check(backend.name(), embedding, expected);
      }
    }
  }

  @Test
  void aShorterSequenceIsFilledUpWithZeroTokens() {
    Model model = Samples.model(FIVE, 5);
    HipConfig config = (HipConfig) model.config();
    double[][] few = Samples.tokens(config.modality("v"), 20, 1);
    double[][] filled = new double[71][2];
    System.arraycopy(few, 0, filled, 0, 20);
    try (Backend backend = new Nd4jBackend();
        Encoder encoder = Models.encoder(model, backend)) {
      float[] a = embed(encoder, config, Map.of("v", few));
      float[] b = embed(encoder, config, Map.of("v", filled, "l", new double[1][9]));
      Tolerance.exact().check("filled up", a, b);
    }
  }

  @Test
  void labelsReachTheProcessorAndNothingBefore() {
    Model model = Samples.model(LABELS, 7);
    HipConfig config = (HipConfig) model.config();
    Map<String, double[][]> record = record(config);
    Map<String, double[][]> other = new LinkedHashMap<>(record);
    other.put("w", Samples.tokens(config.modality("w"), 3, 99));
    try (Backend backend = new JavaBackend();
        HipAutoencoder encoder = new HipAutoencoder(model, backend)) {
      HipAutoencoder.Output a = encoder.run(whole(config, record));
      HipAutoencoder.Output b = encoder.run(whole(config, other));
      for (int i = 0; i < config.levels(); i++) {
        boolean same = Arrays.equals(a.levels().get(i), b.levels().get(i));
        assertThat(same).as("level " + i).isEqualTo(i < config.processor());
      }
    }
  }

  @Test
  void aMaskedLabelIsZeroTokensAndDecodedAllTheSame() {
    Model model = Samples.model(LABELS, 8);
    HipConfig config = (HipConfig) model.config();
    Map<String, double[][]> zeros = record(config);
    Map<String, double[][]> absent = new LinkedHashMap<>(zeros);
    absent.remove("w");
    zeros.put("w", new double[3][5]);
    try (Backend backend = new Nd4jBackend();
        Encoder job = Models.encoder(model, backend);
        HipAutoencoder encoder = new HipAutoencoder(model, backend)) {
      Map<String, float[]> a = encoder.run(whole(config, absent)).reconstructions();
      Map<String, float[]> b = encoder.run(whole(config, zeros)).reconstructions();
      b.forEach((name, x) -> Tolerance.exact().check(name, a.getOrDefault(name, x.clone()), x));
      assertThat(a).containsOnlyKeys(b.keySet());
      Tolerance.exact().check("embedding", embed(job, config, absent), embed(job, config, zeros));
    }
  }

  @Test
  void transposedRegroupingMixesOtherLatents() {
    Model plain = Samples.model(LABELS, 9);
    Model transposed = Samples.model(TRANSPOSED, 9);
    HipConfig config = (HipConfig) plain.config();
    Map<String, double[][]> record = record(config);
    try (Backend backend = new JavaBackend();
        HipAutoencoder one = new HipAutoencoder(plain, backend);
        HipAutoencoder other = new HipAutoencoder(transposed, backend)) {
      List<float[]> a = one.run(whole(config, record)).levels();
      List<float[]> b = other.run(whole(config, record)).levels();
      assertThat(a.get(0)).containsExactly(b.get(0));
      double apart = 0;
      for (int i = 0; i < a.get(1).length; i++) {
        apart = Math.max(apart, Math.abs(a.get(1)[i] - b.get(1)[i]));
      }
      assertThat(apart).isGreaterThan(1e-3);
    }
  }

  @Test
  void aRecordWithNothingAtAllHasAnEmbedding() {
    Model model = Samples.model(THREE, 6);
    HipConfig config = (HipConfig) model.config();
    try (Backend backend = new Nd4jBackend();
        Encoder encoder = Models.encoder(model, backend)) {
      float[] zeros =
          embed(encoder, config, Map.of("p", new double[200][3], "x", new double[61][1]));
      Tolerance.exact().check("nothing", encoder.finish(Map.of()), zeros);
      Iterator<Node> none = List.<Node>of().iterator();
      Tolerance.exact().check("empty", encoder.finish(Map.of("p", none)), zeros);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Backend backend = new JavaBackend();
        Encoder encoder = Models.encoder(Samples.model(ONE, 1), backend)) {
      assertThat(encoder.subsequenceTokens()).isEqualTo(Long.MAX_VALUE);
      TokenBlock long10 = new TokenBlock.Values(3, new float[30]);
      assertThatThrownBy(() -> encoder.encode(List.of(new Subsequence("p", 0, List.of(long10)))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid p: 10 tokens (at most 9)");
      assertThatThrownBy(() -> encoder.encode(List.of(new Subsequence("p", 1, List.of(long10)))))
          .hasMessage("Invalid subsequence: index 1 (0: hip takes a modality whole)");
      assertThatThrownBy(() -> encoder.finish(Map.of("q", List.<Node>of().iterator())))
          .hasMessage("Invalid modality: q (one of [p])");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8, 50 33 7, 4 3 1, 13",
    "3, 5 5 5, 1 1 1, 5",
    "4, 5 5 5, 2 1 1, 5",
    "5, 2 100, 1 4, 25",
    "16, 1024 32, 15 1, 69",
    "4, 5, 4, 2"
  })
  void spareGroupsGoToTheFullestModality(int groups, String lengths, String assigned, int size) {
    HipLayout layout =
        HipLayout.of(groups, List.of(lengths.split(" ")).stream().map(Integer::valueOf).toList());
    assertThat(layout.size()).isEqualTo(size);
    assertThat(layout.groups())
        .containsExactly(
            List.of(assigned.split(" ")).stream().mapToInt(Integer::valueOf).toArray());
  }

  @Test
  void groupingPadsAndUngroupingDropsThePads() {
    HipLayout layout = HipLayout.of(5, List.of(5, 1));
    assertThat(layout.groups()).containsExactly(4, 1);
    float[] rows = {1, 2, 3, 4, 5};
    float[] grouped = layout.group(0, rows, 1);
    assertThat(grouped).containsExactly(1, 2, 3, 4, 5, 0, 0, 0);
    assertThat(layout.ungroup(0, grouped, 1)).containsExactly(rows);
  }

  private static float[] embed(Encoder encoder, HipConfig config, Map<String, double[][]> record) {
    return Samples.finish(encoder, encoder.encode(List.copyOf(whole(config, record).values())));
  }

  private static Map<String, double[][]> record(HipConfig config) {
    Map<String, double[][]> record = new LinkedHashMap<>();
    config
        .lengths()
        .forEach((n, length) -> record.put(n, Samples.tokens(config.modality(n), length, length)));
    return record;
  }

  private static Map<String, Subsequence> whole(HipConfig config, Map<String, double[][]> record) {
    Map<String, Subsequence> parts = new LinkedHashMap<>();
    record.forEach(
        (n, x) -> {
          ModalitySpec spec = config.modality(n);
          parts.put(n, Samples.whole(n, spec, x));
        });
    return parts;
  }
}
