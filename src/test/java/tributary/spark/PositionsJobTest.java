package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.models.ModelConfigs;
import tributary.models.Models;
import tributary.write.RunManifest;

/**
 * Every form of positions in a job whose model is a folder, saved and read again: the bits of the
 * plain loop, with long records spread over partitions.
 */
class PositionsJobTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "tiny, fourier",
    "tiny, none",
    "tiny, 'fourier, position_bands: 2'",
    "tiny-hip-five, fourier",
    "tiny-hip-five, none"
  })
  void sameBitsAsThePlainLoop(String name, String form) throws IOException {
    Dataset<Row> table = SyntheticTable.frame(SparkFixture.spark(), 16, 5, 300, 0.3, 0, 3);
    JobConfig job = job("ours", saved(name, "positions: " + form.replace(", ", "\n") + "\n"));
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    if (name.equals("tiny")) {
      assertThat(manifest.counts().spread()).isPositive();
    }
    Map<String, List<Float>> found = SparkFixture.embeddings(job);
    assertThat(found).isEqualTo(PlainLoop.fuse(job, table)).hasSize(16);
    JobConfig learned = job("learned", saved(name, ""));
    assertThat(found).isNotEqualTo(PlainLoop.fuse(learned, table));
  }

  private Path saved(String name, String more) throws IOException {
    String yaml = Files.readString(Path.of("src/test/resources/models/" + name + ".yaml")) + more;
    Model made = Initialization.random(ModelConfigs.parse(yaml, name), 7);
    Path model = folder.resolve("model" + more.hashCode());
    ModelFiles.save(made, model);
    assertThat(Models.load(model).hash()).isEqualTo(made.hash());
    return model;
  }

  private JobConfig job(String name, Path model) {
    return TestJob.in(folder.resolve(name))
        .model(model)
        .columns("text", "caption", "image", "picture")
        .run(4, 1 << 20, 200)
        .build();
  }
}
