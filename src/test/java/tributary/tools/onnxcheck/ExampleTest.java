package tributary.tools.onnxcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.encode.Samples;
import tributary.model.Model;
import tributary.models.OnnxExport;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;

/** What is beside exported graphs: metadata, README, and the program in it, which is run. */
final class ExampleTest {
  /** Modalities in an order that is not that of their names. */
  private static final String YAML =
      """
      {encoder: elastic, group_size: 4, fan_in: 3, embedding_channels: 8, %s
       levels: [{latents: 3, channels: 12, self_layers: 1, self_heads: 2}%s],
       merge: {latents: 3, channels: 12, self_layers: 1, self_heads: 3},
       fusion: {%s}, embedding_dim: 5, modalities: [%s]}
      """;

  private static final String SECOND = ", {latents: 3, channels: 12, self_layers: 0}";
  private static final String TWO = "{name: t, kind: text}, {name: a, channels: 2}";
  private static final String ALL =
      "{name: text, kind: text}, {name: image, kind: image, canvas: 8, patch: 4, order: raster},"
          + " {name: audio, kind: audio, rate: 8000, form: raw, frame: 8, hop: 8},"
          + " {name: mel, kind: audio, rate: 8000, form: log_mel, frame: 16, hop: 8, bands: 4},"
          + " {name: v, kind: vectors, width: 5},"
          + " {name: series, kind: series, values: 2, bands: 1, shortest: 1, longest: 1},"
          + " {name: points, kind: points, dimensions: 3, order: morton}, {name: c, channels: 1}";

  @TempDir Path folder;

  static Stream<String> models() {
    String cross = "latents: 4, channels: 10, cross_heads: 2, self_layers: 1, self_heads: 2";
    return Stream.of(
        YAML.formatted("", "", cross, ALL),
        YAML.formatted("proportional: false,", SECOND, cross, ALL),
        YAML.formatted("", SECOND, "form: selfdoc, latents: 6, channels: 12, self_layers: 1", TWO),
        YAML.formatted(
            "", "", "form: film, condition: t, latents: 3, channels: 12, self_layers: 0", TWO),
        YAML.formatted("", "", "form: crossvit, latents: 6, channels: 12, self_layers: 0", TWO),
        YAML.formatted(
            "", "", "form: retro, chunk: 2, latents: 8, channels: 10, self_layers: 1", TWO));
  }

  private void export(Model model) {
    OnnxExport.write(model, folder);
    Example.write(model, Backends.open(Kernels.of("cpu")), folder);
  }

  @ParameterizedTest
  @MethodSource("models")
  void theReadmesProgramGivesTheEmbedding(String yaml) throws Exception {
    require("python3", "-c", "import numpy, onnxruntime");
    export(Samples.model(yaml, 7));
    String readme = Files.readString(folder.resolve("README.md"));
    int from = readme.indexOf("```python\n") + "```python\n".length();
    Path program = folder.resolve("embed.py");
    Files.writeString(program, readme.substring(from, readme.indexOf("```", from)));
    Result result = run("python3", program.toString(), folder.toString());
    assertThat(result.code()).as(result.said()).isZero();
    assertThat(result.said()).startsWith("largest difference ");
    Path example = folder.resolve("example.json");
    String text = Files.readString(example);
    Files.writeString(example, text.replaceFirst("\\[", "[1e3, ").replaceFirst(", *[^,]+", ""));
    assertThat(run("python3", program.toString(), folder.toString()).code()).isOne();
  }

  private record Result(int code, String said) {}

  private static Result run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), said);
  }

  private static void require(String... command) throws InterruptedException {
    try {
      if (run(command).code() == 0) {
        return;
      }
    } catch (IOException e) {
      // No such program: said below.
    }
    abort("no python3 with numpy and onnxruntime here: the README's program is not run");
  }

  @Test
  void metadataSayWhatChainsTheSteps() throws OrtException, IOException {
    Model model =
        Samples.model(
            YAML.formatted("", SECOND, "latents: 4, channels: 10, self_layers: 0", TWO), 7);
    export(model);
    for (String graph : List.of("leaf.t", "leaf.a", "level.1", "merge", "fusion")) {
      Path file = folder.resolve(graph + ".onnx");
      try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString())) {
        Map<String, String> metadata = session.getMetadata().getCustomMetadata();
        assertThat(metadata)
            .containsEntry("encoder", "elastic")
            .containsEntry("model_hash", model.hash())
            .containsEntry("modalities", "[\"t\",\"a\"]")
            .containsEntry("group_size", "4")
            .containsEntry("fan_in", "3")
            .containsEntry("levels", "2")
            .containsEntry("proportional", "true")
            .containsEntry("fusion_form", "cross-attention")
            .containsKey("config");
      }
    }
    assertThat(Files.readString(folder.resolve("README.md")))
        .contains("| 0 | `t` | text | a byte of the UTF-8 text", "| 1 | `a` | raw | 2 values")
        .contains("| group_size | 4 |", "| `leaf.t` | `tokens` int64 [batch, n] |")
        .contains("Then `level.1`, each once, joins every 3 consecutive nodes")
        .contains("MODALITIES = [\"t\", \"a\"]");
  }

  @Test
  void whatIsThereStays() throws IOException {
    Model model =
        Samples.model(YAML.formatted("", "", "latents: 4, channels: 10, self_layers: 0", TWO), 7);
    Path readme = Files.writeString(folder.resolve("README.md"), "mine");
    assertThatThrownBy(() -> OnnxExport.write(model, folder))
        .hasMessage("Cannot export model to " + folder + ": " + readme + " is there already");
    assertThat(readme).hasContent("mine");
    Path example = Files.writeString(folder.resolve("example.json"), "mine");
    assertThatThrownBy(() -> Example.write(model, Backends.open(Kernels.of("cpu")), folder))
        .hasMessage("Cannot write " + example + ": it is there already");
  }
}
