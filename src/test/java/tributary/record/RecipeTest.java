package tributary.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.models.ModelConfigs;

/** How many tokens are kept and how many there is room for, by model and limit. */
class RecipeTest {
  private static final long NONE = Long.MAX_VALUE;

  private static Recipe recipe(String model, Map<String, Long> limits) {
    Path file = Path.of("src/test/resources/models/" + model + ".yaml");
    return new Recipe(ModelConfigs.read(file), limits, 24);
  }

  @ParameterizedTest
  @CsvSource({
    // A job's limit of 0 is none. elastic takes any length.
    "tiny, 0, 9223372036854775807, 9223372036854775807",
    "tiny, 5, 5, 9223372036854775807",
    // hip has fixed lengths and leaves out what is beyond them.
    "tiny-hip, 0, 64, 64",
    "tiny-hip, 5, 5, 64",
    "tiny-hip, 65, 64, 64",
    // perceiver-io has room for so many and refuses more, unless the job leaves them out.
    "tiny-perceiver-io, 0, 9223372036854775807, 198",
    "tiny-perceiver-io, 5, 5, 198",
    "tiny-perceiver-io, 199, 198, 198",
  })
  void theSmallerOfTheJobsLimitAndTheModelsRoomIsKept(
      String model, long limit, long kept, long room) {
    Recipe recipe = recipe(model, Map.of("text", limit));
    assertThat(recipe.maxTokens("text")).isEqualTo(kept);
    assertThat(recipe.roomFor("text")).isEqualTo(room);
    assertThat(recipe.subsequenceTokens()).isEqualTo(24);
  }

  @ParameterizedTest
  @CsvSource({"tiny, 9223372036854775807", "tiny-hip, 64"})
  void aModalityWithoutALimitHasNone(String model, long kept) {
    assertThat(recipe(model, Map.of("image", 3L)).maxTokens("text")).isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource({"tiny, '[audio, image, points, series, text, vectors]'", "tiny-hip, '[image, text]'"})
  void onlyTheModelsModalitiesHaveATokenizer(String model, String names) {
    Recipe recipe = recipe(model, Map.of());
    assertThat(recipe.tokenizer("text")).isNotNull();
    assertThatThrownBy(() -> recipe.tokenizer("smell"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid modality: smell (one of " + names + ")");
    assertThat(recipe.roomFor("smell")).isEqualTo(NONE);
  }
}
