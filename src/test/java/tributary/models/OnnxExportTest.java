package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
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

/** The graphs, run in ONNX Runtime, give what the backends give: 1e-5 of max(1, |x|). */
public final class OnnxExportTest {
  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  private static final String TWO =
      """
      {encoder: elastic, group_size: 4, fan_in: 3, embedding_channels: 8,
       levels: [{latents: 2, channels: 12, self_layers: 1, self_heads: 2},
                {latents: 3, channels: 6, self_layers: 1, self_heads: 3, cross_heads: 4}],
       merge: {latents: 4, channels: 6, self_layers: 1, self_heads: 2, cross_heads: 3},
       fusion: {latents: 3, channels: 8, self_layers: 1, self_heads: 4, cross_heads: 2},
       embedding_dim: 5, activation: %s,
       modalities: [{name: a, channels: 1}, {name: t, kind: text}, {name: b, channels: 3}]}
      """;

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
    for (String yaml : List.of(TWO, ONE)) {
      Model model = Samples.model(yaml.formatted(activation), 5);
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
    Map<String, float[]> inputs = new LinkedHashMap<>();
    for (int seed = 0; seed < 3; seed++) {
      Map<String, double[][]> record = new LinkedHashMap<>();
      int s = seed;
      config.modalities().forEach((m, p) -> record.put(m, Samples.tokens(p, config.length(m), s)));
      records.add(record);
      record.forEach((m, x) -> inputs.merge(m, flat(x), OnnxExportTest::join));
    }
    try (Step step = new Step(file)) {
      Map<String, OnnxTensor> feed = new LinkedHashMap<>();
      for (Map.Entry<String, float[]> e : inputs.entrySet()) {
        ModalitySpec spec = config.modality(e.getKey());
        feed.put(e.getKey(), tokens(spec, e.getValue(), 3, config.length(e.getKey())));
      }
      float[] all = step.run(feed);
      int d = config.embeddingDim();
      for (int i = 0; i < 3; i++) {
        compare(model, records.get(i), Arrays.copyOfRange(all, i * d, (i + 1) * d));
      }
    }
  }

  @Test
  void severalGraphsNeedAFolder() {
    Model model = Samples.model(TWO.formatted("relu"), 5);
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
    Model model = Samples.model(TWO.formatted("relu"), 5);
    Path there = Files.writeString(folder.resolve("merge.onnx"), "mine");
    assertThatThrownBy(() -> OnnxExport.write(model, folder))
        .hasMessage("Cannot export model to " + folder + ": " + there + " is there already");
    assertThat(there).hasContent("mine");
    assertThat(folder.resolve("leaf.a.onnx")).doesNotExist();
  }

  @Test
  void aGraphThatIsTooLargeIsRefusedBeforeAnythingIsWritten() {
    Model model = Samples.model(TWO.formatted("relu"), 5);
    assertThatThrownBy(() -> OnnxExport.write(model, folder.resolve("new"), 10_000))
        .isInstanceOf(Refused.class)
        .hasMessageMatching(
            "Cannot export model to .*new: [a-z0-9.]+ has [0-9]+ bytes \\(protobuf allows 10000\\)");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @Test
  void aPlaceThatCannotBeWrittenToIsNamed() throws IOException {
    Model model = Samples.model(TWO.formatted("relu"), 5);
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

  public static float[] flat(double[][] rows) {
    float[] all = new float[rows.length * rows[0].length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) rows[i / rows[0].length][i % rows[0].length];
    }
    return all;
  }

  static float[] join(float[] a, float[] b) {
    float[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  static OnnxTensor floats(float[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, FloatBuffer.wrap(values), shape);
  }

  static OnnxTensor ids(float[] ids, long... shape) throws OrtException {
    long[] longs = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      longs[i] = (long) ids[i];
    }
    return OnnxTensor.createTensor(ENVIRONMENT, LongBuffer.wrap(longs), shape);
  }

  static OnnxTensor tokens(ModalitySpec spec, float[] x, int batch, int n) throws OrtException {
    return spec instanceof ModalitySpec.Text
        ? ids(x, batch, n)
        : floats(x, batch, n, spec.channels());
  }

  /** One graph. */
  private static final class Step implements AutoCloseable {
    private final OrtSession session;

    Step(Path file) throws OrtException {
      session = ENVIRONMENT.createSession(file.toString(), new OrtSession.SessionOptions());
    }

    float[] run(Map<String, OnnxTensor> inputs) throws OrtException {
      try (OrtSession.Result result = session.run(inputs)) {
        FloatBuffer y = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[y.remaining()];
        y.get(values);
        return values;
      }
    }

    @Override
    public void close() throws OrtException {
      session.close();
    }
  }

  /** The tree between the steps, as plainly as it goes. */
  private static final class Tree implements AutoCloseable {
    private final ElasticConfig config;
    private final Path folder;
    private final Map<String, Step> steps = new LinkedHashMap<>();

    Tree(ElasticConfig config, Path folder) {
      this.config = config;
      this.folder = folder;
    }

    private Step step(String name) throws OrtException {
      if (!steps.containsKey(name)) {
        steps.put(name, new Step(folder.resolve(name + ".onnx")));
      }
      return steps.get(name);
    }

    float[] embedding(Map<String, double[][]> record) throws OrtException {
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
          .run(Map.of("roots", floats(roots, 1, rows, width), "modalities", ids(modalities, rows)));
    }

    private float[] root(String modality, double[][] tokens) throws OrtException {
      List<float[]> nodes = new ArrayList<>();
      ModalitySpec spec = config.modality(modality);
      for (int at = 0; at < tokens.length; at += config.groupSize()) {
        int to = Math.min(tokens.length, at + config.groupSize());
        float[] x = flat(Arrays.copyOfRange(tokens, at, to));
        nodes.add(step("leaf." + modality).run(Map.of("tokens", tokens(spec, x, 1, to - at))));
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
          Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
          inputs.put("children", floats(x, 1, some.size(), k, width));
          if (config.proportional()) {
            float[] fills = new float[some.size()];
            for (int c = 0; c < fills.length; c++) {
              fills[c] = (float) Math.min(1, (tokens.length - (from + c) * capacity) / capacity);
            }
            inputs.put("fills", floats(fills, 1, fills.length));
          }
          parents.add(step(name).run(inputs));
        }
        nodes = parents;
        capacity *= config.fanIn();
      }
      return nodes.get(0);
    }

    @Override
    public void close() throws OrtException {
      for (Step step : steps.values()) {
        step.close();
      }
    }
  }
}
