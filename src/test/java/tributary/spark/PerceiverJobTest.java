package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.rand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** Both Perceivers as the job's encoder: the law, and what happens to texts that are too long. */
class PerceiverJobTest {
  @TempDir Path folder;

  private static Dataset<Row> table() {
    return SyntheticTable.frame(SparkFixture.spark(), 30, 3, 300, 0.3, 0, 3);
  }

  private TestJob job(String name, String model) {
    return TestJob.in(folder.resolve(name)).model(model, 3);
  }

  private TestJob captions(String name, String model, long maxTokens) {
    return job(name, model).columns().column("text", TestJob.value("caption", maxTokens));
  }

  private TestJob pictures(String name, long maxTokens) {
    return job(name, "tiny-perceiver-image")
        .columns()
        .column("image", TestJob.value("picture", maxTokens));
  }

  @ParameterizedTest(name = "{0} partitions, batches of {1} bytes")
  @CsvSource({"1, 1", "2, 100000", "7, 900"})
  void theLanguageModelGivesTheBitsOfThePlainLoop(int partitions, long bytes) {
    Dataset<Row> table = table().orderBy(rand(partitions));
    JobConfig job =
        captions("io" + partitions, "tiny-perceiver-io", 150).run(partitions, bytes, 10).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    Map<String, List<Float>> found = SparkFixture.embeddings(job);
    assertThat(found).isEqualTo(PlainLoop.fuse(job, table)).hasSize(30);
    assertThat(found.values()).allSatisfy(e -> assertThat(e).hasSize(16));
    assertThat(Set.copyOf(found.values())).hasSizeGreaterThan(15);
    assertThat(manifest.leftOut()).containsOnlyKeys("text");
    assertThat(manifest.warnings()).anyMatch(w -> w.contains("tokens of text left out"));
  }

  @Test
  void aTextThatIsTooLongIsRefusedUnlessALimitIsConfigured() {
    Dataset<Row> table = table();
    JobConfig job = captions("long", "tiny-perceiver-io", 0).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    long tooLong = table.filter("octet_length(caption) > 198").count();
    assertThat(tooLong).isPositive();
    assertThat(manifest.leftOut()).isEmpty();
    assertThat(manifest.counts().quarantined()).isEqualTo(tooLong);
    Dataset<Row> refused =
        SparkFixture.spark().read().format("parquet").load(job.quarantine().path());
    assertThat(refused.select("reason").distinct().collectAsList())
        .extracting(r -> r.getString(0))
        .containsExactly("TOO_LONG");
    assertThat(refused.select("detail").first().getString(0))
        .matches(
            "\\d+ tokens of text up to the end of this cell, more than the 198 that the model has"
                + " room for \\(modalities.text.max-tokens leaves the rest out, counted\\)");
    assertThat(refused.filter(col("column").equalTo("caption")).count()).isEqualTo(tooLong);
  }

  @ParameterizedTest(name = "{0} partitions, batches of {1} bytes")
  @CsvSource({"1, 1", "3, 100000"})
  void theImageModelGivesTheBitsOfThePlainLoop(int partitions, long bytes) {
    Dataset<Row> table = table().orderBy(rand(partitions));
    JobConfig job = pictures("image" + partitions, 0).run(partitions, bytes, 10).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    Map<String, List<Float>> found = SparkFixture.embeddings(job);
    assertThat(found).isEqualTo(PlainLoop.fuse(job, table)).hasSize(30);
    assertThat(found.values()).allSatisfy(e -> assertThat(e).hasSize(16));
    assertThat(Set.copyOf(found.values())).hasSizeGreaterThan(10);
    long pictures = table.filter(col("picture").isNotNull()).count();
    assertThat(manifest.tokens().get("image")).isEqualTo(64 * pictures);
  }

  @Test
  void aPictureIsNotCutAndFlowIsRefusedBeforeTheRun() throws IOException {
    Dataset<Row> table = table();
    JobConfig cut = pictures("cut", 63).build();
    assertThatThrownBy(() -> FuseJob.run(cut, Map.of(), SparkFixture.spark(), table))
        .hasMessageContaining(
            "Invalid modalities.image.max-tokens: 63 (none: a picture's 8 x 8 pixels are taken"
                + " whole)");
    String yaml = Files.readString(Path.of("src/test/resources/models/tiny-perceiver-image.yaml"));
    String flow =
        yaml.replace("image_fourier, size: 8, labels: 3", "optical_flow, height: 8, width: 8");
    refused(
        flow,
        "Invalid model task: optical_flow (masked_lm, text_labels, image_learned, image_fourier"
            + " or image_conv, to encode records)");
    refused(
        yaml.replace("kind: pixels, size: 8, crop: 9", "kind: image, canvas: 8, patch: 1"),
        "Invalid model modalities: [image] (one of kind pixels, for task image_fourier)");
  }

  private void refused(String yaml, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("refused.yaml"), yaml);
    JobConfig job = pictures("refused", 0).model(file, 3).build();
    assertThatThrownBy(() -> FuseJob.run(job, Map.of(), SparkFixture.spark(), table()))
        .hasMessageContaining(message);
  }

  @ParameterizedTest(name = "{0} partitions, spread above {1} tokens")
  @CsvSource({"1, 65536", "2, 1", "7, 100"})
  void thePerceiverOf2021GivesTheBitsOfThePlainLoop(int partitions, long spread) {
    Dataset<Row> table = table().orderBy(rand(partitions));
    JobConfig job =
        job("2021-" + partitions, "tiny-perceiver").run(partitions, 1 << 20, spread).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    Map<String, List<Float>> found = SparkFixture.embeddings(job);
    assertThat(found).isEqualTo(PlainLoop.fuse(job, table)).hasSize(30);
    assertThat(found.values()).allSatisfy(e -> assertThat(e).hasSize(10));
    if (spread == 1) {
      assertThat(manifest.counts().spread()).as("records that were spread").isPositive();
    }
  }

  /** Texts of up to eight parts, of which no task holds all. */
  @ParameterizedTest(name = "{0} partitions")
  @CsvSource({"1", "3", "8"})
  void recordsOfSeveralPartsSpanPartitions(int partitions) {
    StructType schema = new StructType().add("id", "string").add("caption", "string");
    Dataset<Row> table =
        SparkFixture.spark()
            .createDataFrame(
                List.of(
                    RowFactory.create("short", "a river"),
                    RowFactory.create("long", "tributary ".repeat(3000)),
                    RowFactory.create("edge", "x".repeat(2 * 4096)),
                    RowFactory.create("other", "delta ".repeat(1500)),
                    // UTF-8 and UTF-16 order these two differently.
                    RowFactory.create("\uD83C\uDF0A", "wave ".repeat(1700)),
                    RowFactory.create("\uFF5E", "tilde ".repeat(1600)),
                    RowFactory.create(null, "nobody ".repeat(1400)),
                    RowFactory.create("none", null)),
                schema);
    JobConfig job =
        captions("parts" + partitions, "tiny-perceiver", 0).run(partitions, 1 << 20, 100).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    Map<String, List<Float>> found = SparkFixture.embeddings(job);
    assertThat(found).isEqualTo(PlainLoop.fuse(job, table.filter("id is not null"))).hasSize(7);
    assertThat(Set.copyOf(found.values())).hasSize(7);
    assertThat(manifest.counts().spread()).isEqualTo(5);
    assertThat(manifest.counts().quarantined()).isEqualTo(1);
  }

  @Test
  void aRecordThatTurnsOutBadAfterItsPiecesWentOutIsQuarantined() {
    Dataset<Row> table =
        SyntheticTable.frame(SparkFixture.spark(), 6, 3, 300, 0, 0, 3)
            .withColumn("caption", expr("repeat('lake ', 2000)"))
            .withColumn("picture", expr("if(id = 'r00000002', X'0102', picture)"));
    JobConfig job = job("bad", "tiny-perceiver").run(3, 1 << 20, 100).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    assertThat(manifest.counts().quarantined()).isEqualTo(1);
    assertThat(SparkFixture.embeddings(job))
        .hasSize(5)
        .isEqualTo(PlainLoop.fuse(job, table.filter("id <> 'r00000002'")));
  }
}
