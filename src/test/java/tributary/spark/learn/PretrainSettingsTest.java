package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfigs;
import tributary.config.LearnConfig;
import tributary.learn.LearningSettings;
import tributary.learn.Objectives;

/** The keys of a job as what learns takes them. */
class PretrainSettingsTest {
  @TempDir Path folder;

  private LearnConfig learn(String... sets) throws IOException {
    Path file = folder.resolve("job.yaml");
    Files.writeString(
        file,
        """
        model: {init: src/test/resources/models/tiny.yaml}
        input: {format: parquet, path: in}
        modalities: {text: caption}
        output: {path: out}
        learn: {label: kind, objectives: {classification: 1, fused-contrastive: 1}}
        """);
    return JobConfigs.load(file, Map.of(), Map.of(), List.of(sets)).learn();
  }

  private static LearningSettings settings(LearnConfig learn, List<String> classes) {
    return PretrainSettings.of(learn, Map.of("text", ModalityCount.NONE), classes, 10);
  }

  /** Each objective's views are its own. */
  @Test
  void viewsForClassesAreThoseOfTheirKeys() throws IOException {
    LearnConfig learn =
        learn(
            "learn.classification.view-from=0.25",
            "learn.classification.view-to=0.75",
            "learn.classification.jitter=0.125",
            "learn.classification.smoothing=0.1",
            "learn.contrast.view-from=0.5",
            "learn.contrast.view-to=0.625",
            "learn.contrast.jitter=0.5");
    Objectives objectives = settings(learn, List.of("cup", "jug")).objectives();
    assertThat(objectives.labels())
        .isEqualTo(
            new Objectives.Labels(
                "kind", List.of("cup", "jug"), new Objectives.Shown(0.25, 0.75, 0.125), 0.1));
    assertThat(objectives.contrast().shown()).isEqualTo(new Objectives.Shown(0.5, 0.625, 0.5));
  }

  @Test
  void tasksAreAsManyAsRunAtOnceUnlessToldOtherwise() throws IOException {
    assertThat(PretrainSettings.tasks(learn("learn.shards=8"), 6)).isEqualTo(4);
    assertThat(PretrainSettings.tasks(learn("learn.shards=2"), 6)).isEqualTo(2);
    assertThat(PretrainSettings.tasks(learn("learn.shards=8", "learn.tasks=1"), 6)).isEqualTo(1);
  }
}
