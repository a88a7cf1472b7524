package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.encode.Encoder;
import tributary.encode.Samples;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.Nd4jBackend;

/** The files of conf/models, with random weights, on real kinds of tokens. */
class PresetsTest {
  private static Model model(String name, long seed) {
    Path file = Path.of("conf/models", name + ".yaml");
    return Initialization.random(ModelConfigs.read(file), seed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"elastic", "elastic-all", "hip-mini"})
  void theModelTellsRecordsApartAndRepeatsItself(String name) {
    Model model = model(name, 1);
    try (Backend backend = new Nd4jBackend();
        Encoder encoder = Models.encoder(model, backend)) {
      float[] a = embed(encoder, model, 1);
      float[] b = embed(encoder, model, 2);
      assertThat(a).hasSize(model.config().embeddingDim());
      assertThat(norm(a)).isBetween(0.01, 1000.0);
      Tolerance.exact().check("again", embed(encoder, model, 1), a);
      float[] difference = new float[a.length];
      for (int i = 0; i < a.length; i++) {
        difference[i] = a[i] - b[i];
      }
      assertThat(norm(difference)).isGreaterThan(1e-3 * norm(a));
    }
  }

  @Test
  void seedsAndModalitiesChangeTheEmbedding() {
    Model one = model("elastic", 1);
    Model two = model("elastic", 2);
    assertThat(one.hash()).isNotEqualTo(two.hash());
    try (Backend backend = new Nd4jBackend();
        Encoder first = Models.encoder(one, backend);
        Encoder second = Models.encoder(two, backend)) {
      assertThat(embed(first, one, 1)).isNotEqualTo(embed(second, two, 1));
      assertThat(first.finish(Map.of())).isNotEqualTo(embed(first, one, 1));
    }
  }

  private static float[] embed(Encoder encoder, Model model, long seed) {
    List<Subsequence> parts = new ArrayList<>();
    model
        .config()
        .modalities()
        .forEach(
            (name, spec) ->
                parts.addAll(
                    Samples.split(encoder, name, spec, Samples.tokens(spec, 300, seed), 128)));
    return Samples.finish(encoder, encoder.encode(parts));
  }

  private static double norm(float[] x) {
    double sum = 0;
    for (float v : x) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }
}
