package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems.Refused;
import tributary.encode.Encoder;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.elastic.ElasticConfig;
import tributary.models.hip.HipConfig;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;

/** The graphs, run in ONNX Runtime, give what the backends give: 1e-5 of max(1, |x|). */
public final class OnnxExportTest {
  private static final String ONE =
      """
      {encoder: elastic, group_size: 3, fan_in: 2, embedding_channels: 6, self_widening: 2,
       cross_widening: 3, activation: %s,
       levels: [{latents: 3, channels: 8, self_layers: 0, self_heads: 5, cross_heads: 3}],
       merge: {latents: 4, channels: 8, self_layers: 0},
       fusion: {latents: 5, channels: 12, self_layers: 2, self_heads: 3, cross_heads: 4},
       embedding_dim: 7, proportional: false,
       modalities: [{name: b, channels: 2}, {name: t, kind: text}, {name: a, channels: 5}]}
      """;

  private static final String HIP =
      """
      {encoder: hip, num_groups: [6, 2, 1, 2, 6], num_self_attends_per_block: [2, 1, 2, 0, 1],
       z_index_dim: [5, 6, 8, 6, 5], num_z_channels: [12, 18, 24, 18, 6],
       num_self_attend_heads: [3, 2, 4, 2, 3], num_cross_attend_heads: [4, 1, 3, 2, 1],
       self_attend_widening_factor: [4, 2, 1, 4, 3], cross_attend_widening_factor: [1, 2, 1, 1, 1],
       num_embedding_channels: 12, activation: %s, position_projection: %s,
       modalities: [{name: v, length: 71, channels: 2}, {name: l, length: 1, channels: 9},
                    {name: t, length: 13, kind: text}]}
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"gelu,1", "gelu_tanh,9", "squared_relu,40", "relu,200"})
  void elasticStepsGiveTheEncodersEmbedding(String activation, int tokens) throws Exception {
    for (String yaml : List.of(Samples.elastic(activation), ONE.formatted(activation))) {
      Model model = Samples.model(yaml, 5);
      OnnxExport.write(model, folder.resolve(activation + yaml.hashCode()));
      ElasticConfig config = (ElasticConfig) model.config();
      Map<String, double[][]> record = new LinkedHashMap<>();
      config.modalities().forEach((m, s) -> record.put(m, Samples.tokens(s, tokens, 1)));
      try (Tree tree = new Tree(config, folder.resolve(activation + yaml.hashCode()))) {
        compare(model, record, tree.embedding(record));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"gelu,true", "gelu_tanh,false", "squared_relu,true", "relu,false"})
  void hipGivesTheEncodersEmbedding(String activation, boolean projection) throws Exception {
    Model model = Samples.model(HIP.formatted(activation, projection), 3);
    Path file = folder.resolve("new/hip.onnx");
    assertThat(OnnxExport.write(model, file)).containsExactly(file);
    HipConfig config = (HipConfig) model.config();
    List<Map<String, double[][]>> records = new ArrayList<>();
    for (int seed = 0; seed < 3; seed++) {
      Map<String, double[][]> record = new LinkedHashMap<>();
      int s = seed;
      config.modalities().forEach((m, p) -> record.put(m, Samples.tokens(p, config.length(m), s)));
      records.add(record);
    }
    Map<String, Input> inputs = new LinkedHashMap<>();
    config
        .modalities()
        .forEach(
            (m, p) ->
                inputs.put(
                    m, tokens(p, records.stream().map(r -> r.get(m)).toArray(double[][][]::new))));
    try (OnnxSession session = new OnnxSession(file, 1)) {
      float[] all = session.run(inputs);
      int d = config.embeddingDim();
      for (int i = 0; i < 3; i++) {
        compare(model, records.get(i), Arrays.copyOfRange(all, i * d, (i + 1) * d));
      }
    }
  }

  @Test
  void severalGraphsNeedAFolder() {
    Model model = Samples.model(Samples.elastic("relu"), 5);
    Path file = folder.resolve("m.onnx");
    assertThatThrownBy(() -> OnnxExport.write(model, file))
        .isInstanceOf(Refused.class)
        .hasMessage(
            "Cannot export model to "
                + file
                + ": 6 graphs need a folder, this is the name of a file");
    assertThat(file).doesNotExist();
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    Model model = Samples.model(Samples.elastic("relu"), 5);
    Path there = Files.writeString(folder.resolve("merge.onnx"), "mine");
    assertThatThrownBy(() -> OnnxExport.write(model, folder))
        .hasMessage("Cannot export model to " + folder + ": " + there + " is there already");
    assertThat(there).hasContent("mine");
    assertThat(folder.resolve("leaf.a.onnx")).doesNotExist();
  }

  @Test
  void aGraphThatIsTooLargeIsRefusedBeforeAnythingIsWritten() {
    Model model = Samples.model(Samples.elastic("relu"), 5);
    assertThatThrownBy(() -> OnnxExport.write(model, folder.resolve("new"), 10_000))
        .isInstanceOf(Refused.class)
        .hasMessageMatching(
            "Cannot export model to .*new: [a-z0-9.]+ has [0-9]+ bytes \\(protobuf allows 10000\\)");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @Test
  void aPlaceThatCannotBeWrittenToIsNamed() throws IOException {
    Model model = Samples.model(Samples.elastic("relu"), 5);
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> OnnxExport.write(model, file.resolve("in")))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("Cannot export model to " + file.resolve("in") + ": java.nio.file.")
        .hasMessageContaining(file.toString());
  }

  private static void compare(Model model, Map<String, double[][]> record, float[] embedding) {
    for (Backend backend : Samples.backends()) {
      try (Encoder encoder = Models.encoder(model, backend)) {
        List<Node> nodes = new ArrayList<>();
        record.forEach(
            (m, x) -> {
              ModalitySpec spec = model.config().modality(m);
              List<Subsequence> parts = Samples.split(encoder, m, spec, x, 7);
              parts.forEach(p -> nodes.addAll(encoder.encode(List.of(p))));
            });
        float[] expected = Samples.finish(encoder, nodes);
        assertThat(embedding).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) embedding[i])
              .as("%s [%d]", backend.name(), i)
              .isCloseTo(expected[i], offset(1e-5 * Math.max(1, Math.abs(expected[i]))));
        }
      }
    }
  }

  /** Groups of equally many tokens as one input. */
  public static Input tokens(ModalitySpec spec, double[][]... groups) {
    int n = groups[0].length;
    boolean text = spec instanceof ModalitySpec.Text;
    int width = text ? 1 : spec.channels();
    float[] values = new float[groups.length * n * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) groups[i / (n * width)][i / width % n][i % width];
    }
    return text
        ? new Input(longs(values), groups.length, n)
        : new Input(values, groups.length, n, width);
  }

  private static long[] longs(float[] ids) {
    long[] longs = new long[ids.length];
    Arrays.setAll(longs, i -> (long) ids[i]);
    return longs;
  }

  private static float[] join(float[] a, float[] b) {
    float[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  /** The tree between the steps, as plainly as it goes. */
  private static final class Tree implements AutoCloseable {
    private final ElasticConfig config;
    private final Path folder;
    private final Map<String, OnnxSession> steps = new LinkedHashMap<>();

    Tree(ElasticConfig config, Path folder) {
      this.config = config;
      this.folder = folder;
    }

    private OnnxSession step(String name) {
      if (!steps.containsKey(name)) {
        steps.put(name, new OnnxSession(folder.resolve(name + ".onnx"), 1));
      }
      return steps.get(name);
    }

    float[] embedding(Map<String, double[][]> record) {
      float[] roots = {};
      float[] modalities = {};
      List<String> names = List.copyOf(config.modalities().keySet());
      int width = config.last().channels();
      for (String m : record.keySet()) {
        float[] root = root(m, record.get(m));
        float[] own = new float[root.length / width];
        Arrays.fill(own, names.indexOf(m));
        roots = join(roots, root);
        modalities = join(modalities, own);
      }
      int rows = modalities.length;
      return step("fusion")
          .run(
              Map.of(
                  "roots", new Input(roots, 1, rows, width),
                  "modalities", new Input(longs(modalities), rows)));
    }

    private float[] root(String modality, double[][] tokens) {
      List<float[]> nodes = new ArrayList<>();
      ModalitySpec spec = config.modality(modality);
      for (int at = 0; at < tokens.length; at += config.groupSize()) {
        int to = Math.min(tokens.length, at + config.groupSize());
        Input group = tokens(spec, Arrays.copyOfRange(tokens, at, to));
        nodes.add(step("leaf." + modality).run(Map.of("tokens", group)));
      }
      double capacity = config.groupSize(); // of a node below level i, in tokens
      for (int i = 1; i < config.levels().size() || nodes.size() > 1; i++) {
        List<float[]> parents = new ArrayList<>();
        String name = i < config.levels().size() ? "level." + i : "merge";
        int width = config.level(i - 1).channels();
        for (int from = 0; from < nodes.size(); from += config.fanIn()) {
          List<float[]> some = nodes.subList(from, Math.min(nodes.size(), from + config.fanIn()));
          float[] x = some.stream().reduce(new float[0], OnnxExportTest::join);
          int k = some.get(0).length / width;
          Map<String, Input> inputs = new LinkedHashMap<>();
          inputs.put("children", new Input(x, 1, some.size(), k, width));
          if (config.proportional()) {
            float[] fills = new float[some.size()];
            for (int c = 0; c < fills.length; c++) {
              fills[c] = (float) Math.min(1, (tokens.length - (from + c) * capacity) / capacity);
            }
            inputs.put("fills", new Input(fills, 1, fills.length));
          }
          parents.add(step(name).run(inputs));
        }
        nodes = parents;
        capacity *= config.fanIn();
      }
      return nodes.get(0);
    }

    @Override
    public void close() {
      steps.values().forEach(OnnxSession::close);
    }
  }
}
