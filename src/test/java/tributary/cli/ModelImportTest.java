package tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.model.Safetensors;
import tributary.model.Weight;
import tributary.models.Models;
import tributary.tools.parity.GoldenCase;

/** model import and model show, whole. */
@NullUnmarked
final class ModelImportTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    out.reset();
    err.reset();
    return Main.run(new PrintStream(out, true), new PrintStream(err, true), new SparkJobs(), args);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private void checkpoint(String without) throws IOException {
    GoldenCase golden =
        new GoldenCase(Path.of("src/test/resources/golden/hf_perceiver_masked_lm.safetensors"));
    Map<String, Weight> tensors = new LinkedHashMap<>(golden.weights());
    tensors.keySet().removeIf(name -> name.endsWith(without));
    Safetensors.write(folder.resolve("model.safetensors"), tensors, Map.of());
    Files.writeString(folder.resolve("config.json"), golden.config().toString());
  }

  @Test
  void anImportedModelIsShown() throws IOException {
    checkpoint("nothing");
    Path to = folder.resolve("ours");
    assertThat(run("model", "import", folder.toString(), "--out", to.toString())).isZero();
    String hash = Models.load(to).hash();
    assertThat(out())
        .contains("Wrote " + to + ": perceiver-io, ")
        .contains("parameters of PerceiverForMaskedLM")
        .contains("hash    " + hash)
        .contains("weights imported, PerceiverForMaskedLM");
    assertThat(run("model", "show", to.toString(), "--batch", "4", "--tensors")).isZero();
    assertThat(out())
        .contains("hash        " + hash)
        .contains("encoder     perceiver-io")
        .contains("modality    text: text, 259 channels")
        .contains("embedding   40")
        .containsPattern("cross +1 +37 x +32 +6 x +40 +0 ")
        .containsPattern("self x 1 +1 +0 x +32 +6 x +40 +2 ")
        .contains("for a batch of 4")
        .contains("tensor      output.bias [262]");
  }

  @Test
  void aFaultRefusesTheImportUnlessAllowed() throws IOException {
    checkpoint("embedding_decoder.bias");
    Files.writeString(
        folder.resolve("config.json"),
        Files.readString(folder.resolve("config.json"))
            .replaceFirst("\\{", "{\"architectures\": [\"PerceiverForMaskedLM\"], "));
    Path to = folder.resolve("ours");
    assertThat(run("model", "import", folder.toString(), "--out", to.toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).strip())
        .isEqualTo(
            "Cannot import "
                + folder
                + ": no tensor for output.bias of shape [262]\nCannot import "
                + folder
                + ": --allow leaves out what has no place, and initializes at random what is missing"
                + " or has another shape");
    assertThat(to).doesNotExist();
    assertThat(run("model", "import", folder.toString(), "--out", to.toString(), "--allow"))
        .isZero();
    assertThat(out())
        .contains("allowed no tensor for output.bias of shape [262]")
        .contains("weights random in 1 tensors, seed 0, else imported, PerceiverForMaskedLM");
  }

  @Test
  void everyEncoderIsShownFromItsConfiguration() {
    assertThat(run("model", "show", "conf/models/language-perceiver.yaml")).isZero();
    assertThat(out()).contains("parameters  201,108,230 (767.2 MiB as float32)");
    assertThat(run("model", "show", "conf/models/perceiver.yaml")).isZero();
    assertThat(out()).contains("encoder     perceiver").contains("pass 3");
    assertThat(run("model", "show", "conf/models/hip-16.yaml")).isZero();
    assertThat(out()).contains("encoder     hip").contains("levels.3");
    assertThat(run("model", "show", "conf/models/elastic.yaml")).isZero();
    assertThat(out())
        .contains("encoder     elastic")
        .contains("merge")
        .contains("parameters  3,633,280");
  }

  @Test
  void whatIsNoModelIsRefused() {
    assertThat(run("model", "show", "no.yaml")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).strip())
        .isEqualTo(
            "Cannot show no.yaml: no model's folder, and no configuration here, in TRIBUTARY_HOME"
                + " or in the jar");
    assertThat(run("model", "show", "conf/models/elastic.yaml", "--batch", "0")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8).strip())
        .isEqualTo("Invalid --batch: 0 (a whole number >= 1)");
  }
}
