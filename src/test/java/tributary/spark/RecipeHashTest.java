package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.config.JobConfig.Codecs;
import tributary.model.ModelConfig;
import tributary.models.ModelConfigs;
import tributary.read.Medium;
import tributary.spark.TaskPlan.ColumnPlan;
import tributary.tensor.Precision;
import tributary.tensor.nd4j.Kernels;

/** What may change an embedding changes the hash of the recipe, and nothing else does. */
final class RecipeHashTest {
  private static final Codecs CODECS = Codecs.DEFAULT;

  /** All that a recipe is made of. */
  private record Recipe(Kernels kernels, List<ColumnPlan> columns) {
    static final Recipe PLAIN =
        new Recipe(
            Kernels.of("cpu"),
            List.of(
                column("text", new CellForm.Text(), 0, CODECS),
                column("audio", new CellForm.Encoded(Medium.SOUND), 0, CODECS)));

    Recipe with(Kernels other) {
      return new Recipe(other, columns);
    }

    Recipe with(int place, ColumnPlan column) {
      List<ColumnPlan> others = new ArrayList<>(columns);
      others.set(place, column);
      return new Recipe(kernels, others);
    }

    String hash(ModelConfig model) {
      return RecipeHash.of(model, kernels, columns);
    }
  }

  private static ColumnPlan column(String modality, CellForm form, long maxTokens, Codecs codecs) {
    return new ColumnPlan(modality, "c", 5, form, maxTokens, codecs);
  }

  private static Recipe sound(CellForm form, Codecs codecs) {
    return Recipe.PLAIN.with(1, column("audio", form, 0, codecs));
  }

  private static final ModelConfig TINY =
      ModelConfigs.read(Path.of("src/test/resources/models/tiny.yaml"));

  static Stream<Arguments> effects() {
    CellForm encoded = new CellForm.Encoded(Medium.SOUND);
    return Stream.of(
        effect("modalities.text.max-tokens", true, r -> r.with(0, text(5))),
        effect("kernels: java", true, r -> r.with(Kernels.of("java"))),
        effect("kernels: cuda", true, r -> r.with(Kernels.of("cuda"))),
        effect("precision", true, r -> r.with(r.kernels().in(Precision.BFLOAT16))),
        effect("sound of a video", true, r -> sound(new CellForm.Encoded(Medium.TRACK), CODECS)),
        effect("codecs.enabled", true, r -> sound(encoded, new Codecs(false, 300, 1024, 1L << 36))),
        effect("codecs.output", true, r -> sound(encoded, new Codecs(true, 300, 1024, 9))),
        effect("codecs.seconds", false, r -> sound(encoded, new Codecs(true, 9, 1024, 1L << 36))),
        effect("codecs.memory", false, r -> sound(encoded, new Codecs(true, 300, 99, 1L << 36))),
        effect("run.threads of small layers", false, r -> r.with(r.kernels().on(4))),
        effect("the GPU", false, r -> r.with(r.kernels().at("1").sharedBy(3))),
        effect(
            "a modality more, of which records may have nothing",
            false,
            r ->
                new Recipe(
                    r.kernels(),
                    List.of(
                        column("vectors", new CellForm.Vector(3), 0, CODECS),
                        r.columns().get(1),
                        r.columns().get(0)))),
        effect("name and place of a column", false, r -> r.with(0, renamed(r.columns().get(0)))),
        effect(
            "from: path", false, r -> sound(new CellForm.FilePath(Medium.SOUND, "c", "/"), CODECS)),
        effect(
            "rate, which is in the content",
            false,
            r -> r.with(0, column("text", new CellForm.Samples("c", 32768), 0, CODECS))));
  }

  private static ColumnPlan text(long maxTokens) {
    return column("text", new CellForm.Text(), maxTokens, CODECS);
  }

  private static ColumnPlan renamed(ColumnPlan c) {
    return new ColumnPlan(c.modality(), "other", 9, c.form(), c.maxTokens(), c.codecs());
  }

  private static Arguments effect(String what, boolean counts, UnaryOperator<Recipe> change) {
    return Arguments.of(what, counts, change);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("effects")
  void countsOrNot(String what, boolean counts, UnaryOperator<Recipe> change) {
    String plain = Recipe.PLAIN.hash(TINY);
    String changed = change.apply(Recipe.PLAIN).hash(TINY);
    assertThat(!changed.equals(plain)).isEqualTo(counts);
    assertThat(changed).hasSize(64);
  }

  @Test
  void aLimitIsOfItsModality() {
    Recipe ofText = Recipe.PLAIN.with(0, text(5));
    Recipe ofSound =
        Recipe.PLAIN.with(1, column("audio", new CellForm.Encoded(Medium.SOUND), 5, CODECS));
    assertThat(ofText.hash(TINY)).isNotEqualTo(ofSound.hash(TINY));
  }

  /** Threads share the sums of a layer with so many inputs, whose last bits depend on them. */
  @Test
  void threadsCountWhereLayersAreLarge() {
    ModelConfig large = ModelConfigs.read(Path.of("conf/models/hip-16.yaml"));
    Kernels four = Kernels.of("cpu").on(4);
    assertThat(Recipe.PLAIN.with(four).hash(large)).isNotEqualTo(Recipe.PLAIN.hash(large));
    Kernels java = Kernels.of("java");
    assertThat(Recipe.PLAIN.with(java.on(4)).hash(large))
        .isEqualTo(Recipe.PLAIN.with(java).hash(large));
  }
}
