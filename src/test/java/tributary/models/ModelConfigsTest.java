package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.config.Problems.Refused;
import tributary.model.LevelSpec;
import tributary.model.ModalitySpec;
import tributary.model.ModelConfig;
import tributary.model.ModelJson;
import tributary.models.elastic.ElasticConfig;
import tributary.models.hip.HipConfig;

class ModelConfigsTest {
  private static final String ELASTIC =
      """
      encoder: elastic
      group_size: 8
      fan_in: 3
      embedding_channels: 8
      levels:
        - {latents: 4, channels: 12, self_layers: 1, self_heads: 2, cross_heads: 1}
        - {latents: 5, channels: 16, self_layers: 0, self_heads: 2, cross_heads: 1}
      merge: {latents: 6, channels: 16, self_layers: 1, self_heads: 2, cross_heads: 1}
      fusion: {latents: 6, channels: 20, self_layers: 2, self_heads: 4, cross_heads: 1}
      embedding_dim: 10
      modalities:
        - {name: audio, channels: 4}
        - {name: text, kind: text}
      """;

  private static final String HIP =
      """
      encoder: hip
      num_groups: [8, 4, 1, 4, 8]
      num_self_attends_per_block: [1, 2, 3, 1, 1]
      z_index_dim: [6, 8, 8, 8, 6]
      num_z_channels: [16, 24, 32, 12, 8]
      num_self_attend_heads: [2, 3, 4, 2, 1]
      num_embedding_channels: 8
      modalities: [{name: image, length: 50, channels: 3}, {name: text, length: 7, kind: text}]
      """;

  @Test
  void readsElasticWithItsDefaults() {
    ElasticConfig c = (ElasticConfig) ModelConfigs.parse(ELASTIC, "test");
    assertThat(c.levels()).hasSize(2).first().isEqualTo(new LevelSpec(4, 12, 1, 2, 1));
    assertThat(c.merge().latents()).isEqualTo(6);
    assertThat(c.selfWidening()).isEqualTo(4);
    assertThat(c.crossWidening()).isEqualTo(1);
    assertThat(c.decoderHeads()).isZero();
    assertThat(c.activation()).isEqualTo("squared_relu");
    assertThat(c.modalities().keySet()).containsExactly("audio", "text");
    assertThat(c.modalities().get("audio")).isEqualTo(new ModalitySpec.Raw(4));
    assertThat(c.modalities().get("text")).isEqualTo(new ModalitySpec.Text());
  }

  @Test
  void readsHipWithItsDefaults() {
    HipConfig c = (HipConfig) ModelConfigs.parse(HIP, "test");
    assertThat(c.numCrossAttendHeads()).containsExactly(1, 1, 1, 1, 1);
    assertThat(c.selfAttendWideningFactor()).containsExactly(4, 4, 4, 4, 4);
    assertThat(c.positionProjection()).isTrue();
    assertThat(c.embeddingDim()).isEqualTo(32);
    assertThat(c.length("image")).isEqualTo(50);
    assertThat(c.skipFrom(2)).isEqualTo(-1);
    assertThat(c.skipFrom(3)).isEqualTo(1);
    assertThat(c.regroupType()).isEqualTo("reshape");
    assertThat(c.labelModalities()).isEmpty();
    assertThat(c.block(2)).isEqualTo("levels.2");
    assertThat(ModelJson.canonical(c)).doesNotContain("regroup", "label");
  }

  private static ModalitySpec points(ModelConfig config) {
    return config.modality("points");
  }

  /** New models have clouds in radii; those stored before there was the key, as they came. */
  @Test
  void whatNormalizesIsTheDefaultOfNewConfigurationsAlone() {
    String yaml =
        ELASTIC + "  - {name: points, kind: points%s}\n  - {name: s, kind: series, values: 2%s}\n";
    ModelConfig made = ModelConfigs.parse(yaml.formatted("", ""), "test");
    assertThat(points(made))
        .isEqualTo(
            new ModalitySpec.Points(
                3,
                ModalitySpec.Image.Order.MORTON,
                ModalitySpec.Points.Normalize.UNIT,
                ModalitySpec.Points.POINTS,
                0));
    assertThat(points(made).channels()).isEqualTo(5);
    assertThat(made.modality("s")).isEqualTo(new ModalitySpec.Series(2, 8, 1, 86400));
    assertThat(ModelJson.canonical(made)).contains("\"normalize\":\"unit\"");
    assertThat(ModelConfigs.stored(ModelJson.canonical(made), "again")).isEqualTo(made);

    ModelConfig old = ModelConfigs.stored(yaml.formatted("", ""), "stored");
    assertThat(points(old)).isEqualTo(new ModalitySpec.Points(3, ModalitySpec.Image.Order.MORTON));
    assertThat(points(old).channels()).isEqualTo(3);
    assertThat(ModelJson.canonical(old)).doesNotContain("normalize", "2048", "seed");
    assertThat(ModelConfigs.stored(ModelJson.canonical(old), "again")).isEqualTo(old);
    assertThat(ModelJson.pretty(old)).contains("\"normalize\" : \"none\"");
    assertThat(ModelConfigs.parse(ModelJson.pretty(old), "pretty").modalities())
        .isEqualTo(old.modalities());

    ModelConfig other =
        ModelConfigs.parse(yaml.formatted(", points: 10, seed: 3", ", normalize: zscore"), "test");
    assertThat(other.modality("s").channels()).isEqualTo(2 + 16 + 3);
    assertThat(ModelConfigs.stored(ModelJson.canonical(other), "again")).isEqualTo(other);
    assertThatThrownBy(() -> ModelConfigs.parse(yaml.formatted(", normalize: zscore", ""), "t"))
        .hasMessageContaining("normalize: zscore (one of none, unit)");
  }

  @Test
  void labelsJoinHipAtTheProcessor() {
    String yaml = HIP + "label_modalities: [text]\nregroup_type: transpose_reshape\n";
    HipConfig c = (HipConfig) ModelConfigs.parse(yaml, "test");
    assertThat(c.encodedModalities()).containsExactly("image");
    assertThat(c.codeChannels("text")).isEqualTo(24);
    assertThat(c.codeChannels("image")).isEqualTo(8);
    assertThat(c.block(2)).isEqualTo("perceiver_block_2");
    assertThat(c.transposes()).isTrue();
    String json = ModelJson.canonical(c);
    assertThat(json)
        .contains("\"regroup_type\":\"transpose_reshape\",\"label_modalities\":[\"text\"]");
    assertThat(ModelConfigs.parse(json, "again")).isEqualTo(c);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "label_modalities: [txt] | Invalid label_modalities: txt (one of the modalities [image, text])",
        "label_modalities: text | Invalid label_modalities: text (a list of strings)",
        "label_modalities: [1] | Invalid label_modalities: 1 (a string)",
        "label_modalities: [text, text] | Invalid label_modalities: [text, text] (each label once)",
        "label_modalities: [text, image] | Invalid label_modalities: [text, image] (at least one modality is no label)",
        "regroup_type: transpose | Invalid regroup_type: transpose (one of reshape, transpose_reshape)",
      })
  void namesWhatIsWrongWithLabels(String key, String message) {
    refuses(HIP, "encoder: hip", "encoder: hip\n" + key, message);
  }

  @Test
  void keysBesideAPresetHold() {
    String yaml =
        """
        encoder: hip
        preset: 16x3
        num_self_attends_per_block: [1, 1, 1]
        modalities: [{name: a, length: 5, channels: 3}]
        """;
    HipConfig c = (HipConfig) ModelConfigs.parse(yaml, "test");
    assertThat(c.numZChannels()).containsExactly(128, 1024, 128);
    assertThat(c.numSelfAttendsPerBlock()).containsExactly(1, 1, 1);
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyFileInConfIsReadAndSurvivesItsCanonicalForm(Path file) {
    ModelConfig c = ModelConfigs.read(file);
    String json = ModelJson.canonical(c);
    assertThat(ModelConfigs.parse(json, "canonical")).isEqualTo(c);
    assertThat(ModelConfigs.parse(ModelJson.pretty(c), "pretty")).isEqualTo(c);
    assertThat(ModelJson.canonical(ModelConfigs.parse(json, "again"))).isEqualTo(json);
  }

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("conf/models"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void proportionalIsTheDefaultButForModelsFromBeforeTheKey() {
    ElasticConfig made = (ElasticConfig) ModelConfigs.parse(ELASTIC, "test");
    assertThat(made.proportional()).isTrue();
    String json = ModelJson.canonical(made);
    assertThat(json).contains("\"proportional\":true");
    assertThat(ModelConfigs.stored(json, "stored")).isEqualTo(made);
    ElasticConfig old = (ElasticConfig) ModelConfigs.stored(ELASTIC, "stored");
    assertThat(old.proportional()).isFalse();
    assertThat(old.decoderHeads()).isEqualTo(1);
    assertThat(ModelConfigs.stored(ELASTIC.replace("elastic", "Elastic"), "t")).isEqualTo(old);
    assertThat(ModelJson.canonical(old)).doesNotContain("proportional");
    ElasticConfig off =
        (ElasticConfig)
            ModelConfigs.parse(ELASTIC + "proportional: false\ndecoder_heads: 1\n", "t");
    assertThat(off).isEqualTo(old);
    assertThat(ModelConfigs.stored(ModelJson.canonical(off), "again")).isEqualTo(off);
  }

  @Test
  void aTruthInQuotesIsShownInThem() {
    assertThatThrownBy(() -> ModelConfigs.parse(ELASTIC + "proportional: \"true\"\n", "test"))
        .hasMessage("test: Invalid proportional: \"true\" (true or false)");
  }

  @Test
  void theCanonicalFormIsPinned() {
    ModelConfig stored = ModelConfigs.stored(ELASTIC + "decoder_heads: 1\n", "test");
    assertThat(ModelJson.canonical(stored))
        .isEqualTo(
            """
            {"encoder":"elastic","group_size":8,"fan_in":3,"embedding_channels":8,"levels":[\
            {"latents":4,"channels":12,"self_layers":1,"self_heads":2,"cross_heads":1},\
            {"latents":5,"channels":16,"self_layers":0,"self_heads":2,"cross_heads":1}],\
            "merge":{"latents":6,"channels":16,"self_layers":1,"self_heads":2,"cross_heads":1},\
            "fusion":{"latents":6,"channels":20,"self_layers":2,"self_heads":4,"cross_heads":1},\
            "embedding_dim":10,"activation":"squared_relu","self_widening":4,"cross_widening":1,\
            "decoder_heads":1,"modalities":[{"name":"audio","kind":"raw","channels":4},\
            {"name":"text","kind":"text"}]}""");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "group_size: 8 | group_size: 0 | Invalid group_size: 0 (a whole number >= 1)",
        "group_size: 8 | group_size: many | Invalid group_size: many (a whole number >= 1)",
        "group_size: 8 | group_size: \"8\" | Invalid group_size: \"8\" (a whole number >= 1)",
        "group_size: 8 | group_size: 010 | Invalid group_size: 010 (a whole number >= 1)",
        "group_size: 8 | gruop_size: 8 | Invalid group_size: missing (a whole number >= 1)",
        "group_size: 8 | gruop_size: 8 | Invalid gruop_size: 8 (unknown key, did you mean group_size?)",
        "fan_in: 3 | fan_in: 1 | Invalid fan_in: 1 (a whole number >= 2)",
        "latents: 4 | latent: 4 | Invalid levels[0].latent: 4 (unknown key, did you mean latents?)",
        "self_heads: 4 | self_heads: 3 | Invalid fusion.self_heads: 3 (divides channels 20)",
        "cross_heads: 1 | cross_heads: 3 | Invalid levels[0].cross_heads: 3 (divides the width of its keys 8)",
        "merge: {latents: 6, channels: 16 | merge: {latents: 6, channels: 18 | Invalid merge.channels: 18 (as wide as the last level: 16)",
        "embedding_dim: 10 | embedding_dim: 0 | Invalid embedding_dim: 0 (a whole number >= 1)",
        "fan_in: 3 | positions: rotary | Invalid positions: rotary (one of learned, fourier, none)",
        "fan_in: 3 | position_bands: 2 | Invalid position_bands: 2 (no such key with positions learned, only with fourier)",
        "encoder: elastic | encoder: elastisch | Invalid encoder: elastisch (one of elastic, hip, perceiver-io, perceiver, bert)",
        "embedding_dim: 10 | activation: silu | Invalid activation: silu (one of relu, squared_relu, gelu, gelu_tanh)",
        "name: text | name: audio | Invalid modalities[1].name: audio (no other modality's name)",
        "name: text | name: a.b | Invalid modalities: a.b (a name of letters, digits, underscores and dashes)",
        "kind: text | kind: smell | Invalid modalities[1].kind: smell (one of text, image, pixels, audio, vectors, series, points, raw)",
        "kind: text | kind: vectors | Invalid modalities[1].width: missing (a whole number >= 1)",
        "kind: text | kind: text, patch: 3 | Invalid modalities[1].patch: 3 (unknown key, did you mean name?)",
        "kind: text | kind: image, patch: 7 | Invalid modalities.text.patch: 7 (divides canvas 256)",
        "kind: text | kind: pixels, size: 300 | Invalid modalities.text.size: 300 (at most crop 256)",
        "kind: text | kind: audio, bands: 999 | Invalid modalities.text.bands: 999 (at most frame / 2 + 1 = 201)",
        "kind: text | kind: series, values: 1, shortest: 9, longest: 3 | Invalid modalities.text.longest: 3.0 (>= shortest 9.0)",
        "kind: text | kind: series, values: 1, shortest: -1 | Invalid modalities[1].shortest: -1 (a number > 0)",
      })
  void namesWhatIsWrongWithElastic(String right, String wrong, String message) {
    refuses(ELASTIC, right, wrong, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_groups: [8, 4, 1, 4, 8] | num_groups: [8, 4, 2, 4, 8] | Invalid num_groups[2]: 2 (1: the level in the middle is the processor)",
        "num_groups: [8, 4, 1, 4, 8] | num_groups: [8, 4, 1, 4, 4] | Invalid num_groups[4]: 4 (that of the first level: 8)",
        "num_groups: [8, 4, 1, 4, 8] | num_groups: [8, 5, 1, 5, 8] | Invalid num_groups[1]: 5 (divides the 48 latents of the level before)",
        "num_groups: [8, 4, 1, 4, 8] | num_groups: [1, 1, 1, 1, 1] | Invalid num_groups[0]: 1 (a group for each modality, of which there are 2)",
        "z_index_dim: [6, 8, 8, 8, 6] | z_index_dim: [6, 8, 8, 8, 4] | Invalid z_index_dim[4]: 8 groups of 4 (as level 0, which it has a skip connection from: 8 groups of 6)",
        "z_index_dim: [6, 8, 8, 8, 6] | z_index_dim: [6, 8] | Invalid z_index_dim: [6, 8] (one entry a level, as num_groups has: 5)",
        "z_index_dim: [6, 8, 8, 8, 6] | z_index_dim: [6, 8, 0, 8, 6] | Invalid z_index_dim[2]: 0 (a whole number >= 1)",
        "num_self_attend_heads: [2, 3 | num_self_attend_heads: [2, 5 | Invalid num_self_attend_heads[1]: 5 (divides num_z_channels 24)",
        "num_embedding_channels: 8 | preset: 15 | Invalid preset: 15 (one of mini, 16, 256, 16x3)",
        "length: 50, | '' | Invalid modalities[0].length: missing (a whole number >= 1)",
      })
  void namesWhatIsWrongWithHip(String right, String wrong, String message) {
    refuses(HIP, right, wrong, message);
  }

  @Test
  void aSingleLevelHasNoPlaceForLabels() {
    String yaml =
        """
        {encoder: hip, num_groups: [1], num_self_attends_per_block: [1], z_index_dim: [3],
         num_z_channels: [4], num_self_attend_heads: [2], num_embedding_channels: 4,
         modalities: [{name: p, length: 9, channels: 3}, {name: q, length: 1, channels: 3}]}
        """;
    refuses(
        yaml,
        "encoder: hip",
        "encoder: hip, label_modalities: [q]",
        "Invalid label_modalities: [q] (none: the processor is the first level)");
  }

  @Test
  void bandsAreThoseOfFourierAndAtMostHalfOfAnAxis() {
    refuses(
        ELASTIC,
        "fan_in: 3",
        "fan_in: 3\npositions: fourier\nposition_bands: 5",
        "Invalid position_bands: 5 (at most half of group_size 8: 4)");
    refuses(
        ELASTIC,
        "fan_in: 3",
        "fan_in: 3\npositions: fourier\nposition_bands: 0",
        "Invalid position_bands: 0 (a whole number >= 1)");
    refuses(
        HIP,
        "encoder: hip",
        "encoder: hip\npositions: fourier\nposition_bands: 26",
        "Invalid position_bands: 26 (at most half of the longest length 50: 25)");
    refuses(
        HIP,
        "encoder: hip",
        "encoder: hip\npositions: none\nposition_bands: 2",
        "Invalid position_bands: 2 (no such key with positions none, only with fourier)");
  }

  @Test
  void decoderHeadsDivideTheWidthOfEveryParent() {
    refuses(
        ELASTIC,
        "fan_in: 3",
        "fan_in: 3\ndecoder_heads: 3",
        "Invalid decoder_heads: 3 (divides the width of its keys 16)");
  }

  @Test
  void crossHeadsOfHipDivideTheWidthOfTheKeys() {
    refuses(
        HIP,
        "encoder: hip",
        "encoder: hip\nnum_cross_attend_heads: [3, 1, 1, 1, 1]",
        "Invalid num_cross_attend_heads[0]: 3 (divides the width of its keys 8)");
  }

  @Test
  void allProblemsAreReportedTogether() {
    Refused refused =
        catchThrowableOfType(
            Refused.class,
            () ->
                ModelConfigs.parse(
                    ELASTIC.replace("group_size: 8", "group_size: 0").replace("fan_in", "fanin"),
                    "x.yaml"));
    assertThat(refused.problems())
        .containsExactly(
            "x.yaml: Invalid group_size: 0 (a whole number >= 1)",
            "x.yaml: Invalid fan_in: missing (a whole number >= 2)",
            "x.yaml: Invalid fanin: 3 (unknown key, did you mean fan_in?)");
  }

  @Test
  void brokenYamlIsRefusedWithItsLine(@TempDir Path dir) throws IOException {
    assertThatThrownBy(() -> ModelConfigs.parse("encoder: elastic\nlevels: [", "x.yaml"))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("Cannot read x.yaml: line 2");
    assertThatThrownBy(() -> ModelConfigs.parse("encoder: hip\nencoder: hip\n", "x.yaml"))
        .hasMessageContaining("Duplicate field 'encoder'");
    assertThatThrownBy(() -> ModelConfigs.parse("", "x.yaml"))
        .hasMessageContaining("Invalid configuration: missing (a mapping)");
    Path none = dir.resolve("none.yaml");
    assertThatThrownBy(() -> ModelConfigs.read(none))
        .hasMessage("Cannot read " + none + ": no such file");
    Path latin = Files.write(dir.resolve("latin.yaml"), new byte[] {'a', (byte) 0xe9, ':'});
    assertThatThrownBy(() -> ModelConfigs.read(latin))
        .hasMessage("Cannot read " + latin + ": not UTF-8");
  }

  private static void refuses(String yaml, String right, String wrong, String message) {
    assertThat(yaml).contains(right);
    int at = yaml.indexOf(right);
    String changed = yaml.substring(0, at) + wrong + yaml.substring(at + right.length());
    Refused refused =
        catchThrowableOfType(Refused.class, () -> ModelConfigs.parse(changed, "test"));
    assertThat(refused).isNotNull();
    assertThat(refused.problems()).contains("test: " + message);
  }
}
