package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.attention.FourierFeatures;
import tributary.encode.Channels;
import tributary.encode.Explainer;
import tributary.encode.Naive;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.Weight;
import tributary.models.elastic.ElasticAutoencoder;
import tributary.models.hip.HipEncoder;
import tributary.split.Subsequence;
import tributary.tensor.JavaBackend;
import tributary.tensor.Normal;
import tributary.tokenize.TokenBlock;

/** The shares of tokens against attention weights written out in double. */
class ExplainerTest {
  private static Subsequence values(String modality, int tokens, int channels) {
    float[] x = Normal.values(tokens * channels, 1, tokens);
    return new Subsequence(modality, 0, List.of(new TokenBlock.Values(channels, x)));
  }

  private static Subsequence text(String modality, int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return new Subsequence(modality, 0, List.of(new TokenBlock.Ids(bytes)));
  }

  private static float[] of(Subsequence s) {
    return ((TokenBlock.Values) s.blocks().get(0)).values();
  }

  private static double[][] rows(float[] x, int channels) {
    double[][] rows = new double[x.length / channels][channels];
    for (int i = 0; i < x.length; i++) {
      rows[i / channels][i % channels] = x[i];
    }
    return rows;
  }

  private static double[][] table(Model model, String name) {
    Weight w = model.weight(name);
    return rows(w.values(), (int) w.shape()[w.shape().length - 1]);
  }

  private static double[][] linear(Model model, String name, double[][] x) {
    double[][] w = table(model, name + ".weight");
    double[][] y = new double[x.length][w.length];
    for (int r = 0; r < x.length; r++) {
      for (int o = 0; o < w.length; o++) {
        y[r][o] = table(model, name + ".bias")[0][o];
        for (int i = 0; i < w[o].length; i++) {
          y[r][o] += w[o][i] * x[r][i];
        }
      }
    }
    return y;
  }

  private static double[][] norm(Model model, String name, double[][] x) {
    double[] weight = table(model, name + ".weight")[0];
    double[] bias = table(model, name + ".bias")[0];
    double[][] y = new double[x.length][weight.length];
    for (int r = 0; r < x.length; r++) {
      double mean = Arrays.stream(x[r]).average().orElseThrow();
      double variance =
          Arrays.stream(x[r]).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      for (int c = 0; c < weight.length; c++) {
        y[r][c] = (x[r][c] - mean) / Math.sqrt(variance + 1e-5) * weight[c] + bias[c];
      }
    }
    return y;
  }

  /** The mean over queries and heads of softmax(q k^T / sqrt(d)). */
  private static double[] attention(
      Model model, String cross, double[][] queries, double[][] inputs, int heads) {
    double[] each = new double[queries.length];
    Arrays.fill(each, 1.0 / each.length);
    return attention(model, cross, queries, inputs, heads, each, null);
  }

  /**
   * The sum over queries, each times what it counts, of the mean over heads of softmax(q k^T /
   * sqrt(d)), whose terms count as the inputs do.
   */
  private static double[] attention(
      Model model,
      String cross,
      double[][] queries,
      double[][] inputs,
      int heads,
      double[] each,
      double @Nullable [] counts) {
    double[][] q =
        linear(model, cross + ".attention.query", norm(model, cross + ".query_norm", queries));
    double[][] k =
        linear(model, cross + ".attention.key", norm(model, cross + ".input_norm", inputs));
    int d = q[0].length / heads;
    double[] shares = new double[k.length];
    for (int r = 0; r < q.length; r++) {
      for (int h = 0; h < heads; h++) {
        double[] weights = new double[k.length];
        for (int j = 0; j < k.length; j++) {
          double score = 0;
          for (int c = h * d; c < (h + 1) * d; c++) {
            score += q[r][c] * k[j][c];
          }
          weights[j] = (counts == null ? 1 : counts[j]) * Math.exp(score / Math.sqrt(d));
        }
        double sum = Arrays.stream(weights).sum();
        for (int j = 0; j < k.length; j++) {
          shares[j] += each[r] * weights[j] / sum / heads;
        }
      }
    }
    return shares;
  }

  private static void same(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("token %d", i).isCloseTo(expected[i], within(1e-6));
    }
  }

  private static double total(SortedMap<String, double[]> shares) {
    return shares.values().stream().flatMapToDouble(Arrays::stream).sum();
  }

  @Test
  void aPerceiverOfOnePassLooksAsItsWeightsSay() {
    Model model =
        Samples.model(
            """
            {encoder: perceiver, latents: 4, channels: 8, depth: 1, self_layers: 1, self_heads: 2,
             num_bands: 3, embedding_channels: 3, embedding_dim: 6, cross_heads: 2,
             modalities: [{name: a, channels: 5}, {name: b, channels: 2}]}
            """,
            7);
    Map<String, Subsequence> record = Map.of("a", values("a", 9, 5), "b", values("b", 4, 2));
    List<double[]> inputs = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      int channels = name.equals("a") ? 5 : 2;
      float[] own = of(Objects.requireNonNull(record.get(name)));
      int n = own.length / channels;
      float[] at = FourierFeatures.of(3, List.of(n)).grid(List.of(n));
      float[] placed = Channels.join(own, channels, at, at.length / n);
      float[] code = model.weight("modality." + name).values();
      float[] all = Channels.repeat(placed, placed.length / n, code);
      inputs.addAll(List.of(rows(all, all.length / n)));
    }
    double[] expected =
        attention(
            model, "layers.0.cross", table(model, "latents"), inputs.toArray(new double[0][]), 2);
    try (Explainer explains = Models.explainer(model, new JavaBackend())) {
      SortedMap<String, double[]> shares = explains.shares(record);
      same(Objects.requireNonNull(shares.get("a")), Arrays.copyOfRange(expected, 0, 9));
      same(Objects.requireNonNull(shares.get("b")), Arrays.copyOfRange(expected, 9, 13));
      assertThat(explains.shares(Map.of())).isEmpty();
      assertThat(explains.how()).contains("each pass's cross-attend");
    }
  }

  @Test
  void hipIsRolledDownFromTheProcessor() {
    Model model =
        Samples.model(
            """
            {encoder: hip, num_groups: [3, 1, 3], num_self_attends_per_block: [1, 1, 1],
             z_index_dim: [4, 6, 4], num_z_channels: [8, 12, 8], num_self_attend_heads: [2, 3, 1],
             num_cross_attend_heads: [2, 1, 1], num_embedding_channels: 6,
             position_projection: false,
             modalities: [{name: p, length: 20, channels: 3}, {name: q, length: 7, channels: 2}]}
            """,
            3);
    Map<String, Subsequence> record = new LinkedHashMap<>();
    record.put("p", values("p", 20, 3));
    record.put("q", values("q", 5, 2));
    double[][] z = new double[12][];
    try (HipEncoder encoder = new HipEncoder(model, new JavaBackend())) {
      List<Node> nodes = encoder.encode(List.copyOf(record.values()));
      System.arraycopy(rows(nodes.get(0).latents(), 8), 0, z, 0, 8);
      System.arraycopy(rows(nodes.get(1).latents(), 8), 0, z, 8, 4);
    }
    double[] ofLatents = attention(model, "levels.1.cross", table(model, "levels.1.latents"), z, 1);
    double[][] p = codes(model, "p", rows(of(Objects.requireNonNull(record.get("p"))), 3), 20);
    double[][] q = codes(model, "q", rows(of(Objects.requireNonNull(record.get("q"))), 2), 7);
    double[] expected = new double[25];
    for (int g = 0; g < 3; g++) {
      double[][] inputs = new double[10][6];
      for (int j = 0; j < 10; j++) {
        inputs[j] = g < 2 ? p[g * 10 + j] : j < 7 ? q[j] : new double[6];
      }
      double[][] latents = Arrays.copyOfRange(table(model, "levels.0.latents"), g * 4, (g + 1) * 4);
      double[] each = Arrays.copyOfRange(ofLatents, g * 4, (g + 1) * 4);
      double[] own = attention(model, "levels.0.cross", latents, inputs, 2, each, null);
      System.arraycopy(own, 0, expected, g * 10, g < 2 ? 10 : 5);
    }
    double sum = Arrays.stream(expected).sum();
    double[] scaled = Arrays.stream(expected).map(s -> s / sum).toArray();
    try (Explainer explains = Models.explainer(model, new JavaBackend())) {
      SortedMap<String, double[]> shares = explains.shares(record);
      same(Objects.requireNonNull(shares.get("p")), Arrays.copyOfRange(scaled, 0, 20));
      same(Objects.requireNonNull(shares.get("q")), Arrays.copyOfRange(scaled, 20, 25));
      assertThat(total(explains.shares(Map.of("q", values("q", 7, 2))))).isCloseTo(1, within(1e-9));
    }
  }

  /** Tokens, those that are missing being zero, embedded, with their positions. */
  private static double[][] codes(Model model, String name, double[][] tokens, int length) {
    double[][] all = new double[length][tokens[0].length];
    System.arraycopy(tokens, 0, all, 0, tokens.length);
    double[][] y = linear(model, "embed." + name, all);
    return Naive.plus(y, table(model, "position." + name + ".table"));
  }

  private static final String UNEQUAL =
      """
      {encoder: elastic, group_size: 4, fan_in: 2, embedding_channels: 6,
       levels: [{latents: 3, channels: 8, self_layers: 1, self_heads: 2, cross_heads: 2}],
       merge: {latents: 5, channels: 8, self_layers: 1, self_heads: 2, cross_heads: 4},
       fusion: {latents: 4, channels: 12, self_layers: 1, self_heads: 3, cross_heads: 2},
       embedding_dim: 5, modalities: [{name: a, channels: 3}, {name: b, channels: 2}]}
      """;

  /**
   * Latent by latent, through roots of different heights: the merge level's root has 5 latents, a
   * lone leaf 3. The tree's latents are the encoder's; all attention is written out here.
   */
  @ParameterizedTest
  @CsvSource({"21, 2", "3, 17", "4, 4", "1, 1", "9, 30"})
  void elasticIsRolledDownLatentByLatent(int a, int b) {
    Model model = Samples.model(UNEQUAL, 11);
    Map<String, Subsequence> record = new LinkedHashMap<>();
    record.put("a", values("a", a, 3));
    record.put("b", values("b", b, 2));
    Map<String, ElasticAutoencoder.Masked> whole = new LinkedHashMap<>();
    record.forEach((m, s) -> whole.put(m, new ElasticAutoencoder.Masked(s, null)));
    try (ElasticAutoencoder encoder = new ElasticAutoencoder(model, new JavaBackend())) {
      SortedMap<String, List<List<float[]>>> trees = encoder.encode(whole).trees();
      SortedMap<String, double[]> shares = encoder.shares(record);
      double[][] rootA = coded(model, trees, "a");
      double[][] rootB = coded(model, trees, "b");
      double[][] roots = Arrays.copyOf(rootA, rootA.length + rootB.length);
      System.arraycopy(rootB, 0, roots, rootA.length, rootB.length);
      double[] of = attention(model, "fusion.cross", table(model, "fusion.latents"), roots, 2);
      double[] ofA = Arrays.copyOf(of, rootA.length);
      double[] ofB = Arrays.copyOfRange(of, rootA.length, of.length);
      List<double[][]> tokens = List.of(rows(of(record, "a"), 3), rows(of(record, "b"), 2));
      List<List<float[]>> treeA = Objects.requireNonNull(trees.get("a"));
      List<List<float[]>> treeB = Objects.requireNonNull(trees.get("b"));
      same(
          Objects.requireNonNull(shares.get("a")),
          below(model, "a", treeA, treeA.size() - 1, 0, ofA, tokens.get(0)));
      same(
          Objects.requireNonNull(shares.get("b")),
          below(model, "b", treeB, treeB.size() - 1, 0, ofB, tokens.get(1)));
      assertThat(total(shares)).isCloseTo(1, within(1e-12));
    }
  }

  private static float[] of(Map<String, Subsequence> record, String modality) {
    return of(Objects.requireNonNull(record.get(modality)));
  }

  /** A root's latents with its modality's code. */
  private static double[][] coded(
      Model model, SortedMap<String, List<List<float[]>>> trees, String modality) {
    List<List<float[]>> tree = Objects.requireNonNull(trees.get(modality));
    double[][] root = rows(tree.get(tree.size() - 1).get(0), 8);
    double[] code = table(model, "modality." + modality)[0];
    for (double[] row : root) {
      for (int c = 0; c < row.length; c++) {
        row[c] += code[c];
      }
    }
    return root;
  }

  /** The shares of the tokens below a node of UNEQUAL, whose latents count as given. */
  private static double[] below(
      Model model,
      String modality,
      List<List<float[]>> tree,
      int level,
      int node,
      double[] latents,
      double[][] tokens) {
    int width = 4 << level; // tokens of a full node
    int first = node * width;
    int last = Math.min(tokens.length, first + width);
    if (level == 0) {
      double[][] x = linear(model, "embed." + modality, Arrays.copyOfRange(tokens, first, last));
      double[][] codes = table(model, "position." + modality + ".table");
      double[][] inputs = Naive.plus(x, Arrays.copyOf(codes, x.length));
      return attention(
          model, "levels.0.cross", table(model, "levels.0.latents"), inputs, 2, latents, null);
    }
    int children = Math.min(2, tree.get(level - 1).size() - 2 * node);
    int k = tree.get(level - 1).get(0).length / 8;
    double[][] inputs = new double[children * k][];
    double[] counts = new double[children * k];
    for (int c = 0; c < children; c++) {
      double[][] child = rows(tree.get(level - 1).get(2 * node + c), 8);
      for (int j = 0; j < k; j++) {
        inputs[c * k + j] = child[j];
        for (int i = 0; i < 8; i++) {
          inputs[c * k + j][i] += table(model, "merge.slots")[c][i];
        }
        counts[c * k + j] = Math.min(width / 2, tokens.length - (2 * node + c) * (width / 2));
      }
    }
    double[] of =
        attention(model, "merge.cross", table(model, "merge.latents"), inputs, 4, latents, counts);
    double[] shares = new double[0];
    for (int c = 0; c < children; c++) {
      double[] own = Arrays.copyOfRange(of, c * k, (c + 1) * k);
      double[] more = below(model, modality, tree, level - 1, 2 * node + c, own, tokens);
      int at = shares.length;
      shares = Arrays.copyOf(shares, at + more.length);
      System.arraycopy(more, 0, shares, at, more.length);
    }
    return shares;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 190})
  void theLanguageModelsSharesAddUpToOneWithoutItsMarks(int length) {
    Model model =
        Initialization.random(
            ModelConfigs.read(Path.of("src/test/resources/models/tiny-perceiver-io.yaml")), 3);
    try (Explainer explains = Models.explainer(model, new JavaBackend())) {
      SortedMap<String, double[]> shares = explains.shares(Map.of("text", text("text", length)));
      assertThat(shares.get("text")).hasSize(length);
      assertThat(total(shares)).isCloseTo(1, within(1e-9));
      assertThat(explains.how()).contains("[CLS]");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"persistent-memory", "cross-attention", "transformer-decoder"})
  void theFormsWithLatentsOfTheirOwnLookAtTheRoots(String form) {
    Model model = Samples.model(elastic(form), 5);
    try (Explainer explains = Models.explainer(model, new JavaBackend())) {
      SortedMap<String, double[]> shares =
          explains.shares(Map.of("a", values("a", 30, 3), "b", values("b", 1, 2)));
      assertThat(shares.get("a")).hasSize(30);
      assertThat(total(shares)).isCloseTo(1, within(1e-9));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"selfdoc", "crossvit", "film", "retro"})
  void formsWhoseLatentsDoNotLookAtEachRootAloneAreRefused(String form) {
    Model model = Samples.model(elastic(form), 5);
    assertThatThrownBy(() -> Models.explainer(model, new JavaBackend()))
        .hasMessageContaining(
            "Cannot explain encoder elastic with fusion form "
                + form
                + ": no latents of it look at each root alone (with cross-attention,"
                + " persistent-memory or transformer-decoder they do)");
  }

  private static String elastic(String form) {
    return """
        {encoder: elastic, group_size: 4, fan_in: 2, embedding_channels: 6,
         levels: [{latents: 4, channels: 8, self_layers: 1, self_heads: 2}],
         merge: {latents: 4, channels: 8, self_layers: 0},
         fusion: {form: %s, latents: %s, channels: 8, self_layers: 1, self_heads: 2%s},
         embedding_dim: 5,
         modalities: [{name: a, channels: 3}, {name: b, channels: 2}]}
        """
        .formatted(
            form,
            switch (form) {
              case "retro" -> "6";
              case "film" -> "4";
              default -> "8";
            },
            switch (form) {
              case "retro" -> ", chunk: 2";
              case "persistent-memory" -> ", memory: 3";
              case "film" -> ", condition: b";
              default -> "";
            });
  }
}
