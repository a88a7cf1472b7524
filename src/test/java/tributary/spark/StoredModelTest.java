package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.model.ModelConfig;
import tributary.models.ModelConfigs;
import tributary.models.Models;
import tributary.models.elastic.ElasticConfig;

/**
 * A folder that the first version saved, kept for ever: before there was proportional attention,
 * and with a decoder. Its hash and its embeddings, of the java kernels, are that version's own.
 */
class StoredModelTest {
  private static final Path FOLDER = Path.of("src/test/resources/models/stored-first");
  private static final String HASH =
      "49b1d0ddf56a877cde7da0b32e56897df73465a1cfbfaa60bb2841087dc365f0";

  @TempDir Path folder;

  @Test
  void theFirstFoldersGoOnAsTheyWere() throws IOException {
    assertThat(Models.load(FOLDER).hash()).isEqualTo(HASH);
    Path rows = folder.resolve("in.jsonl");
    Files.writeString(
        rows,
        "{\"id\":\"a\",\"words\":\"The river is wide here, and slow.\"}\n"
            + "{\"id\":\"b\",\"words\":\"ab\"}\n");
    JobConfig job =
        TestJob.in(folder)
            .model(FOLDER)
            .input("json", rows, Map.of())
            .columns("text", "words")
            .kernels("java")
            .build();
    FuseJob.run(job, Map.of(), SparkFixture.spark());
    assertThat(SparkFixture.embeddings(job))
        .isEqualTo(
            Map.of(
                "a", List.of(0.20579557f, 3.8791392f, 1.2924731f, 1.9302136f),
                "b", List.of(0.21190123f, 0.8836618f, -1.4962649f, 1.9531655f)));
  }

  @Test
  void aConfigurationOfAFolderMeansTheSameToModelInit() {
    ModelConfig read = ModelConfigs.read(FOLDER.resolve("config.json"));
    assertThat(read).isEqualTo(Models.load(FOLDER).config());
    assertThat(((ElasticConfig) read).proportional()).isFalse();
  }
}
