package tributary.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.attention.BertLayer;
import tributary.attention.CrossAttention;
import tributary.attention.CrossVit;
import tributary.attention.Film;
import tributary.attention.FormFixture;
import tributary.attention.PersistentMemoryAttention;
import tributary.attention.Retro;
import tributary.attention.SelfDoc;
import tributary.attention.TransformerDecoderLayer;
import tributary.attention.Weights;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;

/** Single forms, run in ONNX Runtime, give what their classes give, masks included. */
@NullUnmarked
final class OnnxFormsTest {
  private static final int BATCH = 3;

  private final FormFixture given = new FormFixture(3);
  private final Map<String, Input> inputs = new LinkedHashMap<>();

  @TempDir Path folder;

  /** An input by name, [batch, rows, channels], and the same for a form. */
  private BiFunction<Scope, Weights, Tensor> input(String name, int batch, int rows, int channels) {
    float[] values = given.values(batch * rows * channels);
    inputs.put(name, new Input(values, batch, rows, channels));
    return (scope, weights) -> scope.upload(new Shape(batch, rows, channels), values, 0);
  }

  /** Random, the first query fully masked, the last not at all. */
  private Mask mask(String name, int batch, int queries, int keys) {
    boolean[] allowed = new boolean[batch * queries * keys];
    Random random = new Random(keys);
    for (int i = 0; i < allowed.length; i++) {
      allowed[i] = i >= keys && (random.nextBoolean() || i >= allowed.length - keys);
    }
    inputs.put(name, new Input(allowed, batch, queries, keys));
    return new Mask(allowed, batch, queries, keys);
  }

  private interface Form {
    List<Tensor> apply(Weights weights, Scope scope);
  }

  private void check(OnnxForm exported, Form form) {
    List<float[]> found;
    try (OnnxSession session = new OnnxSession(exported.write(folder), 1)) {
      found = List.copyOf(session.runAll(inputs).values());
    }
    given.onEveryBackend(
        (weights, scope) -> {
          List<Tensor> expected = form.apply(weights, scope);
          assertThat(found).hasSameSizeAs(expected);
          for (int i = 0; i < found.size(); i++) {
            float[] values = scope.values(expected.get(i));
            assertThat(Difference.ofEach(found.get(i), values))
                .as("%s, output %d", weights.backend().name(), i)
                .isLessThan(OnnxCheck.TOLERANCE);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"ZERO,1,3,5", "UNIFORM,5,3,5", "ZERO,5,1,1", "UNIFORM,1,1,5", "UNIFORM,1,3,1"})
  void crossAttention(FullyMasked policy, int heads, int masks, int queries) {
    given.attention("a", 7, 9, 15);
    var x = input("x", BATCH, 5, 7);
    var context = input("context", BATCH, 11, 9);
    Mask mask = mask("mask", masks, queries, 11);
    check(
        OnnxForms.crossAttention(given.weights, "a", heads, policy).masked("mask"),
        (weights, scope) -> {
          Tensor c = context.apply(scope, weights);
          CrossAttention form = CrossAttention.of(weights, "a", heads).fullyMasked(policy);
          return List.of(form.apply(scope, x.apply(scope, weights), c, c, mask));
        });
  }

  @Test
  void crossAttentionToNothingIsTheOutputsBias() {
    given.linear("query", 4, 6).linear("key", 3, 6).linear("value", 3, 6).linear("output", 6, 2);
    input("x", 1, 1, 4);
    inputs.put("context", new Input(new float[0], 1, 0, 3));
    Path file = OnnxForms.crossAttention(given.weights, "", 2, FullyMasked.ZERO).write(folder);
    try (OnnxSession session = new OnnxSession(file, 1)) {
      float[] bias = given.weights.get("output.bias").values();
      assertThat(session.run(inputs)).isEqualTo(bias);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void selfDoc(int heads) {
    given.selfDoc("p.", 9);
    var a = input("a", BATCH, 7, 9);
    var b = input("b", BATCH, 7, 9);
    Mask mask = mask("mask", BATCH, 7, 7);
    check(
        OnnxForms.selfDoc(given.weights, "p", heads).masked("mask"),
        (weights, scope) -> {
          SelfDoc.Pair y =
              SelfDoc.of(weights, "p", heads)
                  .apply(scope, a.apply(scope, weights), b.apply(scope, weights), mask);
          return List.of(y.a(), y.b());
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, BATCH})
  void film(int conditions) {
    given.linear("p.generator", 5, 14);
    var x = input("x", BATCH, 4, 7);
    var by = input("condition", conditions, 1, 5);
    check(
        OnnxForms.film(given.weights, "p"),
        (weights, scope) ->
            List.of(
                Film.of(weights, "p")
                    .apply(scope, x.apply(scope, weights), by.apply(scope, weights))));
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "3,3,7", "5,1,7", "5,3,1"})
  void persistentMemory(int heads, int masks, int queries) {
    given.attention("p", 8, 8, 15);
    given.keysAndValues("p.memory", heads, 4, 15 / heads);
    var x = input("x", BATCH, 7, 8);
    Mask mask = mask("mask", masks, queries, 7);
    check(
        OnnxForms.persistentMemory(given.weights, "p", heads).masked("mask"),
        (weights, scope) ->
            List.of(
                PersistentMemoryAttention.of(weights, "p", heads)
                    .apply(scope, x.apply(scope, weights), mask)));
  }

  /** Rows, chunks of neighbours, rows of a chunk, heads: chunks to spare, too few, none, no row. */
  @ParameterizedTest
  @CsvSource({"13,3,4,1", "12,5,3,5", "4,2,4,3", "2,2,4,3", "9,1,2,5", "6,6,1,1", "9,0,2,5"})
  void retro(int rows, int chunks, int chunk, int heads) {
    given.attention("p", 8, 6, 15).keysAndValues("p.null", heads, 15 / heads);
    var x = input("x", BATCH, rows, 8);
    int m = 5;
    float[] values = given.values(BATCH * chunks * m * 6);
    inputs.put("neighbours", new Input(values, BATCH, chunks, m, 6));
    Mask mask = mask("mask", BATCH * chunks, 1, m);
    inputs.put("mask", new Input(mask.allowed(), BATCH, chunks, m));
    check(
        OnnxForms.retro(given.weights, "p", heads, chunk).masked("mask"),
        (weights, scope) -> {
          Tensor neighbours = scope.upload(new Shape(BATCH * chunks, m, 6), values, 0);
          Retro form = Retro.of(weights, "p", heads, chunk);
          return List.of(form.apply(scope, x.apply(scope, weights), neighbours, mask));
        });
  }

  @ParameterizedTest
  @CsvSource({"1,2,6,8", "3,5,1,8", "1,1,1,1"})
  void crossVit(int smallHeads, int largeHeads, int n, int m) {
    int w = 10; // small's width
    int v = 12; // large's
    given.branch("p.small", w, v, v).branch("p.large", v, w, w);
    var small = input("small", BATCH, n, w);
    var large = input("large", BATCH, m, v);
    check(
        OnnxForms.crossVit(given.weights, "p", smallHeads, largeHeads),
        (weights, scope) -> {
          CrossVit.Pair y =
              CrossVit.of(weights, "p", smallHeads, largeHeads)
                  .apply(scope, small.apply(scope, weights), large.apply(scope, weights));
          return List.of(y.small(), y.large());
        });
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void transformerDecoderLayer(Activation activation) {
    boolean normFirst = activation.ordinal() % 2 == 0;
    given.decoderLayer("p", 12, 20);
    var x = input("x", BATCH, 5, 12);
    var memory = input("memory", BATCH, 9, 12);
    Mask mask = mask("mask", 1, 5, 5);
    Mask memoryMask = mask("memory_mask", BATCH, 1, 9);
    boolean[] both = mask.allowed().clone();
    for (int i = 0; i < both.length; i++) {
      both[i] &= i % 5 <= i / 5;
    }
    check(
        OnnxForms.transformerDecoderLayer(given.weights, "p", 4, activation, normFirst, true)
            .masked("mask", "memory_mask"),
        (weights, scope) ->
            List.of(
                TransformerDecoderLayer.of(weights, "p", 4, activation, normFirst)
                    .apply(
                        scope,
                        x.apply(scope, weights),
                        memory.apply(scope, weights),
                        new Mask(both, 1, 5, 5),
                        memoryMask)));
  }

  @Test
  void bertLayerWithAFullyMaskedQuery() {
    given.bertLayer("p", 12, 9);
    var x = input("x", BATCH, 5, 12);
    var encoded = input("encoded", BATCH, 8, 12);
    Mask mask = mask("mask", BATCH, 5, 5);
    Mask encodedMask = mask("encoded_mask", BATCH, 1, 8);
    check(
        OnnxForms.bertLayer(given.weights, "p", 3, Activation.GELU, 1e-12f)
            .masked("mask", "encoded_mask"),
        (weights, scope) ->
            List.of(
                BertLayer.of(weights, "p", 3, Activation.GELU, 1e-12f)
                    .apply(
                        scope,
                        x.apply(scope, weights),
                        encoded.apply(scope, weights),
                        mask,
                        encodedMask)));
  }

  @Test
  void whatAFormDoesNotHaveIsRefused() {
    given.attention("a", 7, 9, 15);
    OnnxForm form = OnnxForms.crossAttention(given.weights, "a", 4, FullyMasked.ZERO);
    assertThatThrownBy(() -> form.masked("memory_mask"))
        .hasMessage("Invalid mask: memory_mask (cross_attention has [mask])");
    assertThatThrownBy(() -> form.write(folder))
        .hasMessage("Invalid heads: 4 (divides the widths of query 15 and value 15)");
    assertThatThrownBy(() -> OnnxForms.film(given.weights, "p").write(folder))
        .hasMessage("Invalid weight: p.generator.weight (one of the model's)");
    assertThat(folder).isEmptyDirectory();
  }
}
