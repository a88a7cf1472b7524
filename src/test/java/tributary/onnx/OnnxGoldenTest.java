package tributary.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import tributary.model.Safetensors;
import tributary.model.Weight;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;

/** Every single form, run in ONNX Runtime, gives what the reference computed. */
@NullUnmarked
final class OnnxGoldenTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir Path folder;

  /** A case's tensors and sizes. */
  private record Golden(Safetensors tensors, JsonNode config, Map<String, Weight> weights) {
    static Golden of(String name) throws Exception {
      Safetensors tensors = Safetensors.read(GOLDEN.resolve(name + ".safetensors"));
      Map<String, Weight> weights = new LinkedHashMap<>();
      for (String key : tensors.entries().keySet()) {
        if (key.startsWith("param.") && tensors.entries().get(key).dtype().floating()) {
          weights.put(key.substring("param.".length()), tensors.weight(key));
        }
      }
      JsonNode config = new ObjectMapper().readTree(tensors.metadata().get("config"));
      return new Golden(tensors, config, weights);
    }

    boolean has(String input) {
      return tensors.has("in." + input);
    }

    Input values(String input) {
      Weight w = tensors.weight("in." + input);
      return new Input(w.values(), w.shape());
    }

    long[] shape(String input) {
      return tensors.entries().get("in." + input).shape();
    }

    int number(String key) {
      return config.path(key).asInt();
    }

    Activation activation(String otherwise) {
      String name = config.path("activation").asText(otherwise);
      return Activation.valueOf(name.toUpperCase(Locale.ROOT));
    }
  }

  private void check(Golden golden, OnnxForm form, Map<String, Input> inputs, String... names) {
    Path file = form.write(folder);
    try (OnnxSession session = new OnnxSession(file, 1)) {
      Map<String, float[]> outputs = session.runAll(inputs);
      for (String name : names) {
        String[] pair = name.split("=");
        float[] expected = golden.tensors.weight("out." + pair[1]).values();
        assertThat(OnnxResults.difference(outputs.get(pair[0]), expected))
            .as(name)
            .isLessThan(OnnxCheck.TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cross_attention", "cross_attention_masked", "cross_attention_masked_uniform"})
  void crossAttention(String name) throws Exception {
    Golden g = Golden.of(name);
    FullyMasked policy =
        FullyMasked.valueOf(g.config.path("fully_masked").asText("zero").toUpperCase(Locale.ROOT));
    OnnxForm form = OnnxForms.crossAttention(g.weights, "attention", g.number("heads"), policy);
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("x", g.values("x"));
    inputs.put("context", g.values(g.has("context") ? "context" : "x"));
    if (g.has("mask")) {
      form = form.masked("mask");
      long[] s = g.shape("mask");
      long[] shape = s.length == 3 ? s : new long[] {s[0], 1, s[1]};
      inputs.put("mask", new Input(g.tensors.flags("in.mask"), shape));
    }
    check(g, form, inputs, "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer_decoder_post", "transformer_decoder_pre"})
  void transformerDecoder(String name) throws Exception {
    Golden g = Golden.of(name);
    OnnxForm form =
        OnnxForms.transformerDecoderLayer(
            g.weights,
            "",
            g.number("heads"),
            g.activation("relu"),
            g.config.path("norm_first").asBoolean(),
            true);
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("x", g.values("x"));
    inputs.put("memory", g.values("memory"));
    if (g.has("memory_mask")) {
      form = form.masked("memory_mask");
      long[] s = g.shape("memory_mask");
      inputs.put(
          "memory_mask", new Input(g.tensors.flags("in.memory_mask"), s[0], 1, s[s.length - 1]));
    }
    check(g, form, inputs, "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"selfdoc"})
  void selfDoc(String name) throws Exception {
    Golden g = Golden.of(name);
    check(
        g,
        OnnxForms.selfDoc(g.weights, "", g.number("heads")),
        Map.of("a", g.values("a"), "b", g.values("b")),
        "a_out=a",
        "b_out=b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"film"})
  void film(String name) throws Exception {
    Golden g = Golden.of(name);
    Weight condition = g.tensors.weight("in.condition");
    long[] s = condition.shape();
    Input by = new Input(condition.values(), s[0], 1, s[s.length - 1]);
    check(g, OnnxForms.film(g.weights, ""), Map.of("x", g.values("x"), "condition", by), "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"persistent_memory"})
  void persistentMemory(String name) throws Exception {
    Golden g = Golden.of(name);
    OnnxForm form = OnnxForms.persistentMemory(g.weights, "", g.number("heads"));
    check(g, form, Map.of("x", g.values("x")), "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"retro"})
  void retro(String name) throws Exception {
    Golden g = Golden.of(name);
    long[] s = g.shape("neighbours");
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("x", g.values("x"));
    inputs.put(
        "neighbours", new Input(g.values("neighbours").values(), s[0], s[1], s[2] * s[3], s[4]));
    OnnxForm form = OnnxForms.retro(g.weights, "", g.number("heads"), g.number("chunk_size"));
    if (g.has("mask")) {
      form = form.masked("mask");
      inputs.put("mask", new Input(g.tensors.flags("in.mask"), s[0], s[1], s[2] * s[3]));
    }
    check(g, form, inputs, "y=y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crossvit"})
  void crossVit(String name) throws Exception {
    Golden g = Golden.of(name);
    JsonNode heads = g.config.path("heads");
    check(
        g,
        OnnxForms.crossVit(g.weights, "", heads.path(0).asInt(), heads.path(1).asInt()),
        Map.of("small", g.values("small"), "large", g.values("large")),
        "small_out=small",
        "large_out=large");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf_bert_cross"})
  void bert(String name) throws Exception {
    Golden g = Golden.of(name);
    OnnxForm form =
        OnnxNetworks.bertDecoder(
            g.weights,
            "",
            g.number("num_hidden_layers"),
            g.number("num_attention_heads"),
            Activation.GELU,
            (float) g.config.path("layer_norm_eps").asDouble(1e-12));
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("ids", new Input(g.tensors.integers("in.input_ids"), g.shape("input_ids")));
    inputs.put("encoded", g.values("encoder_hidden_states"));
    if (g.has("encoder_attention_mask")) {
      form = form.masked("encoded_mask");
      long[] s = g.shape("encoder_attention_mask");
      inputs.put(
          "encoded_mask",
          new Input(g.tensors.flags("in.encoder_attention_mask"), s[0], 1, s[s.length - 1]));
    }
    check(g, form, inputs, "last_hidden_state=last_hidden_state");
  }

  @ParameterizedTest
  @ValueSource(strings = {"perceiver"})
  void perceiver(String name) throws Exception {
    Golden g = Golden.of(name);
    Weight data = g.tensors.weight("in.data"); // [batch, grid.., channels]
    long[] s = data.shape();
    List<Integer> grid = IntStream.range(1, s.length - 1).mapToObj(i -> (int) s[i]).toList();
    float[] features = FourierFeatures.of(g.number("num_bands"), grid).grid(grid);
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
            g.number("depth"),
            g.config.path("weight_tie_layers").asBoolean(),
            g.number("cross_heads"),
            g.number("self_layers"),
            g.number("self_heads"),
            g.activation("gelu"));
    check(
        g,
        OnnxNetworks.perceiver(g.weights, options),
        Map.of("inputs", new Input(x, s[0], rows, channels + width)),
        "logits=logits");
  }
}
