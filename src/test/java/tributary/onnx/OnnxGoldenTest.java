package tributary.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.attention.FourierFeatures;
import tributary.attention.Perceiver;
import tributary.model.Weight;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;
import tributary.tools.parity.GoldenCase;

/** Every single form, run in ONNX Runtime, gives what the reference computed. */
@NullUnmarked
final class OnnxGoldenTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir Path folder;

  private static GoldenCase golden(String name) {
    return new GoldenCase(GOLDEN.resolve(name + ".safetensors"));
  }

  private static Input values(GoldenCase golden, String input) {
    Weight w = golden.input(input);
    return new Input(w.values(), w.shape());
  }

  private static int number(GoldenCase golden, String key) {
    return golden.config().path(key).asInt();
  }

  private static Activation activation(GoldenCase golden, String otherwise) {
    String name = golden.config().path("activation").asText(otherwise);
    return Activation.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private void check(GoldenCase golden, OnnxForm form, Map<String, Input> inputs, String... names) {
    Path file = form.write(folder);
    try (OnnxSession session = new OnnxSession(file, 1)) {
      Map<String, float[]> outputs = session.runAll(inputs);
      for (String name : names) {
        String[] pair = name.split("=");
        float[] expected = golden.outputs().get(pair[1]).values();
        assertThat(Difference.ofEach(outputs.get(pair[0]), expected))
            .as(name)
            .isLessThan(OnnxCheck.TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cross_attention", "cross_attention_masked", "cross_attention_masked_uniform"})
  void crossAttention(String name) throws Exception {
    GoldenCase g = golden(name);
    FullyMasked policy =
        FullyMasked.valueOf(
            g.config().path("fully_masked").asText("zero").toUpperCase(Locale.ROOT));
    OnnxForm form = OnnxForms.crossAttention(g.weights(), "attention", g.heads(), policy);
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("x", values(g, "x"));
    inputs.put("context", values(g, g.hasInput("context") ? "context" : "x"));
    if (g.hasInput("mask")) {
      form = form.masked("mask");
      long[] s = g.shape("mask");
      long[] shape = s.length == 3 ? s : new long[] {s[0], 1, s[1]};
      inputs.put("mask", new Input(g.flags("mask"), shape));
    }
    check(g, form, inputs, "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer_decoder_post", "transformer_decoder_pre"})
  void transformerDecoder(String name) throws Exception {
    GoldenCase g = golden(name);
    OnnxForm form =
        OnnxForms.transformerDecoderLayer(
            g.weights(),
            "",
            g.heads(),
            activation(g, "relu"),
            g.config().path("norm_first").asBoolean(),
            true);
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("x", values(g, "x"));
    inputs.put("memory", values(g, "memory"));
    if (g.hasInput("memory_mask")) {
      form = form.masked("memory_mask");
      long[] s = g.shape("memory_mask");
      inputs.put("memory_mask", new Input(g.flags("memory_mask"), s[0], 1, s[s.length - 1]));
    }
    check(g, form, inputs, "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"selfdoc"})
  void selfDoc(String name) throws Exception {
    GoldenCase g = golden(name);
    check(
        g,
        OnnxForms.selfDoc(g.weights(), "", g.heads()),
        Map.of("a", values(g, "a"), "b", values(g, "b")),
        "a_out=a",
        "b_out=b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"film"})
  void film(String name) throws Exception {
    GoldenCase g = golden(name);
    Weight condition = g.input("condition");
    long[] s = condition.shape();
    Input by = new Input(condition.values(), s[0], 1, s[s.length - 1]);
    check(g, OnnxForms.film(g.weights(), ""), Map.of("x", values(g, "x"), "condition", by), "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"persistent_memory"})
  void persistentMemory(String name) throws Exception {
    GoldenCase g = golden(name);
    OnnxForm form = OnnxForms.persistentMemory(g.weights(), "", g.heads());
    check(g, form, Map.of("x", values(g, "x")), "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"retro"})
  void retro(String name) throws Exception {
    GoldenCase g = golden(name);
    long[] s = g.shape("neighbours");
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("x", values(g, "x"));
    inputs.put(
        "neighbours", new Input(values(g, "neighbours").values(), s[0], s[1], s[2] * s[3], s[4]));
    OnnxForm form = OnnxForms.retro(g.weights(), "", g.heads(), number(g, "chunk_size"));
    if (g.hasInput("mask")) {
      form = form.masked("mask");
      inputs.put("mask", new Input(g.flags("mask"), s[0], s[1], s[2] * s[3]));
    }
    check(g, form, inputs, "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crossvit"})
  void crossVit(String name) throws Exception {
    GoldenCase g = golden(name);
    JsonNode heads = g.config().path("heads");
    check(
        g,
        OnnxForms.crossVit(g.weights(), "", heads.path(0).asInt(), heads.path(1).asInt()),
        Map.of("small", values(g, "small"), "large", values(g, "large")),
        "small_out=small",
        "large_out=large");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf_bert_cross"})
  void bert(String name) throws Exception {
    GoldenCase g = golden(name);
    OnnxForm form =
        OnnxNetworks.bertDecoder(
            g.weights(),
            "",
            number(g, "num_hidden_layers"),
            number(g, "num_attention_heads"),
            Activation.GELU,
            (float) g.config().path("layer_norm_eps").asDouble(1e-12));
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("ids", new Input(g.integers("input_ids"), g.shape("input_ids")));
    inputs.put("encoded", values(g, "encoder_hidden_states"));
    if (g.hasInput("encoder_attention_mask")) {
      form = form.masked("encoded_mask");
      long[] s = g.shape("encoder_attention_mask");
      inputs.put(
          "encoded_mask", new Input(g.flags("encoder_attention_mask"), s[0], 1, s[s.length - 1]));
    }
    check(g, form, inputs, "last_hidden_state=last_hidden_state");
  }

  @ParameterizedTest
  @ValueSource(strings = {"perceiver"})
  void perceiver(String name) throws Exception {
    GoldenCase g = golden(name);
    Weight data = g.input("data"); // [batch, grid.., channels]
    long[] s = data.shape();
    List<Integer> grid = IntStream.range(1, s.length - 1).mapToObj(i -> (int) s[i]).toList();
    float[] features = FourierFeatures.of(number(g, "num_bands"), grid).grid(grid);
    int rows = grid.stream().reduce(1, (a, b) -> a * b);
    int channels = (int) s[s.length - 1];
    int width = features.length / rows;
    float[] x = new float[(int) s[0] * rows * (channels + width)];
    for (int i = 0; i < s[0] * rows; i++) {
      System.arraycopy(data.values(), i * channels, x, i * (channels + width), channels);
      System.arraycopy(features, i % rows * width, x, i * (channels + width) + channels, width);
    }
    Perceiver.Options options =
        new Perceiver.Options(
            number(g, "depth"),
            g.config().path("weight_tie_layers").asBoolean(),
            number(g, "cross_heads"),
            number(g, "self_layers"),
            number(g, "self_heads"),
            activation(g, "gelu"));
    check(
        g,
        OnnxNetworks.perceiver(g.weights(), options),
        Map.of("inputs", new Input(x, s[0], rows, channels + width)),
        "logits=logits");
  }
}
