package tributary.tools.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.attention.BertDecoder;
import tributary.attention.CrossAttention;
import tributary.attention.CrossVit;
import tributary.attention.Film;
import tributary.attention.Perceiver;
import tributary.attention.PersistentMemoryAttention;
import tributary.attention.Retro;
import tributary.attention.SelfDoc;
import tributary.attention.TransformerDecoderLayer;
import tributary.attention.Weights;
import tributary.model.Weight;
import tributary.onnx.OnnxForms;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;

/**
 * The library page's examples of the forms are this code, on golden cases, and give their results.
 */
class ExamplesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  /** One example: from a case's inputs to one of its outputs. */
  private interface Example {
    Tensor run(GoldenCase golden, Weights weights, Scope scope);
  }

  private static void gives(String file, String output, Example example) {
    GoldenCase golden = new GoldenCase(GOLDEN.resolve(file + ".safetensors"));
    Backend backend = Backends.open(Kernels.of("cpu"));
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      float[] y = scope.values(example.run(golden, weights, scope));
      float[] expected = Objects.requireNonNull(golden.outputs().get(output)).values();
      assertThat(Difference.ofLargest(y, expected)).isLessThanOrEqualTo(golden.tolerance());
    }
  }

  @Test
  void crossAttention() {
    gives("cross_attention_masked", "y", this::crossAttention);
  }

  private Tensor crossAttention(GoldenCase golden, Weights weights, Scope scope) {
    Tensor x = golden.upload(scope, "x");
    Tensor context = golden.upload(scope, "context");
    Mask mask = golden.mask("mask");
    // library.md: cross-attention
    CrossAttention layer =
        CrossAttention.builder()
            .heads(2)
            .headWidth(6)
            .queryWidth(20)
            .contextWidth(12)
            .bias(true)
            .from(weights, "attention");
    Tensor y = layer.apply(scope, x, context, context, mask); // [g, n, 20]; mask: true = may look
    // end
    return y;
  }

  @Test
  void transformerDecoder() {
    gives("transformer_decoder_pre", "y", this::transformerDecoder);
  }

  private Tensor transformerDecoder(GoldenCase golden, Weights weights, Scope scope) {
    Tensor x = golden.upload(scope, "x");
    Tensor memory = golden.upload(scope, "memory");
    Mask memoryMask = golden.mask("memory_mask");
    // library.md: transformer-decoder
    TransformerDecoderLayer layer =
        TransformerDecoderLayer.of(weights, "", 4, Activation.RELU, true); // true: pre-norm
    Tensor y = layer.apply(scope, x, memory, Mask.causal(5, 5), memoryMask); // [g, 5, c]
    // end
    return y;
  }

  @Test
  void bert() {
    gives("hf_bert_cross", "last_hidden_state", this::bert);
  }

  private Tensor bert(GoldenCase golden, Weights weights, Scope scope) {
    int[] ids = golden.indices("input_ids");
    Tensor encoded = golden.upload(scope, "encoder_hidden_states");
    Mask mask = golden.mask("encoder_attention_mask");
    // library.md: bert
    BertDecoder model = BertDecoder.of(weights, "", 2, 4, Activation.GELU, 1e-12f);
    Tensor y = model.apply(scope, ids, 2, encoded, mask); // ids of 2 sequences; [2, n, c]
    // end
    return y;
  }

  @Test
  void perceiver() {
    gives("perceiver", "logits", this::perceiver);
  }

  private Tensor perceiver(GoldenCase golden, Weights weights, Scope scope) {
    List<Integer> grid = List.of(5, 7);
    float[] features = tributary.attention.FourierFeatures.of(4, grid).grid(grid);
    float[] x = PerceiverCase.join(golden.input("data").values(), 3, features, 35);
    Tensor inputs = scope.upload(new Shape(2, 35, x.length / 70), x, 0);
    // library.md: perceiver
    Perceiver model =
        Perceiver.of(weights, new Perceiver.Options(3, true, 1, 2, 4, Activation.GELU));
    Tensor z = model.encode(scope, inputs, null); // depth 3, tied: three cross-attends to inputs
    Tensor logits = model.classify(scope, z); // [g, 1, classes]
    // end
    return logits;
  }

  @Test
  void selfDoc() {
    gives("selfdoc", "a", this::selfDoc);
  }

  private Tensor selfDoc(GoldenCase golden, Weights weights, Scope scope) {
    Tensor a = golden.upload(scope, "a");
    Tensor b = golden.upload(scope, "b");
    // library.md: selfdoc
    SelfDoc step = SelfDoc.of(weights, "", 4);
    SelfDoc.Pair both = step.apply(scope, a, b); // row i of a belongs to row i of b
    // end
    return both.a();
  }

  @Test
  void film() {
    gives("film", "y", this::film);
  }

  private Tensor film(GoldenCase golden, Weights weights, Scope scope) {
    Tensor x = golden.upload(scope, "x");
    Tensor condition = golden.upload(scope, "condition");
    // library.md: film
    Film film = Film.of(weights, "");
    Tensor y = film.apply(scope, x, condition); // (1 + dgamma) x + beta, per channel
    // end
    return y;
  }

  @Test
  void persistentMemory() {
    gives("persistent_memory", "y", this::persistentMemory);
  }

  private Tensor persistentMemory(GoldenCase golden, Weights weights, Scope scope) {
    Tensor x = golden.upload(scope, "x");
    // library.md: persistent-memory
    PersistentMemoryAttention layer = PersistentMemoryAttention.of(weights, "", 4);
    Tensor y = layer.apply(scope, x, null); // rows and memory share one softmax
    // end
    return y;
  }

  @Test
  void retro() {
    gives("retro", "y", this::retro);
  }

  private Tensor retro(GoldenCase golden, Weights weights, Scope scope) {
    Tensor x = golden.upload(scope, "x");
    Tensor neighbours = scope.upload(new Shape(6, 16, 16), golden.input("neighbours").values(), 0);
    Mask mask = new Mask(golden.flags("mask"), 6, 1, 16);
    // library.md: retro
    Retro layer = Retro.of(weights, "", 4, 4); // 4 heads, chunks of 4 rows
    Tensor y = layer.apply(scope, x, neighbours, mask); // neighbours [g * chunks, rows, c]
    // end
    return y;
  }

  @Test
  void crossVit() {
    gives("crossvit", "small", this::crossVit);
  }

  private Tensor crossVit(GoldenCase golden, Weights weights, Scope scope) {
    Tensor small = golden.upload(scope, "small");
    Tensor large = golden.upload(scope, "large");
    // library.md: crossvit
    CrossVit fusion = CrossVit.of(weights, "", 5, 2);
    CrossVit.Pair both = fusion.apply(scope, small, large); // row 0 is the class token
    // end
    return both.small();
  }

  /** The graph gives what the class gives, value by value. */
  @Test
  void onnx(@TempDir Path folder) {
    GoldenCase golden = new GoldenCase(GOLDEN.resolve("cross_attention_masked.safetensors"));
    Path file = folder.resolve("cross.onnx");
    onnx(golden.weights(), file);
    Mask mask = Objects.requireNonNull(golden.mask("mask"));
    Map<String, Input> inputs =
        Map.of(
            "x", input(golden.input("x")),
            "context", input(golden.input("context")),
            "mask", new Input(mask.allowed(), mask.groups(), mask.queries(), mask.keys()));
    Backend backend = Backends.open(Kernels.of("cpu")); // the JVM's own: it stays open
    try (OnnxSession session = new OnnxSession(file, 1);
        Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      float[] own = scope.values(crossAttention(golden, weights, scope));
      Map<String, float[]> found = session.runAll(inputs);
      assertThat(found).containsOnlyKeys("y");
      assertThat(own).hasSize(3 * 5 * 20);
      float[] y = Objects.requireNonNull(found.get("y"));
      assertThat(y).hasSameSizeAs(own);
      for (int i = 0; i < own.length; i++) {
        assertThat((double) y[i])
            .as("y[%d]", i)
            .isCloseTo(own[i], offset(OnnxCheck.TOLERANCE * Math.max(1, Math.abs(own[i]))));
      }
    }
  }

  private static Input input(Weight w) {
    return new Input(w.values(), w.shape());
  }

  private static void onnx(Map<String, Weight> weights, Path file) {
    // library.md: onnx
    OnnxForms.crossAttention(weights, "attention", 2, FullyMasked.ZERO) // the inputs x and context
        .masked("mask") // and mask [batch or 1, queries or 1, keys]; true = may look
        .write(file);
    // end
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cross-attention",
        "transformer-decoder",
        "bert",
        "perceiver",
        "selfdoc",
        "film",
        "persistent-memory",
        "retro",
        "crossvit",
        "onnx"
      })
  void isOnTheLibraryPage(String form) throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/tributary/tools/parity/ExamplesTest.java"));
    String begin = "    // library.md: " + form + "\n";
    int from = source.indexOf(begin) + begin.length();
    String example = source.substring(from, source.indexOf("    // end\n", from));
    assertThat(Files.readString(Path.of("docs/library.md")))
        .contains("```java\n" + example.stripTrailing().stripIndent() + "\n```");
  }
}
