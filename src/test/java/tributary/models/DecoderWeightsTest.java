package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;
import tributary.encode.Autoencoder;
import tributary.encode.Encoder;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.ModelJson;
import tributary.model.WeightTable;
import tributary.record.Fuser;
import tributary.split.Splitter;
import tributary.split.Subsequence;
import tributary.tensor.JavaBackend;
import tributary.tokenize.TokenBlock;

/** A model for embedding holds no decoder; one for learning does, and embeds the same. */
class DecoderWeightsTest {
  private static final String ELASTIC =
      """
      {encoder: elastic, group_size: 4, fan_in: 2, embedding_channels: 6,
       levels: [{latents: 4, channels: 8, self_layers: 1, self_heads: 2}],
       merge: {latents: 4, channels: 8, self_layers: 0},
       fusion: {latents: 3, channels: 8, self_layers: 1, self_heads: 2},
       embedding_dim: 5%s,
       modalities: [{name: a, channels: 3}]}
      """;
  private static final String HIP =
      """
      {encoder: hip, num_groups: [2, 1, 2], num_self_attends_per_block: [1, 1, 1],
       z_index_dim: [2, 4, 2], num_z_channels: [4, 6, 4], num_self_attend_heads: [1, 2, 1],
       num_embedding_channels: 4%s,
       modalities: [{name: a, length: 8, channels: 3}]}
      """;

  @ParameterizedTest
  @CsvSource({"elastic, ', decoder_heads: 1', ''", "hip, '', ', decoder: false'"})
  void embedsTheSameWithoutADecoder(String encoder, String learning, String embedding) {
    String yaml = encoder.equals("hip") ? HIP : ELASTIC;
    Model with = Initialization.random(ModelConfigs.parse(yaml.formatted(learning), "test"), 7);
    Model without = Initialization.random(ModelConfigs.parse(yaml.formatted(embedding), "test"), 7);
    assertThat(without.weights().keySet())
        .isNotEmpty()
        .isSubsetOf(with.weights().keySet())
        .noneMatch(DecoderWeightsTest::decodes);
    Set<String> more =
        with.weights().keySet().stream()
            .filter(n -> !without.weights().containsKey(n))
            .collect(Collectors.toSet());
    assertThat(more).isNotEmpty();
    float[] values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6};
    Subsequence tokens = new Subsequence("a", 0, List.of(new TokenBlock.Values(3, values)));
    assertThat(embed(without, tokens)).isEqualTo(embed(with, tokens));
    try (JavaBackend backend = new JavaBackend();
        Autoencoder autoencoder = Models.autoencoder(with, backend)) {
      assertThat(autoencoder.reconstruct(Map.of("a", tokens)).get("a")).hasSize(values.length);
    }
    assertThatThrownBy(() -> Models.autoencoder(without, new JavaBackend()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("Cannot reconstruct records: the model has no decoder (decoder");
  }

  private static boolean decodes(String name) {
    return name.startsWith("decode.")
        || name.startsWith("unembed.")
        || name.startsWith("reconstruction.")
        || name.startsWith("levels.2.");
  }

  private static float[] embed(Model model, Subsequence tokens) {
    try (JavaBackend backend = new JavaBackend();
        Encoder encoder = Models.encoder(model, backend)) {
      return Fuser.finish(encoder, encoder.encode(cut(tokens, encoder)));
    }
  }

  private static List<Subsequence> cut(Subsequence tokens, Encoder encoder) {
    List<Subsequence> parts = new ArrayList<>();
    Splitter splitter = new Splitter("a", encoder.subsequenceTokens(), parts::add);
    tokens.blocks().forEach(splitter::push);
    splitter.finish();
    return parts;
  }

  @ParameterizedTest
  @ValueSource(strings = {"elastic", "elastic-all"})
  void theShippedModelsAreForEmbedding(String preset) throws IOException {
    String yaml = Files.readString(Path.of("conf/models/" + preset + ".yaml"));
    ModelConfig config = ModelConfigs.parse(yaml, preset);
    WeightTable embedding = WeightTable.of(config);
    assertThat(embedding.shapes().keySet()).noneMatch(DecoderWeightsTest::decodes);
    WeightTable learning = WeightTable.of(ModelConfigs.parse(yaml + "decoder_heads: 1\n", preset));
    assertThat((double) embedding.parameters() / learning.parameters()).isBetween(0.7, 0.85);
  }

  @Test
  void aSavedConfigurationKeepsItsDecoder() {
    ModelConfig with = ModelConfigs.parse(ELASTIC.formatted(", decoder_heads: 1"), "test");
    assertThat(ModelJson.canonical(with)).contains("\"decoder_heads\":1");
    assertThat(ModelConfigs.parse(ModelJson.canonical(with), "again")).isEqualTo(with);
    ModelConfig without = ModelConfigs.parse(ELASTIC.formatted(""), "test");
    assertThat(ModelJson.canonical(without)).contains("\"decoder_heads\":0");
    assertThat(ModelConfigs.stored(ModelJson.canonical(without), "again")).isEqualTo(without);
    assertThat(ModelConfigs.parse(ModelJson.canonical(without), "again")).isEqualTo(without);
  }
}
