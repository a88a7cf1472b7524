package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
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
  private static final int RECORDS = 30;
  private static final int TEXT = 64; // the lengths that the model fixes
  private static final int IMAGE = 16;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"", "label_modalities: [text]", "regroup_type: transpose_reshape"})
  void sameBitsAsThePlainLoopAndNothingCutInSilence(String option) throws IOException {
    Dataset<Row> table = table();
    JobConfig job = job("job", option);
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    Map<String, List<Float>> found = SparkFixture.embeddings(job);
    assertThat(found).isEqualTo(PlainLoop.fuse(job, table)).hasSize(RECORDS);
    assertThat(found.values()).allSatisfy(e -> assertThat(e).hasSize(16));
    assertThat(manifest.counts().spread()).isZero();
    assertThat(manifest.warnings()).anyMatch(w -> w.contains("tokens of text left out"));
    long text = 0;
    long beyond = 0;
    long image = 0;
    for (Row row : table.select("caption", "picture").collectAsList()) {
      String caption = row.isNullAt(0) ? "" : row.getString(0);
      int bytes = caption.getBytes(StandardCharsets.UTF_8).length;
      text += Math.min(bytes, TEXT);
      beyond += Math.max(0, bytes - TEXT);
      image += row.isNullAt(1) ? 0 : IMAGE;
    }
    assertThat(manifest.tokens()).isEqualTo(Map.of("text", text, "image", image));
    assertThat(manifest.leftOut()).isEqualTo(Map.of("text", beyond));
    double whole = RECORDS * (TEXT + IMAGE);
    assertThat(manifest.paddingWaste()).isEqualTo(1 - (text + image) / whole);
  }

  /** Same weights, same tokens: what differs is which latents a group of the second level joins. */
  @Test
  void aJobWithTransposedGroupsGivesOtherEmbeddings() throws IOException {
    Dataset<Row> table = table();
    JobConfig neighbours = job("neighbours", "regroup_type: reshape");
    JobConfig transposed = job("transposed", "regroup_type: transpose_reshape");
    FuseJob.run(neighbours, Map.of(), SparkFixture.spark(), table);
    FuseJob.run(transposed, Map.of(), SparkFixture.spark(), table);
    Map<String, List<Float>> plain = SparkFixture.embeddings(neighbours);
    Map<String, List<Float>> mixed = SparkFixture.embeddings(transposed);
    assertThat(mixed).isEqualTo(PlainLoop.fuse(transposed, table)).hasSize(RECORDS);
    assertThat(mixed.keySet()).isEqualTo(plain.keySet());
    mixed.forEach(
        (id, e) ->
            assertThat(apart(e, Objects.requireNonNull(plain.get(id)))).as(id).isGreaterThan(1e-3));
  }

  /** Largest difference: sums in another order, which three levels give, differ by 1e-6 at most. */
  private static double apart(List<Float> a, List<Float> b) {
    double most = 0;
    for (int i = 0; i < a.size(); i++) {
      most = Math.max(most, Math.abs((double) a.get(i) - b.get(i)));
    }
    return most;
  }

  private static Dataset<Row> table() {
    return SyntheticTable.frame(SparkFixture.spark(), RECORDS, 2, 300, 0.3, 0, 3);
  }

  /** A job of its own folder, whose model has one more line. */
  private JobConfig job(String name, String option) throws IOException {
    String yaml = Files.readString(Path.of("src/test/resources/models/tiny-hip-five.yaml"));
    Path own = Files.createDirectory(folder.resolve(name));
    Path model = Files.writeString(own.resolve("hip.yaml"), yaml + option + "\n");
    return TestJob.in(own)
        .model(model, 3)
        .columns("text", "caption", "image", "picture")
        .run(5, 2000, 1)
        .build();
  }
}
