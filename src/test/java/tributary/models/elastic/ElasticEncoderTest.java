package tributary.models.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.encode.Encoder;
import tributary.encode.Naive;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.Costs;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.Models;
import tributary.models.elastic.ElasticAutoencoder.Masked;
import tributary.record.Fuser;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.Nd4jBackend;
import tributary.tensor.nd4j.TestBackends;
import tributary.tokenize.TokenBlock;
import tributary.tools.bench.Batching;

class ElasticEncoderTest {
  private static final String TWO = Samples.elastic("gelu_tanh");

  /** One level without self-attention, fan-in 2, other widenings. */
  private static final String ONE =
      """
      {encoder: elastic, group_size: 3, fan_in: 2, embedding_channels: 6, self_widening: 2,
       cross_widening: 3, activation: relu,
       levels: [{latents: 3, channels: 8, self_layers: 0, self_heads: 5, cross_heads: 3}],
       merge: {latents: 4, channels: 8, self_layers: 0},
       fusion: {latents: 5, channels: 12, self_layers: 1, self_heads: 3, cross_heads: 4},
       embedding_dim: 7, proportional: false,
       modalities: [{name: a, channels: 2}, {name: t, kind: text}]}
      """;

  /** Three levels, heads of width 2. */
  private static final String THREE =
      """
      {encoder: elastic, group_size: 5, fan_in: 4, embedding_channels: 10,
       levels: [{latents: 2, channels: 10, self_layers: 0},
                {latents: 3, channels: 14, self_layers: 1, self_heads: 7},
                {latents: 4, channels: 18, self_layers: 1, self_heads: 3, cross_heads: 7}],
       merge: {latents: 4, channels: 18, self_layers: 2, self_heads: 2},
       fusion: {latents: 3, channels: 16, self_layers: 0}, embedding_dim: 12,
       modalities: [{name: a, channels: 3}, {name: t, kind: text}]}
      """;

  private static Tolerance close() {
    return Tolerance.roundings(200, 1);
  }

  static List<String> models() {
    return List.of(TWO, ONE, THREE);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1", "0, 3", "0, 4", "0, 5", "0, 12", "0, 13", "0, 37", "0, 109", "1, 1", "1, 3", "1, 6",
    "1, 7", "1, 13", "1, 200", "2, 1", "2, 21", "2, 81", "2, 330"
  })
  void agreesWithTheNaiveFormulasOnEveryBackend(int which, int tokens) {
    Model model = Samples.model(models().get(which), 5);
    ElasticConfig config = (ElasticConfig) model.config();
    Map<String, double[][]> record = record(config, tokens, 3);
    float[] expected = new float[config.embeddingDim()];
    double[] naive = new Naive(model).elastic(config, record, allVisible(record));
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) naive[i];
    }
    for (Backend backend : Samples.backends()) {
      try (backend;
          Encoder encoder = Models.encoder(model, backend)) {
        List<Subsequence> parts = split(encoder, config, record, 3);
        close().check(backend.name(), Samples.finish(encoder, encoder.encode(parts)), expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void hiddenTokensAreAsIfTheyWereNotThere(String yaml) {
    ElasticConfig config = (ElasticConfig) Samples.model(yaml, 6).config();
    hides(yaml, 40, config.groupSize()); // the first group is empty
  }

  @ParameterizedTest
  @MethodSource("models")
  void whereNothingIsVisibleAParentHearsNothing(String yaml) {
    ElasticConfig config = (ElasticConfig) Samples.model(yaml, 6).config();
    int parent = config.groupSize() * config.fanIn();
    hides(yaml, 4 * parent, 2 * parent);
  }

  /** The groups after it are wholly visible: their positions are their own. */
  @ParameterizedTest
  @MethodSource("models")
  void aFirstGroupMayBeMaskedAlone(String yaml) {
    ElasticConfig config = (ElasticConfig) Samples.model(yaml, 6).config();
    int group = config.groupSize();
    for (int hidden = 1; hidden < group; hidden++) {
      int first = hidden;
      hides(yaml, 4 * group, i -> i < first);
    }
  }

  /** Of `tokens` tokens the first `none` are hidden, and two of three of the others. */
  private static void hides(String yaml, int tokens, int none) {
    Random random = new Random(8);
    hides(yaml, tokens, i -> i < none || random.nextInt(3) != 0);
  }

  private static void hides(String yaml, int tokens, IntPredicate hidden) {
    Model model = Samples.model(yaml, 6);
    ElasticConfig config = (ElasticConfig) model.config();
    Map<String, double[][]> record = record(config, tokens, 4);
    Map<String, boolean[]> visible = new HashMap<>();
    record.forEach(
        (name, x) -> {
          boolean[] seen = new boolean[x.length];
          for (int i = 0; i < seen.length; i++) {
            seen[i] = !hidden.test(i);
          }
          visible.put(name, seen);
        });
    float[] expected = new float[config.embeddingDim()];
    double[] naive = new Naive(model).elastic(config, record, visible);
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) naive[i];
    }
    Map<String, Masked> masked = new HashMap<>();
    record.forEach(
        (name, x) -> masked.put(name, new Masked(whole(config, name, x), visible.get(name))));
    List<Backend> backends = new ArrayList<>(Samples.backends());
    backends.add(TestBackends.arrays(1L << 30, 1));
    for (Backend backend : backends) {
      try (backend;
          ElasticAutoencoder encoder = new ElasticAutoencoder(model, backend)) {
        close().check(backend.name(), encoder.encode(masked).embedding(), expected);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1", "0, 12", "0, 108", "0, 109", "0, 325", "1, 193", "1, 1000", "2, 321", "2, 1300"
  })
  void anyCutAndAnyCompanyGiveTheBitsOfTheWholeRecord(int which, int tokens) {
    Model model = Samples.model(models().get(which), 7);
    ElasticConfig config = (ElasticConfig) model.config();
    Map<String, double[][]> record = record(config, tokens, 9);
    Map<String, double[][]> other = record(config, 23, 10);
    for (Backend backend : backendsOfManyGroups()) {
      try (backend;
          Encoder encoder = Models.encoder(model, backend);
          ElasticAutoencoder plain = new ElasticAutoencoder(model, backend)) {
        Map<String, Masked> whole = new HashMap<>();
        record.forEach((name, x) -> whole.put(name, new Masked(whole(config, name, x), null)));
        float[] expected = plain.encode(whole).embedding();
        List<Subsequence> parts = split(encoder, config, record, 4096);
        Tolerance.exact().check("all", Samples.finish(encoder, encoder.encode(parts)), expected);
        List<Node> one = new ArrayList<>();
        parts.forEach(p -> one.addAll(encoder.encode(List.of(p))));
        Tolerance.exact().check("one by one", Samples.finish(encoder, one), expected);
        Tolerance.exact()
            .check("mixed", mixed(encoder, parts, split(encoder, config, other, 1)), expected);
      }
    }
  }

  /** Encodes the parts shuffled among those of another record, then puts them in order. */
  private static float[] mixed(Encoder encoder, List<Subsequence> parts, List<Subsequence> others) {
    List<Subsequence> all = new ArrayList<>(parts);
    all.addAll(others);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(11));
    List<Node> nodes = encoder.encode(order.stream().map(all::get).toList());
    List<Node> own = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      own.add(nodes.get(order.indexOf(i)));
    }
    return Samples.finish(encoder, own);
  }

  /** The backends present, and the cpu one as if it wanted many groups a call. */
  private static List<Backend> backendsOfManyGroups() {
    List<Backend> all = new ArrayList<>(Samples.backends());
    all.add(new Batching(new JavaBackend(), 5));
    all.add(new Batching(new Nd4jBackend(), 7));
    return all;
  }

  @Test
  void groupsPerCallDoNotChangeABit() {
    Model model = Samples.model(THREE, 12);
    ElasticConfig config = (ElasticConfig) model.config();
    Map<String, double[][]> record = record(config, 700, 13);
    float[] expected = null;
    for (int groups : new int[] {1, 2, 7, 64}) {
      try (Backend backend = new Batching(new Nd4jBackend(), groups);
          Encoder encoder = Models.encoder(model, backend)) {
        float[] x = Samples.finish(encoder, encoder.encode(split(encoder, config, record, 4096)));
        if (expected != null) {
          Tolerance.exact().check(groups + " groups a call", x, expected);
        }
        expected = x;
      }
    }
  }

  /** Whole arrays: neither free memory nor the groups beside it change a bit of a record. */
  @Test
  void freeMemoryDoesNotChangeABitOnADevice() {
    Model model = Samples.model(THREE, 12);
    ElasticConfig config = (ElasticConfig) model.config();
    Map<String, double[][]> record = record(config, 700, 13);
    Map<String, double[][]> other = record(config, 333, 14);
    long group = Costs.groupBytes(config);
    float[] expected = null;
    Set<Backend.Cut> cuts = new HashSet<>();
    for (int products : new int[] {1, 3, 16}) {
      for (int tasks : new int[] {1, 2}) {
        long own = 2 * tasks * products * 64 * group;
        try (Backend backend = TestBackends.arrays(own, tasks);
            Encoder encoder = Models.encoder(model, backend)) {
          List<Subsequence> parts = split(encoder, config, record, 4096);
          float[] alone = Samples.finish(encoder, encoder.encode(parts));
          List<Subsequence> both = new ArrayList<>(split(encoder, config, other, 64));
          int first = both.size();
          both.addAll(parts);
          List<Node> nodes = encoder.encode(both);
          float[] beside = Samples.finish(encoder, nodes.subList(first, nodes.size()));
          cuts.add(backend.cut(group, 1));
          String where = backend.cut(group, 1) + " of " + own;
          Tolerance.exact().check("beside others, " + where, beside, alone);
          Tolerance.exact().check(where, alone, expected == null ? alone : expected);
          expected = alone;
        }
      }
    }
    assertThat(cuts)
        .containsExactlyInAnyOrder(
            new Backend.Cut(64, 64), new Backend.Cut(64, 128), new Backend.Cut(64, 1024));
    try (Encoder cpu = Models.encoder(model, new Nd4jBackend())) {
      float[] x = Samples.finish(cpu, cpu.encode(split(cpu, config, record, 4096)));
      close().check("cpu", Objects.requireNonNull(expected), x);
    }
  }

  /** Records with 0 to 2 modalities, finished together and one by one. */
  @Test
  void recordsFinishedTogetherHaveTheBitsThatEachHasAlone() {
    Model model = Samples.model(TWO, 16);
    ElasticConfig config = (ElasticConfig) model.config();
    for (Backend backend : Samples.backends()) {
      try (backend;
          Encoder encoder = Models.encoder(model, backend)) {
        List<List<Node>> records = new ArrayList<>();
        for (int i = 0; i < 19; i++) {
          Map<String, double[][]> tokens = new LinkedHashMap<>(record(config, 1 + 13 * i, i));
          if (i % 3 == 1) {
            tokens.remove("a");
          }
          if (i % 7 == 6) {
            tokens.clear();
          }
          records.add(encoder.encode(split(encoder, config, tokens, 100)));
        }
        List<float[]> together = encoder.finish(records.stream().map(Fuser::byModality).toList());
        assertThat(together).hasSize(records.size());
        for (int i = 0; i < records.size(); i++) {
          float[] alone = encoder.finish(Fuser.byModality(records.get(i)));
          Tolerance.exact().check(backend.name() + ", record " + i, together.get(i), alone);
        }
      }
    }
  }

  @Test
  void aRecordWithNothingAtAllHasAnEmbedding() {
    Model model = Samples.model(TWO, 14);
    ElasticConfig config = (ElasticConfig) model.config();
    double[] naive = new Naive(model).elastic(config, Map.of(), Map.of());
    float[] expected = new float[naive.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) naive[i];
    }
    for (Backend backend : Samples.backends()) {
      try (backend;
          Encoder encoder = Models.encoder(model, backend)) {
        float[] nothing = encoder.finish(Map.of());
        close().check(backend.name(), nothing, expected);
        Map<String, Iterator<Node>> empty = Map.of("a", List.<Node>of().iterator());
        Tolerance.exact().check("an empty stream", encoder.finish(empty), nothing);
        assertThat(encoder.encode(List.of())).isEmpty();
      }
    }
  }

  @Test
  void manyThreadsGetTheSameBits() throws Exception {
    Model model = Samples.model(TWO, 15);
    ElasticConfig config = (ElasticConfig) model.config();
    try (Backend backend = new Nd4jBackend();
        Encoder encoder = Models.encoder(model, backend)) {
      Map<Integer, float[]> expected = new LinkedHashMap<>();
      List<Callable<float[]>> work = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        List<Subsequence> parts = split(encoder, config, record(config, 1 + 17 * i, i), 100);
        expected.put(i, Samples.finish(encoder, encoder.encode(parts)));
        work.add(() -> Samples.finish(encoder, encoder.encode(parts)));
      }
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        var results = threads.invokeAll(work);
        for (int i = 0; i < results.size(); i++) {
          Tolerance.exact()
              .check("record " + i, results.get(i).get(), Objects.requireNonNull(expected.get(i)));
        }
      } finally {
        threads.shutdown();
      }
    }
  }

  @Test
  void nativeUseDoesNotGrowWithTheRecord() {
    Model model = Samples.model(TWO, 16);
    ElasticConfig config = (ElasticConfig) model.config();
    ModalitySpec spec = config.modality("a");
    try (Backend backend = new Nd4jBackend()) {
      long before = backend.nativeUse().now();
      try (Encoder encoder = Models.encoder(model, backend)) {
        List<Subsequence> few = Samples.split(encoder, "a", spec, Samples.tokens(spec, 500, 1), 50);
        Samples.finish(encoder, encoder.encode(few));
        long held = backend.nativeUse().now();
        long peak = backend.nativeUse().peak();
        List<Subsequence> many =
            Samples.split(encoder, "a", spec, Samples.tokens(spec, 50_000, 1), 4096);
        Samples.finish(encoder, encoder.encode(many));
        assertThat(backend.nativeUse().now()).isEqualTo(held);
        assertThat(backend.nativeUse().peak()).isEqualTo(peak);
      }
      assertThat(backend.nativeUse().now()).isEqualTo(before);
    }
  }

  @Test
  void aSubsequenceHoldsWholeSubtreesOfAtMost64Groups() {
    try (Backend backend = new JavaBackend();
        Encoder two = Models.encoder(Samples.model(TWO, 1), backend);
        Encoder one = Models.encoder(Samples.model(ONE, 1), backend);
        Encoder three = Models.encoder(Samples.model(THREE, 1), backend)) {
      assertThat(two.subsequenceTokens()).isEqualTo(4 * 27);
      assertThat(one.subsequenceTokens()).isEqualTo(3 * 64);
      assertThat(three.subsequenceTokens()).isEqualTo(5 * 64);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Backend backend = new JavaBackend();
        Encoder encoder = Models.encoder(Samples.model(TWO, 1), backend)) {
      TokenBlock wide = new TokenBlock.Values(2, new float[4]);
      assertThatThrownBy(() -> encoder.encode(List.of(new Subsequence("a", 0, List.of(wide)))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Invalid tokens of a: values of 2 channels (the model expects values of 1 channels)");
      assertThatThrownBy(() -> encoder.encode(List.of(new Subsequence("t", 0, List.of(wide)))))
          .hasMessage("Invalid tokens of t: values of 2 channels (the model expects ids)");
      assertThatThrownBy(() -> encoder.encode(List.of(new Subsequence("x", 0, List.of(wide)))))
          .hasMessage("Invalid modality: x (one of [a, t, b])");
      TokenBlock many = new TokenBlock.Values(1, new float[109]);
      assertThatThrownBy(() -> encoder.encode(List.of(new Subsequence("a", 0, List.of(many)))))
          .hasMessage("Invalid subsequence: 109 tokens (1 to 108, the tokens of a whole one)");
      Node late = new Node("a", 3, 1, 36, new float[24]);
      assertThatThrownBy(() -> encoder.finish(Map.of("a", List.of(late).iterator())))
          .hasMessage("Invalid node: a, level 3, index 1 (expected a, level 3, index 0)");
      Node small = new Node("a", 3, 0, 36, new float[3]);
      assertThatThrownBy(() -> encoder.finish(Map.of("a", List.of(small).iterator())))
          .hasMessage("Invalid node: 3 values (level 3 has 24)");
    }
  }

  private static Map<String, double[][]> record(ElasticConfig config, int tokens, long seed) {
    Map<String, double[][]> record = new LinkedHashMap<>();
    int n = tokens;
    for (Map.Entry<String, ModalitySpec> e : config.modalities().entrySet()) {
      record.put(e.getKey(), Samples.tokens(e.getValue(), n, seed++));
      n = n / 3 + 1;
    }
    return record;
  }

  private static Map<String, boolean[]> allVisible(Map<String, double[][]> record) {
    Map<String, boolean[]> visible = new HashMap<>();
    record.forEach(
        (name, x) -> {
          boolean[] all = new boolean[x.length];
          Arrays.fill(all, true);
          visible.put(name, all);
        });
    return visible;
  }

  private static Subsequence whole(ElasticConfig config, String name, double[][] x) {
    return Samples.whole(name, config.modality(name), x);
  }

  private static List<Subsequence> split(
      Encoder encoder, ElasticConfig config, Map<String, double[][]> record, int block) {
    List<Subsequence> parts = new ArrayList<>();
    record.forEach(
        (name, x) -> parts.addAll(Samples.split(encoder, name, config.modality(name), x, block)));
    return parts;
  }
}
