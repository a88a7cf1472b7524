package tributary.models.hip;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.encode.Encoder;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.Models;
import tributary.models.OnnxExport;
import tributary.tensor.Backend;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;

/**
 * Hierarchical Perceiver with transposed groups and with labels, run in ONNX Runtime, gives the
 * encoder's embedding, whichever modalities are absent. Three levels could not tell: their
 * processor attends to all latents alike, in whatever order.
 */
@NullUnmarked
final class OnnxHipTest {
  /** Sizes of the levels and of what they read, to be completed by options. */
  private static final List<String> SHAPES =
      List.of(
          """
          {encoder: hip, num_groups: [4, 2, 1, 2, 4], num_self_attends_per_block: [1, 1, 1, 1, 1],
           z_index_dim: [4, 6, 8, 6, 4], num_z_channels: [12, 18, 24, 18, 12],
           num_self_attend_heads: [3, 2, 4, 2, 3], num_embedding_channels: 12, activation: gelu,
           modalities: [{name: a, length: 3, channels: 5}, {name: v, length: 37, channels: 2},
                        {name: t, length: 13, kind: text}]%s}
          """,
          // As many rows per group as groups, no self-attention before the processor, a text first.
          """
          {encoder: hip, num_groups: [4, 2, 1, 2, 4], num_self_attends_per_block: [0, 0, 2, 0, 0],
           z_index_dim: [4, 2, 6, 2, 4], num_z_channels: [8, 8, 8, 8, 8],
           num_self_attend_heads: [1, 1, 4, 1, 1], num_cross_attend_heads: [3, 4, 2, 1, 1],
           num_embedding_channels: 6, activation: relu, position_projection: false,
           modalities: [{name: t, length: 9, kind: text}, {name: v, length: 8, channels: 3},
                        {name: a, length: 1, channels: 1}]%s}
          """,
          // New groups that don't end where old ones do, more cross-attend heads, seven levels.
          """
          {encoder: hip, num_groups: [6, 4, 3, 1, 3, 4, 6],
           num_self_attends_per_block: [1, 0, 1, 1, 1, 0, 1],
           z_index_dim: [10, 9, 8, 6, 8, 9, 10], num_z_channels: [6, 10, 9, 15, 9, 10, 6],
           num_self_attend_heads: [2, 1, 3, 5, 3, 1, 2],
           num_cross_attend_heads: [4, 3, 5, 9, 1, 1, 1], num_embedding_channels: 8,
           activation: squared_relu,
           modalities: [{name: v, length: 50, channels: 4}, {name: a, length: 7, channels: 2},
                        {name: t, length: 6, kind: text}]%s}
          """);

  private static final String TRANSPOSED = ", regroup_type: transpose_reshape";

  @TempDir Path folder;

  /** A model, with what it is called in the test's name, and the seed of its weights and tokens. */
  private record Case(String yaml, String options, long seed) {
    Model model() {
      return Samples.model(yaml.formatted(options), seed);
    }

    @Override
    public String toString() {
      return "shape " + SHAPES.indexOf(yaml) + options + ", seed " + seed;
    }
  }

  private static Stream<Case> cases(String... options) {
    return SHAPES.stream()
        .flatMap(
            yaml ->
                Arrays.stream(options)
                    .flatMap(o -> IntStream.of(1, 2, 3).mapToObj(seed -> new Case(yaml, o, seed))));
  }

  static Stream<Case> transposed() {
    return cases(TRANSPOSED);
  }

  static Stream<Case> labelled() {
    return cases(
        ", label_modalities: [a]",
        ", label_modalities: [t]",
        ", label_modalities: [t, a]",
        ", label_modalities: [a, t]" + TRANSPOSED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("transposed")
  void transposedGroupsGiveTheEncodersEmbedding(Case of) {
    float[] mixed = everyRecord(of.model(), folder).get(0);
    Model neighbours = Samples.model(of.yaml.formatted(""), of.seed);
    float[] plain = everyRecord(neighbours, folder.resolve("neighbours")).get(0);
    assertThat(Difference.ofEach(mixed, plain))
        .as("what the order of the groups changes, which the test must be able to see")
        .isGreaterThan(100 * OnnxCheck.TOLERANCE);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("labelled")
  void labelsThatAreThereOrNotGiveTheEncodersEmbedding(Case of) {
    Model model = of.model();
    List<float[]> found = everyRecord(model, folder);
    List<String> names = List.copyOf(model.config().modalities().keySet());
    for (String label : ((HipConfig) model.config()).labelModalities()) {
      float[] without = found.get(1 << names.indexOf(label));
      assertThat(Difference.ofEach(found.get(0), without))
          .as("what label %s changes, which the test must be able to see", label)
          .isGreaterThan(100 * OnnxCheck.TOLERANCE);
    }
  }

  /**
   * The embeddings out of ONNX Runtime by what is absent (bit i: modality i), in one batch and the
   * first alone, each compared with what every backend gives.
   */
  private static List<float[]> everyRecord(Model model, Path folder) {
    HipConfig config = (HipConfig) model.config();
    List<Map<String, double[][]>> records = new ArrayList<>();
    for (int absent = 0; absent < 1 << config.modalities().size(); absent++) {
      records.add(record(config, absent, 7));
    }
    List<float[]> found = new ArrayList<>();
    try (OnnxSession session = new OnnxSession(OnnxExport.write(model, folder).get(0), 1)) {
      float[] all = session.run(inputs(config, records));
      int d = config.embeddingDim();
      assertThat(all).hasSize(records.size() * d);
      for (int i = 0; i < records.size(); i++) {
        found.add(Arrays.copyOfRange(all, i * d, (i + 1) * d));
      }
      float[] alone = session.run(inputs(config, records.subList(0, 1)));
      assertThat(Difference.ofEach(alone, found.get(0)))
          .as("the first record alone")
          .isLessThan(OnnxCheck.TOLERANCE);
    }
    for (Backend backend : Samples.backends()) {
      try (Encoder encoder = Models.encoder(model, backend)) {
        for (int i = 0; i < records.size(); i++) {
          assertThat(Difference.ofEach(found.get(i), embedding(encoder, config, records.get(i))))
              .as("%s, absent %s", backend.name(), Integer.toBinaryString(i))
              .isLessThan(OnnxCheck.TOLERANCE);
        }
      }
    }
    return found;
  }

  private static float[] embedding(
      Encoder encoder, HipConfig config, Map<String, double[][]> record) {
    List<Node> nodes = new ArrayList<>();
    record.forEach(
        (m, x) -> nodes.addAll(encoder.encode(List.of(Samples.whole(m, config.modality(m), x)))));
    return Samples.finish(encoder, nodes);
  }

  /** The modalities that are there; v lacks its last token, so that its end is filled up, too. */
  private static Map<String, double[][]> record(HipConfig config, int absent, long seed) {
    Map<String, double[][]> record = new LinkedHashMap<>();
    List<String> names = List.copyOf(config.modalities().keySet());
    for (int i = 0; i < names.size(); i++) {
      String m = names.get(i);
      if ((absent >> i & 1) == 0) {
        int n = config.length(m) - (m.equals("v") ? 1 : 0);
        record.put(m, Samples.tokens(config.modality(m), n, seed + i));
      }
    }
    return record;
  }

  /** Records as the graph takes them: filled up with zeros, the pad id for text. */
  private static Map<String, Input> inputs(HipConfig config, List<Map<String, double[][]>> batch) {
    Map<String, Input> inputs = new LinkedHashMap<>();
    config
        .modalities()
        .forEach(
            (m, spec) -> {
              int n = config.length(m);
              boolean text = spec instanceof ModalitySpec.Text;
              int width = text ? 1 : spec.channels();
              float[] values = new float[batch.size() * n * width];
              Arrays.fill(values, text ? ModalitySpec.Text.PAD : 0);
              for (int b = 0; b < batch.size(); b++) {
                double[][] rows = batch.get(b).getOrDefault(m, new double[0][]);
                for (int r = 0; r < rows.length; r++) {
                  for (int c = 0; c < width; c++) {
                    values[(b * n + r) * width + c] = (float) rows[r][c];
                  }
                }
              }
              inputs.put(m, text ? ids(values, batch.size(), n) : floats(values, batch.size(), n));
            });
    return inputs;
  }

  private static Input floats(float[] values, int batch, int n) {
    return new Input(values, batch, n, values.length / batch / n);
  }

  private static Input ids(float[] values, int batch, int n) {
    return new Input(
        IntStream.range(0, values.length).mapToLong(i -> (long) values[i]).toArray(), batch, n);
  }
}
