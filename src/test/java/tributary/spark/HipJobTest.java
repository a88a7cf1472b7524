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
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/**
 * Hierarchical Perceiver as the job's encoder: fixed lengths, padded; what is longer is left out,
 * counted and marked.
 */
class HipJobTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"", "label_modalities: [text]", "regroup_type: transpose_reshape"})
  void sameBitsAsThePlainLoopAndNothingCutInSilence(String option) throws IOException {
    String yaml = Files.readString(Path.of("src/test/resources/models/tiny-hip.yaml"));
    Path model = Files.writeString(folder.resolve("hip.yaml"), yaml + option + "\n");
    Dataset<Row> table = SyntheticTable.frame(SparkFixture.spark(), 30, 2, 300, 0.3, 0, 3);
    JobConfig job =
        TestJob.in(folder)
            .model(model, 3)
            .columns("text", "caption", "image", "picture")
            .run(5, 2000, 1)
            .build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    Map<String, List<Float>> found = SparkFixture.embeddings(job);
    assertThat(found).isEqualTo(PlainLoop.fuse(job, table)).hasSize(30);
    assertThat(found.values()).allSatisfy(e -> assertThat(e).hasSize(16));
    assertThat(manifest.counts().spread()).isZero();
    assertThat(manifest.leftOut()).containsOnlyKeys("text");
    assertThat(manifest.tokens().get("text")).isLessThanOrEqualTo(30 * 64);
    assertThat(manifest.paddingWaste()).isStrictlyBetween(0.0, 1.0);
    assertThat(manifest.warnings()).anyMatch(w -> w.contains("tokens of text left out"));
  }
}
