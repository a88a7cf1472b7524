package tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.model.Model;
import tributary.models.Models;

/** The commands without Spark, whole. */
@NullUnmarked
final class ModelCommandsTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return Main.run(new PrintStream(out, true), new PrintStream(err, true), new SparkJobs(), args);
  }

  private String init(String config, Path to) {
    assertThat(run("model", "init", config, "--seed", "7", "--out", to.toString())).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void modelInitMakesAModelThatLoads() {
    Path to = folder.resolve("m");
    String told = init("conf/models/elastic.yaml", to);
    Model model = Models.load(to);
    assertThat(model.origin()).isEqualTo("random, seed 7");
    assertThat(told)
        .startsWith("Wrote " + to + ": elastic, ")
        .contains("hash    " + model.hash())
        .contains("weights random, seed 7: they have learned nothing yet");
  }

  @Test
  void modelInitOverwritesNothing() {
    Path to = folder.resolve("m");
    init("conf/models/elastic.yaml", to);
    assertThat(run("model", "init", "conf/models/elastic.yaml", "--seed", "8", "--out", "" + to))
        .isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("Cannot save model to " + to + ": it holds config.json already");
  }

  @Test
  void modelInitRefusesWhatIsNoConfiguration() {
    assertThat(run("model", "init", "no.yaml", "--seed", "1", "--out", "" + folder)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).strip())
        .isEqualTo("Cannot read no.yaml: no such file here, in TRIBUTARY_HOME or in the jar");
  }

  @Test
  void modelExportWritesAndChecksTheGraphs() {
    Path model = folder.resolve("m");
    init("conf/models/elastic.yaml", model);
    Path to = folder.resolve("onnx");
    assertThat(run("model", "export", model.toString(), "--onnx", to.toString())).isZero();
    assertThat(to.toFile().list())
        .containsExactlyInAnyOrder(
            "leaf.text.onnx",
            "leaf.image.onnx",
            "leaf.audio.onnx",
            "leaf.series.onnx",
            "level.1.onnx",
            "merge.onnx",
            "fusion.onnx",
            "README.md",
            "example.json");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Wrote " + to.resolve("leaf.text.onnx") + ": ")
        .contains("Wrote " + to.resolve("README.md") + ": how the graphs are chained")
        .contains("modalities text, image, audio, series")
        .containsPattern(
            "Checked in ONNX Runtime 1.23.2: what it gives for one record differs by" + " [0-9]");
    assertThat(run("model", "export", model.toString(), "--onnx", to.toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("Cannot export model to " + to + ": ")
        .contains(" is there already");
  }

  @ParameterizedTest
  @ValueSource(strings = {"regroup_type: transpose_reshape", "label_modalities: [text]"})
  void modelExportWritesAndChecksWhatEveryHipDoes(String option) throws IOException {
    String yaml = Files.readString(Path.of("src/test/resources/models/tiny-hip-five.yaml"));
    Path config = Files.writeString(folder.resolve("c.yaml"), yaml + option + "\n");
    Path model = folder.resolve("m");
    init(config.toString(), model);
    assertThat(run("model", "export", "" + model, "--onnx", "" + folder.resolve("o"))).isZero();
    assertThat(folder.resolve("o").toFile().list())
        .containsExactlyInAnyOrder("hip.onnx", "README.md");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .containsPattern(
            "Checked in ONNX Runtime 1.23.2: what it gives for one record differs by [0-9]")
        .contains(" of max(1, |x|), at most 1e-05");
  }

  @Test
  void modelShowTellsWhatABertCosts() throws IOException {
    String yaml =
        "{encoder: bert, vocabulary: 9, positions: 8, types: 1, hidden: 4, layers: 3, heads: 2,"
            + " intermediate: 6}";
    Path config = Files.writeString(folder.resolve("bert.yaml"), yaml);
    assertThat(run("model", "show", config.toString(), "--batch", "1024")).isZero();
    String told = out.toString(StandardCharsets.UTF_8);
    assertThat(told).containsPattern("embeddings +1 +8 x +4 +8 x +4 +0 +80 +0 +0.3\n");
    assertThat(told).containsPattern("layers +1 +8 x +4 +8 x +4 +3 +462 +528 +0.9\n");
    assertThat(told)
        .contains("all levels: 528 operations a token; at most 0.9 MiB for a batch of 1024");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          {encoder: perceiver, latents: 3, channels: 8, depth: 2, self_layers: 1, num_bands: 3,\
           embedding_dim: 4, modalities: [{name: a, channels: 5}]} ; perceiver.onnx ; max(1, |x|)
          {encoder: perceiver-io, latents: 3, channels: 16, self_layers: 1, task: {kind: masked_lm,\
           channels: 8, positions: 20}, modalities: [{name: t, kind: text}]}\
           ; decoder.onnx encoder.onnx ; max(1, largest |x|)
          {encoder: bert, vocabulary: 30, positions: 9, types: 2, hidden: 8, layers: 1, heads: 2,\
           intermediate: 6, cross_attention: true, causal: true} ; bert.onnx ; max(1, largest |x|)
          """)
  void modelExportChecksEveryKindThatItWrites(String yaml, String files, String scale)
      throws IOException {
    Path model = folder.resolve("m");
    init("" + Files.writeString(folder.resolve("m.yaml"), yaml), model);
    Path to = folder.resolve("onnx");
    assertThat(run("model", "export", model.toString(), "--onnx", to.toString())).isZero();
    assertThat(to.toFile().list()).containsExactlyInAnyOrder((files + " README.md").split(" "));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .containsPattern(
            "Checked in ONNX Runtime 1.23.2: what it gives for one record differs by [0-9]")
        .contains(" of " + scale + ", at most 1e-05");
  }

  @Test
  void benchRefusesARowThatThereIsNot() {
    assertThat(run("bench", "--only", "block,speed")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).strip())
        .isEqualTo(
            "Invalid --only: speed (block, sgemm, tasks, training, hip, job, share, law, memory, length, bfloat16, proof, tokenizers, learning-overhead)");
  }

  @Test
  void benchMeasuresARowAndDescribesTheMachine() throws IOException {
    Path json = folder.resolve("new/b.json");
    int code = run("bench", "--quick", "--only", "sgemm", "--json", json.toString());
    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.findValuesAsText("row")).containsExactly("sgemm");
    JsonNode row = report.get("rows").get(0);
    assertThat(row.get("figure").asDouble()).isPositive();
    assertThat(row.get("low").asDouble()).isLessThanOrEqualTo(row.get("figure").asDouble());
    assertThat(row.get("high").asDouble()).isGreaterThanOrEqualTo(row.get("figure").asDouble());
    assertThat(row.get("target").asDouble()).isEqualTo(0.75);
    assertThat(row.get("met").asBoolean()).isEqualTo(row.get("figure").asDouble() >= 0.75);
    assertThat(report.get("machine").get("peer").asText()).isEqualTo("ONNX Runtime 1.23.2");
    assertThat(report.get("machine").get("backend").asText()).startsWith("ND4J ");
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("sgemm ").contains("targets met");
  }

  @Test
  void parityTellsEveryCaseOnEveryBackend() throws IOException {
    Files.copy(GOLDEN.resolve("cross_attention.safetensors"), folder.resolve("a.safetensors"));
    Path json = folder.resolve("new/p.json");
    assertThat(run("parity", folder.toString(), "--json", json.toString())).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .containsPattern("a +cross_attention +java .* ok")
        .containsPattern("a +cross_attention +cpu .* ok")
        .contains("2 ok, 0 failed, 0 unsupported (java, cpu)");
    JsonNode results = new ObjectMapper().readTree(json.toFile());
    assertThat(results.findValuesAsText("backend")).containsExactly("java", "cpu");
    for (JsonNode result : results) {
      assertThat(result.get("status").asText()).isEqualTo("OK");
      assertThat(result.get("gradients").get("status").asText()).isEqualTo("OK");
      assertThat(result.get("gradients").get("tensors").asInt()).isEqualTo(5);
      assertThat(result.get("gradients").get("largestError").asDouble()).isLessThan(2e-4);
    }
  }

  @Test
  void parityFailsForAnUnsupportedKind() throws IOException {
    // Latin-1 keeps every byte; the kind's new name is as long as the old one.
    Charset bytes = StandardCharsets.ISO_8859_1;
    String film = Files.readString(GOLDEN.resolve("film.safetensors"), bytes);
    String kind = "\"kind\":\"film\"";
    assertThat(film).contains(kind);
    Files.writeString(
        folder.resolve("f.safetensors"), film.replace(kind, "\"kind\":\"mlif\""), bytes);
    assertThat(run("parity", folder.toString())).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("0 ok, 0 failed, 2 unsupported");
  }

  @Test
  void parityRefusesAFolderWithoutCases() {
    assertThat(run("parity", folder.toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("Cannot read cases in " + folder + ": no *.safetensors there");
  }
}
