package tributary.models.elastic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.attention.FormFixture;
import tributary.encode.Encoder;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.Model;
import tributary.models.Models;
import tributary.models.OnnxExport;
import tributary.tensor.Backend;
import tributary.tensor.Normal;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxEncoder;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;

/** Every form of fusion, run in ONNX Runtime from the same roots, gives the encoder's embedding. */
@NullUnmarked
final class OnnxFusionTest {
  private static final String YAML =
      """
      {encoder: elastic, group_size: 3, fan_in: 2, embedding_channels: 8, activation: %s,
       levels: [{latents: 3, channels: 12, self_layers: 1, self_heads: 2}],
       merge: {latents: %d, channels: 12, self_layers: 1, self_heads: 3},
       fusion: {%s}, embedding_dim: 5, decoder_heads: 1, modalities: [%s]}
      """;
  private static final String TWO = "{name: t, kind: text}, {name: a, channels: 2}";
  private static final String THREE = "{name: c, channels: 1}, " + TWO;

  @TempDir Path folder;

  /** What `fusion.form` says, latents of a merge, and the modalities. */
  private record Form(String fusion, int merge, String modalities) {}

  private static final List<Form> FORMS =
      List.of(
          new Form(
              "selfdoc, latents: 6, channels: 12, cross_heads: 3" + ", self_layers: 1", 3, TWO),
          new Form(
              "crossvit, latents: 6, channels: 12, cross_heads: 4"
                  + ", self_layers: 2, self_heads: 3",
              3,
              TWO),
          new Form("film, condition: c, latents: 6, channels: 12, self_layers: 0", 3, THREE),
          new Form(
              "retro, chunk: 2, latents: 9, channels: 10, cross_heads: 2"
                  + ", self_layers: 1, self_heads: 5",
              5,
              THREE),
          new Form(
              "retro, chunk: 3, latents: 9, channels: 10, cross_heads: 1" + ", self_layers: 0",
              2,
              THREE),
          new Form(
              "transformer-decoder, latents: 4, channels: 14, cross_heads: 2"
                  + ", self_layers: 2, self_heads: 7",
              4,
              THREE),
          new Form(
              "persistent-memory, memory: 5, latents: 4, channels: 14, cross_heads: 1"
                  + ", self_layers: 2, self_heads: 7",
              4,
              THREE));

  static List<Form> forms() {
    return FORMS;
  }

  @ParameterizedTest
  @MethodSource("forms")
  void everyFormGivesTheEncodersEmbedding(Form form) {
    for (String activation : List.of("gelu", "squared_relu")) {
      String yaml = YAML.formatted(activation, form.merge, "form: " + form.fusion, form.modalities);
      check(Samples.model(yaml, 11), folder.resolve(activation));
    }
  }

  private static void check(Model model, Path to) {
    List<Path> files = OnnxExport.write(model, to);
    for (Backend backend : Samples.backends()) {
      assertThat(OnnxCheck.difference(model, backend, files)).isLessThan(OnnxCheck.TOLERANCE);
    }
    List<String> names = List.copyOf(model.config().modalities().keySet());
    try (OnnxEncoder onnx = new OnnxEncoder((ElasticConfig) model.config(), to, 1 << 20, 4)) {
      for (Backend backend : Samples.backends()) {
        try (Encoder own = Models.encoder(model, backend)) {
          for (int present = 0; present < 1 << names.size(); present++) {
            Map<String, List<Node>> roots = roots(model, names, present);
            compare(onnx.finish(each(roots)), own.finish(each(roots)), backend.name() + present);
          }
        }
      }
    }
  }

  /** Some modalities' roots, one of the last level, the next of a merge, and so on. */
  private static Map<String, List<Node>> roots(Model model, List<String> names, int present) {
    ElasticConfig config = (ElasticConfig) model.config();
    Random random = new Random(present);
    Map<String, List<Node>> roots = new TreeMap<>();
    for (int i = 0; i < names.size(); i++) {
      if ((present >> i & 1) == 1) {
        int level = i % 2;
        int size = config.level(level).latents() * config.last().channels();
        float[] root = Normal.values(size, 1, random);
        roots.put(names.get(i), List.of(new Node(names.get(i), level, 0, 1, root)));
      }
    }
    return roots;
  }

  private static Map<String, Iterator<Node>> each(Map<String, List<Node>> roots) {
    Map<String, Iterator<Node>> each = new TreeMap<>();
    roots.forEach((m, nodes) -> each.put(m, nodes.iterator()));
    return each;
  }

  @ParameterizedTest
  @MethodSource("forms")
  void aBatchGivesWhatItsRecordsGive(Form form) {
    String yaml = YAML.formatted("relu", form.merge, "form: " + form.fusion, form.modalities);
    Model model = Samples.model(yaml, 3);
    OnnxExport.write(model, folder);
    FusionForm fusion = ((ElasticConfig) model.config()).fusionForm();
    boolean retro = fusion.form().equals(FusionForm.RETRO);
    int modalities = model.config().modalities().size();
    long[] axes = retro || fusion.ofRoots() ? new long[] {modalities, 3, 12} : new long[] {7, 12};
    int size = axes.length == 3 ? modalities * 3 * 12 : 7 * 12;
    FormFixture random = new FormFixture(5);
    float[] roots = random.values(2 * size);
    boolean[] real = new boolean[2 * modalities * 3];
    for (int i = 0; i < real.length; i++) {
      real[i] = i % 5 != 1;
    }
    try (OnnxSession session = new OnnxSession(folder.resolve("fusion.onnx"), 1)) {
      float[] both = session.run(inputs(axes, roots, retro ? real : null, 0, 2));
      for (int b = 0; b < 2; b++) {
        float[] one = session.run(inputs(axes, roots, retro ? real : null, b, b + 1));
        compare(Arrays.copyOfRange(both, b * one.length, (b + 1) * one.length), one, "" + b);
      }
    }
  }

  private static Map<String, Input> inputs(
      long[] axes, float[] roots, boolean[] real, int from, int to) {
    Map<String, Input> inputs = new TreeMap<>();
    long[] shape = LongStream.concat(LongStream.of(to - from), LongStream.of(axes)).toArray();
    int size = roots.length / 2;
    inputs.put("roots", new Input(Arrays.copyOfRange(roots, from * size, to * size), shape));
    if (axes.length == 2) {
      inputs.put("modalities", new Input(new long[] {2, 2, 0, 0, 0, 1, 1}, 7));
    }
    if (real != null) {
      int flags = real.length / 2;
      boolean[] own = Arrays.copyOfRange(real, from * flags, to * flags);
      inputs.put("real", new Input(own, to - from, axes[0], axes[1]));
    }
    return inputs;
  }

  @Test
  void aModelOfOneModalityIsChecked() {
    String fusion = "latents: 4, channels: 6, self_layers: 0";
    Model model = Samples.model(YAML.formatted("gelu", 2, fusion, "{name: t, kind: text}"), 3);
    List<Path> files = OnnxExport.write(model, folder);
    for (Backend backend : Samples.backends()) {
      assertThat(OnnxCheck.difference(model, backend, files)).isLessThan(OnnxCheck.TOLERANCE);
    }
  }

  private static void compare(float[] x, float[] expected, String what) {
    assertThat(Difference.ofEach(x, expected)).as(what).isLessThan(OnnxCheck.TOLERANCE);
  }
}
