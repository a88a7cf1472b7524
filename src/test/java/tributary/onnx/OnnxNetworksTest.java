package tributary.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.attention.FormFixture;
import tributary.attention.Perceiver;
import tributary.attention.PerceiverDecoder;
import tributary.attention.PerceiverIo;
import tributary.config.Problems.Refused;
import tributary.encode.Samples;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.model.Weight;
import tributary.models.OnnxExport;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;

/** Perceivers alone and BERT, run in ONNX Runtime, give what their classes give. */
@NullUnmarked
final class OnnxNetworksTest {
  private static final String BERT =
      """
      {encoder: bert, vocabulary: 23, positions: 9, types: 2, hidden: 12, layers: %d, heads: 3,
       intermediate: 10, activation: %s, cross_attention: %s, causal: %s, pooler: true}
      """;

  private static final int BATCH = 3;
  private static final int ROWS = 11;
  private static final int WIDTH = 7;

  private final FormFixture given = new FormFixture(8);

  @TempDir Path folder;

  /** Of group 0 nothing may be attended to. */
  private static Mask mask() {
    boolean[] allowed = new boolean[BATCH * ROWS];
    for (int i = ROWS; i < allowed.length; i++) {
      allowed[i] = i % 4 != 1;
    }
    return new Mask(allowed, BATCH, 1, ROWS);
  }

  private Map<String, float[]> run(OnnxForm form, Map<String, Input> inputs) {
    try (OnnxSession session = new OnnxSession(form.write(folder), 1)) {
      return session.runAll(inputs);
    }
  }

  private static void compare(float[] found, Scope scope, Tensor expected) {
    assertThat(Difference.ofEach(found, scope.values(expected))).isLessThan(OnnxCheck.TOLERANCE);
  }

  private Map<String, Input> inputs(float[] x) {
    Map<String, Input> inputs = new LinkedHashMap<>();
    inputs.put("inputs", new Input(x, BATCH, ROWS, WIDTH));
    inputs.put("mask", new Input(mask().allowed(), BATCH, 1, ROWS));
    return inputs;
  }

  @ParameterizedTest
  @CsvSource({"1,false,3", "3,true,2", "3,false,6"})
  void perceiver(int depth, boolean tied, int heads) {
    given.add("latents", 5, 10).norm("head_norm", 10).linear("head", 10, 4);
    for (int d = 0; d < depth; d++) {
      given.cross("layers." + d + ".cross", 10, WIDTH, 6, 5);
      given.self("layers." + d + ".self.0", 10, 8, 5);
    }
    Perceiver.Options o = new Perceiver.Options(depth, tied, heads, 1, 4, Activation.GELU);
    float[] x = given.values(BATCH * ROWS * WIDTH);
    Map<String, float[]> found =
        run(OnnxNetworks.perceiver(given.weights, o).masked("mask"), inputs(x));
    given.onEveryBackend(
        (weights, scope) -> {
          Perceiver form = Perceiver.of(weights, o);
          Tensor z = form.encode(scope, scope.upload(new Shape(BATCH, ROWS, WIDTH), x, 0), mask());
          compare(found.get("latents"), scope, z);
          compare(found.get("logits"), scope, form.classify(scope, z));
        });
  }

  @ParameterizedTest
  @CsvSource({"1,ZERO,true", "2,UNIFORM,false", "3,UNIFORM,true"})
  void perceiverIoAndItsDecoder(int blocks, FullyMasked policy, boolean residual) {
    given.add("latents", 5, 10);
    given.cross("cross", 10, WIDTH, 6, 5);
    given.self("self.0", 10, 8, 5);
    given.cross("out.cross", 4, 10, 6, 5);
    if (residual) {
      given.linear("out.final", 4, 3);
    }
    Activation relu = Activation.RELU;
    PerceiverIo.Options o = new PerceiverIo.Options(2, 4, 1, blocks, relu, residual, policy);
    float[] x = given.values(BATCH * ROWS * WIDTH);
    float[] latents =
        run(OnnxNetworks.perceiverIo(given.weights, o).masked("mask"), inputs(x)).get("latents");
    int batch = residual ? 1 : BATCH;
    float[] queries = given.values(batch * 13 * 4);
    Map<String, Input> asked =
        Map.of(
            "queries", new Input(queries, batch, 13, 4),
            "latents", new Input(latents, BATCH, 5, 10));
    float[] y =
        run(OnnxNetworks.perceiverDecoder(given.weights, "out", 3, relu, residual), asked).get("y");
    given.onEveryBackend(
        (weights, scope) -> {
          Tensor in = scope.upload(new Shape(BATCH, ROWS, WIDTH), x, 0);
          Tensor z = PerceiverIo.of(weights, o).encode(scope, in, mask());
          compare(latents, scope, z);
          Tensor q = scope.upload(new Shape(batch, 13, 4), queries, 0);
          PerceiverDecoder decoder = PerceiverDecoder.of(weights, "out", 3, relu, residual);
          compare(y, scope, decoder.apply(scope, q, z));
        });
  }

  @ParameterizedTest
  @CsvSource({"1,gelu", "3,relu"})
  void aBertModelGivesWhatTheDecoderGives(int layers, String activation) {
    Model model = Samples.model(BERT.formatted(layers, activation, true, true), 2);
    List<Path> files = OnnxExport.write(model, folder);
    assertThat(files).containsExactly(folder.resolve("bert.onnx"));
    for (Backend backend : Samples.backends()) {
      assertThat(OnnxCheck.difference(model, backend, files)).isLessThan(OnnxCheck.TOLERANCE);
    }
  }

  @Test
  void aBertThatNoClassRunsIsRefused() {
    Model model = Samples.model(BERT.formatted(1, "gelu", false, false), 2);
    assertThatThrownBy(() -> OnnxExport.write(model, folder.resolve("new")))
        .isInstanceOf(Refused.class)
        .hasMessage(
            "Cannot export model: bert with cross_attention false and causal false has no ONNX"
                + " form (with both true it has)");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  /** A graph of another model, one weight of which differs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "encoder.layer.0.crossattention.self.value.weight",
        "embeddings.token_type_embeddings.weight"
      })
  void theCheckSeesAnotherWeight(String name) {
    Model model = Samples.model(BERT.formatted(1, "gelu", true, true), 2);
    Map<String, Weight> weights = new LinkedHashMap<>(model.weights());
    Weight w = weights.get(name);
    float[] other = w.values().clone();
    other[0] += 0.01f;
    weights.put(name, new Weight(w.shape(), other));
    List<Path> files = OnnxExport.write(ModelFiles.model(model.config(), weights, "test"), folder);
    Backend backend = Samples.backends().get(0);
    assertThatThrownBy(() -> OnnxCheck.difference(model, backend, files))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(
            "Cannot use export: in ONNX Runtime it differs by [0-9.E-]+ \\(at most 1.0E-5\\)");
  }
}
