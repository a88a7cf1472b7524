package tributary.models.perceiver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.encode.Encoder;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.Models;
import tributary.models.OnnxExport;
import tributary.models.OnnxExportTest;
import tributary.tensor.Backend;
import tributary.tools.onnxcheck.OnnxCheck;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.parity.Difference;

/** Perceiver (2021) as a graph, run in ONNX Runtime, gives the encoder's embedding. */
@NullUnmarked
final class OnnxPerceiverTest {
  private static final String YAML =
      """
      {encoder: perceiver, latents: 5, channels: 12, depth: %d, weight_tie_layers: %s,
       self_layers: %d, self_heads: 3, cross_heads: %d, num_bands: %d, embedding_channels: 6,
       activation: %s, embedding_dim: 7,
       modalities: [{name: b, channels: 3}, {name: t, kind: text}, {name: a, channels: 1}]}
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "1,false,2,1,1,gelu,1:1:1",
    "3,true,1,1,4,gelu_tanh,2:0:77",
    "3,false,1,1,3,relu,0:13:0",
    "2,true,0,1,16,squared_relu,40:300:5000",
    "2,false,1,1,2,gelu,0:0:0",
  })
  void givesTheEncodersEmbedding(
      int depth, boolean tied, int selfLayers, int heads, int bands, String activation, String of) {
    Model model =
        Samples.model(YAML.formatted(depth, tied, selfLayers, heads, bands, activation), 5);
    Map<String, double[][]> record = record(model, of);
    float[] found = run(OnnxExport.write(model, folder).get(0), model, record);
    for (Backend backend : Samples.backends()) {
      try (Encoder encoder = Models.encoder(model, backend)) {
        List<Node> nodes = new ArrayList<>();
        record.forEach(
            (m, x) ->
                Samples.split(encoder, m, model.config().modality(m), x, 7)
                    .forEach(p -> nodes.addAll(encoder.encode(List.of(p)))));
        assertThat(Difference.ofEach(found, Samples.finish(encoder, nodes)))
            .as(backend.name())
            .isLessThan(OnnxCheck.TOLERANCE);
      }
    }
  }

  private static Map<String, double[][]> record(Model model, String lengths) {
    Map<String, double[][]> record = new LinkedHashMap<>();
    int i = 0;
    for (Map.Entry<String, ModalitySpec> e : model.config().modalities().entrySet()) {
      int n = Integer.parseInt(lengths.split(":")[i++]);
      record.put(e.getKey(), Samples.tokens(e.getValue(), n, i));
    }
    return record;
  }

  private static float[] run(Path file, Model model, Map<String, double[][]> record) {
    Map<String, Input> inputs = new LinkedHashMap<>();
    record.forEach(
        (m, x) -> inputs.put("tokens." + m, OnnxExportTest.tokens(model.config().modality(m), x)));
    try (OnnxSession session = new OnnxSession(file, 1)) {
      return session.run(inputs);
    }
  }

  @Test
  void itIsOneGraphAndItsFileMayBeNamed() {
    Model model = Samples.model(YAML.formatted(1, true, 1, 1, 2, "gelu"), 5);
    Path file = folder.resolve("mine.onnx");
    assertThat(OnnxExport.write(model, file)).containsExactly(file);
    assertThat(file).exists();
    assertThat(OnnxExport.write(model, folder)).containsExactly(folder.resolve("perceiver.onnx"));
  }
}
