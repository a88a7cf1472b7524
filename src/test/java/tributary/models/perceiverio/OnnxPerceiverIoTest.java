package tributary.models.perceiverio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems;
import tributary.encode.Samples;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.model.Weight;
import tributary.models.OnnxExport;
import tributary.tensor.Backend;
import tributary.tools.huggingface.PerceiverCheckpoint;
import tributary.tools.huggingface.PerceiverCheckpoint.Kind;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;
import tributary.tools.parity.GoldenCase;

/** Imported Perceiver IO checkpoints, run in ONNX Runtime, give what Hugging Face's do. */
@NullUnmarked
final class OnnxPerceiverIoTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "hf_perceiver,MODEL,inputs,last_hidden_state",
    "hf_perceiver_masked_lm,MASKED_LM,input_ids,logits",
    "hf_perceiver_image_fourier,IMAGE_FOURIER,pixels,logits",
  })
  void givesWhatTheReferenceGives(String name, Kind kind, String input, String output)
      throws Exception {
    GoldenCase golden = new GoldenCase(GOLDEN.resolve(name + ".safetensors"));
    Model model = model(golden, kind);
    List<Path> files = OnnxExport.write(model, folder);
    long[] shape = golden.shape(input);
    Map<String, Input> inputs = new LinkedHashMap<>();
    switch (kind) {
      case MODEL -> inputs.put("inputs", new Input(values(golden, input), shape));
      case MASKED_LM -> inputs.put("ids", new Input(golden.integers(input), shape));
      default -> inputs.put("pixels", channelsLast(values(golden, input), shape));
    }
    if (kind != Kind.IMAGE_FOURIER) {
      inputs.put("mask", mask(golden, shape));
    }
    float[] latents;
    try (OnnxSession session = new OnnxSession(files.get(0), 1)) {
      latents = session.runAll(inputs).get("latents");
    }
    float[] found = kind == Kind.MODEL ? latents : decoded(model, files, latents, shape[0]);
    assertThat(Difference.ofEach(found, golden.outputs().get(output).values()))
        .isLessThan(OnnxCheck.TOLERANCE);
  }

  /** What follows `encoder: perceiver-io`, for each task; sizes that divide into nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "task: {kind: tokens, channels: 11}, cross_qk: 6, cross_v: 9, cross_heads: 3",
        "task: {kind: tokens, channels: 5}, empty_attention: zero, query_residual: false",
        "task: {kind: masked_lm, positions: 41, channels: 16}, cross_qk: 6, cross_v: 10,"
            + " cross_heads: 2, modalities: [{name: t, kind: text}]",
        "task: {kind: masked_lm, positions: 7, channels: 24}, activation: gelu_tanh,"
            + " modalities: [{name: t, kind: text}]",
        "task: {kind: text_labels, positions: 50, channels: 9, labels: 3},"
            + " modalities: [{name: t, kind: text}]",
        "task: {kind: image_learned, size: 9, labels: 4}",
        "task: {kind: image_fourier, size: 224, labels: 4}, activation: relu",
        "task: {kind: image_conv, size: 32, labels: 5}, blocks: 3",
        "task: {kind: optical_flow, height: 5, width: 7}",
        "task: {kind: optical_flow, height: 4, width: 3}, attention_shape: q",
        "task: {kind: autoencoder, frames: 3, size: 8, samples: 12, patch: 4, labels: 7,"
            + " outputs: 10, label_channels: 6}, attention_shape: q",
      })
  void everyTaskGivesWhatTheModelGives(String yaml) {
    String sizes =
        "{encoder: perceiver-io, latents: 5, channels: 12, self_heads: 3, self_qk: 6,"
            + " self_layers: 2, cross_widening: 2, self_widening: 3, ";
    String modalities = yaml.contains("modalities") ? "" : ", modalities: [{name: a, channels: 3}]";
    Model model = positive(Samples.model(sizes + yaml + modalities + "}", 4));
    List<Path> files = OnnxExport.write(model, folder);
    for (Backend backend : Samples.backends()) {
      assertThat(OnnxCheck.difference(model, backend, files))
          .as(backend.name())
          .isLessThan(OnnxCheck.TOLERANCE);
    }
  }

  /** With variances that can be ones. */
  private static Model positive(Model model) {
    Map<String, Weight> weights = new LinkedHashMap<>(model.weights());
    weights.computeIfPresent(
        "input.norm.variance",
        (n, w) -> {
          float[] x = w.values().clone();
          for (int i = 0; i < x.length; i++) {
            x[i] = 0.5f + Math.abs(x[i]);
          }
          return new Weight(w.shape(), x);
        });
    return ModelFiles.model(model.config(), weights, "test");
  }

  private static float[] decoded(Model model, List<Path> files, float[] latents, long batch) {
    long channels = model.config().embeddingDim();
    try (OnnxSession session = new OnnxSession(files.get(1), 1)) {
      long rows = latents.length / batch / channels;
      return session.run(Map.of("latents", new Input(latents, batch, rows, channels)));
    }
  }

  private static Model model(GoldenCase golden, Kind kind) throws Exception {
    Problems problems = new Problems();
    PerceiverIoConfig config = PerceiverCheckpoint.config(kind, golden.config(), problems);
    problems.refuse();
    return ModelFiles.model(config, PerceiverCheckpoint.weights(golden.weights()), "golden case");
  }

  private static float[] values(GoldenCase golden, String input) {
    return golden.input(input).values();
  }

  /** All, where the case has none. */
  private static Input mask(GoldenCase golden, long[] shape) {
    boolean[] all = new boolean[(int) (shape[0] * shape[1])];
    Arrays.fill(all, true);
    boolean given = golden.hasInput("attention_mask");
    return new Input(given ? golden.flags("attention_mask") : all, shape[0], shape[1]);
  }

  /** [batch, 3, height, width] to [batch, height, width, 3]. */
  private static Input channelsLast(float[] x, long[] shape) {
    int pixels = (int) (shape[2] * shape[3]);
    float[] y = new float[x.length];
    for (int i = 0; i < y.length; i++) {
      int picture = i / (3 * pixels);
      y[i] = x[(picture * 3 + i % 3) * pixels + i / 3 % pixels];
    }
    return new Input(y, shape[0], shape[2], shape[3], 3);
  }
}
