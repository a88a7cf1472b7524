package tributary.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;
import tributary.models.ModelConfigs;
import tributary.models.Models;

class ModelFilesTest {
  private static final String ELASTIC =
      """
      {encoder: elastic, group_size: 4, fan_in: 2, embedding_channels: 6,
       levels: [{latents: 3, channels: 8, self_layers: 1, self_heads: 2}],
       merge: {latents: 3, channels: 8, self_layers: 0},
       fusion: {latents: 2, channels: 4, self_layers: 0}, embedding_dim: 5, decoder_heads: 1,
       modalities: [{name: text, kind: text}, {name: x, channels: 2}]}
      """;

  @TempDir Path dir;

  @Test
  void whatIsSavedIsLoadedWithHashAndOrigin() {
    Model made = Initialization.random(ModelConfigs.parse(ELASTIC, "test"), 7);
    assertThat(made.origin()).isEqualTo("random, seed 7");
    assertThat(made.random()).isTrue();
    ModelFiles.save(made, dir.resolve("deep/model"));
    Model loaded = Models.load(dir.resolve("deep/model"));
    assertThat(loaded.config()).isEqualTo(made.config());
    assertThat(loaded.hash()).isEqualTo(made.hash()).hasSize(64);
    assertThat(loaded.origin()).isEqualTo("random, seed 7");
    assertThat(loaded.weights().keySet()).isEqualTo(made.weights().keySet());
    made.weights().forEach((n, w) -> assertThat(loaded.weight(n).values()).isEqualTo(w.values()));
  }

  @Test
  void theHashIsPinnedAndDependsOnEverything() {
    ModelConfig config = ModelConfigs.stored(ELASTIC, "test");
    String hash = Initialization.random(config, 7).hash();
    assertThat(hash).isEqualTo("edf4827fc1dfde6adefde0b2ec0fcba500c501c9508051bc5f0a0575ab830f0e");
    assertThat(Initialization.random(config, 8).hash()).isNotEqualTo(hash);
    ModelConfig gelu =
        ModelConfigs.parse(ELASTIC.replace("embedding_dim", "activation: gelu, embedding_dim"), "");
    assertThat(Initialization.random(gelu, 7).hash()).isNotEqualTo(hash);
  }

  @Test
  void aTextModalityHasATableAndNoBias() {
    Map<String, long[]> shapes = WeightTable.of(ModelConfigs.parse(ELASTIC, "test")).shapes();
    assertThat(shapes.get("embed.text.table")).containsExactly(259, 6);
    assertThat(shapes).doesNotContainKeys("embed.text.weight", "embed.text.bias");
    assertThat(shapes.get("embed.x.weight")).containsExactly(6, 2);
    assertThat(shapes.get("unembed.text.weight")).containsExactly(259, 6);
    assertThat(shapes.get("merge.slots")).containsExactly(2, 8);
  }

  @Test
  void everyWeightThatDoesNotFitIsNamed() {
    ModelConfig config = ModelConfigs.parse(ELASTIC, "test");
    Map<String, Weight> weights = new HashMap<>(Initialization.random(config, 1).weights());
    weights.put("head.wieght", weights.remove("head.weight"));
    weights.put("head.bias", new Weight(new long[] {2}, new float[2]));
    Refused refused =
        catchThrowableOfType(Refused.class, () -> ModelFiles.model(config, weights, "x"));
    assertThat(refused.problems())
        .containsExactlyInAnyOrder(
            "Cannot use weights: head.weight is missing (shape [5, 4])",
            "Cannot use weights: head.bias has shape [2], the configuration asks for [5]",
            "Cannot use weights: head.wieght is unknown to the configuration, the nearest is"
                + " head.weight");
  }

  @Test
  void aModelIsNeverOverwritten() {
    Model made = Initialization.random(ModelConfigs.parse(ELASTIC, "test"), 7);
    ModelFiles.save(made, dir);
    assertThatThrownBy(() -> ModelFiles.save(made, dir))
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot save model to " + dir + ": it holds config.json already");
  }

  @Test
  void aFolderThatIsNotThereIsRefused() {
    Path none = dir.resolve("none");
    assertThatThrownBy(() -> Models.load(none))
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot load model " + none + ": no such directory");
    assertThatThrownBy(() -> Models.load(dir))
        .hasMessage("Cannot read " + dir.resolve("config.json") + ": no such file");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void aWeightThatIsNoNumberIsRefused(float bad) {
    Model made = Initialization.random(ModelConfigs.parse(ELASTIC, "test"), 7);
    made.weight("head.bias").values()[2] = bad;
    ModelFiles.save(made, dir);
    assertThatThrownBy(() -> Models.load(dir))
        .hasMessage("Cannot use " + dir.resolve("model.safetensors") + ": head.bias holds " + bad);
  }
}
