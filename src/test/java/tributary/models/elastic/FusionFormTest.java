package tributary.models.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems.Refused;
import tributary.model.ModelJson;
import tributary.models.ModelConfigs;

class FusionFormTest {
  private static String model(String fusion, String modalities) {
    StringBuilder text =
        new StringBuilder(
            """
            encoder: elastic
            group_size: 8
            fan_in: 3
            embedding_channels: 8
            levels: [{latents: 5, channels: 16, self_layers: 1, self_heads: 2}]
            merge: {latents: 5, channels: 16, self_layers: 1, self_heads: 2}
            embedding_dim: 10
            """);
    text.append("fusion: {").append(fusion).append("}\nmodalities:\n");
    for (String name : modalities.split(" ")) {
      text.append("  - {name: ").append(name).append(", kind: text}\n");
    }
    return text.toString();
  }

  private static ElasticConfig parse(String text) {
    return (ElasticConfig) ModelConfigs.parse(text, "test");
  }

  @Test
  void theDefaultIsCrossAttentionAndIsNotWritten() {
    String sizes = "latents: 6, channels: 20, self_layers: 0";
    ElasticConfig c = parse(model(sizes, "a b"));
    assertThat(c.fusionForm()).isEqualTo(new FusionForm("cross-attention", 0, 0, ""));
    assertThat(ModelJson.canonical(c))
        .doesNotContain("form")
        .isEqualTo(ModelJson.canonical(parse(model("form: cross-attention, " + sizes, "a b"))));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "form: retro, latents: 9, channels: 20, self_layers: 0, chunk: 2",
        "form: persistent-memory, latents: 9, channels: 20, self_layers: 1, memory: 3",
        "form: film, latents: 5, channels: 16, self_layers: 0, condition: b",
        "form: transformer-decoder, latents: 9, channels: 20, self_layers: 1"
      })
  void isWrittenAsItWasRead(String fusion) {
    ElasticConfig c = parse(model(fusion, "a b"));
    assertThat(ModelConfigs.parse(ModelJson.canonical(c), "again")).isEqualTo(c);
    assertThat(ModelJson.canonical(c)).contains("\"form\"");
  }

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "form: telepathy, latents: 6, channels: 20, self_layers: 0 | a b | fusion.form: telepathy (one of cross-attention, selfdoc, film, crossvit, retro, transformer-decoder, persistent-memory)",
        "form: selfdoc, latents: 10, channels: 16, self_layers: 0 | a b c | fusion.form: selfdoc (fuses two modalities, the model has 3)",
        "form: crossvit, latents: 10, channels: 16, self_layers: 0 | a | fusion.form: crossvit (fuses two modalities, the model has 1)",
        "form: crossvit, latents: 9, channels: 16, self_layers: 0 | a b | fusion.latents: 9 (the rows of what crossvit fuses: 2 of 5, 10)",
        "form: selfdoc, latents: 10, channels: 20, self_layers: 0 | a b | fusion.channels: 20 (as wide as the roots that selfdoc fuses: 16)",
        "form: selfdoc, latents: 10, channels: 16, self_layers: 0, cross_heads: 3 | a b | fusion.cross_heads: 3 (divides the width of its keys 16)",
        "form: film, latents: 5, channels: 16, self_layers: 0, condition: c | a b | fusion.condition: c (one of the modalities [a, b])",
        "form: film, latents: 5, channels: 16, self_layers: 0, condition: a | a | fusion.form: film (one modality modulates others, the model has 1)",
        "form: film, latents: 5, channels: 16, self_layers: 0, condition: a, cross_heads: 2 | a b | fusion.cross_heads: 2 (1: film has no heads)",
        "form: retro, latents: 7, channels: 20, self_layers: 0, chunk: 4 | a b | fusion.latents: 7 (a chunk of 4 for each of 2 modalities: >= 8)",
        "form: transformer-decoder, latents: 7, channels: 20, self_layers: 0 | a | fusion.self_layers: 0 (>= 1: the layers of transformer-decoder)",
        "form: persistent-memory, latents: 7, channels: 20, self_layers: 1, memory: 0 | a | fusion.memory: 0 (a whole number >= 1)"
      })
  void whatTheModelDoesNotAllowIsRefused(String fusion, String modalities, String problem) {
    Refused refused = catchThrowableOfType(Refused.class, () -> parse(model(fusion, modalities)));
    assertThat(refused.problems()).containsExactly("test: Invalid " + problem);
  }

  @Test
  void rootsOfTwoLengthsDoNotAlign() {
    String text =
        model("form: selfdoc, latents: 10, channels: 16, self_layers: 0", "a b")
            .replace("merge: {latents: 5", "merge: {latents: 4");
    Refused refused = catchThrowableOfType(Refused.class, () -> parse(text));
    assertThat(refused.problems())
        .containsExactly(
            "test: Invalid merge.latents: 4"
                + " (as many as the last level has, 5, for selfdoc fuses roots of one length)");
  }

  @Test
  void anotherFormsKeyIsUnknown() {
    Refused refused =
        catchThrowableOfType(
            Refused.class,
            () -> parse(model("latents: 6, channels: 20, self_layers: 0, chunk: 2", "a b")));
    assertThat(refused.problems()).hasSize(1);
    assertThat(refused.problems().get(0)).startsWith("test: Invalid fusion.chunk: 2 (");
  }
}
