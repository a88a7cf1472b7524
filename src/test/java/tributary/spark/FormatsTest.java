package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Column;
import tributary.config.JobConfig.Sink;
import tributary.config.TestJob;
import tributary.synthetic.SyntheticRecord;
import tributary.synthetic.SyntheticRecords;
import tributary.tensor.Precision;
import tributary.write.RunManifest;

/** Sources and sinks by the name of their format; payloads by path; appending. */
class FormatsTest {
  @TempDir Path folder;

  private TestJob job() {
    return TestJob.in(folder).columns("text", "caption");
  }

  private Sink append() {
    return new Sink("parquet", folder.resolve("out").toString(), Sink.Mode.APPEND, Map.of());
  }

  private static Dataset<Row> captions() {
    return SparkFixture.spark()
        .range(20)
        .selectExpr(
            "cast(id as string) as id", "concat('caption \"', id, '\", with a comma') as caption");
  }

  private static RunManifest run(JobConfig job) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark());
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "json", "csv", "tsv"})
  void inAndOut(String name) {
    boolean text = name.endsWith("sv");
    String format = text ? "csv" : name;
    Map<String, String> options =
        name.equals("tsv")
            ? Map.of("sep", "\t", "escape", "\"")
            : text ? Map.of("escape", "\"") : Map.of();
    Path in = folder.resolve("in");
    captions().write().format(format).options(options).save(in.toString());
    JobConfig parquet =
        job().keep("caption").output(TestJob.sink(folder.resolve("expected"))).build();
    FuseJob.run(parquet, Map.of(), SparkFixture.spark(), captions());
    Map<String, List<Float>> expected = SparkFixture.embeddings(parquet);

    Map<String, String> header = text ? Map.of("header", "true") : Map.of();
    JobConfig job =
        job()
            .input(format, in, options, text ? "id string, caption string" : null)
            .keep("caption")
            .output(new Sink(format, folder.resolve("out").toString(), Sink.Mode.ERROR, header))
            .build();
    assertThat(run(job).counts().out()).isEqualTo(20);
    Dataset<Row> table =
        SparkFixture.spark().read().format(format).options(header).load(job.output().path());
    if (text) {
      table =
          table.withColumn(
              "embedding",
              org.apache.spark.sql.functions.from_json(col("embedding"), "array<float>", Map.of()));
    }
    Map<String, List<Float>> found = new LinkedHashMap<>();
    for (Row row :
        table
            .select(col("id"), col("embedding").cast("array<float>"))
            .orderBy("id")
            .collectAsList()) {
      found.put(row.getString(0), row.getList(1));
    }
    assertThat(found).isEqualTo(expected);
    assertThat(table.columns()).contains("caption", "model_hash", "input_hash", "run_id");
  }

  @Test
  void payloadsByPathAndAPathThatLeadsNowhere() throws IOException {
    SyntheticRecords records = new SyntheticRecords(1, 6, 200, 0, 0);
    StringBuilder rows = new StringBuilder();
    Path data = Files.createDirectories(folder.resolve("data/pictures"));
    for (int i = 0; i < 6; i++) {
      SyntheticRecord r = records.record(i);
      Files.write(data.resolve(i + ".png"), java.util.Objects.requireNonNull(r.picture()));
      rows.append(r.id())
          .append('\t')
          .append(i == 4 ? "pictures/nowhere.png" : i == 5 ? "" : "pictures/" + i + ".png")
          .append('\n');
    }
    Path tsv = Files.writeString(folder.resolve("data/rows.tsv"), rows);
    JobConfig job =
        job()
            .input("csv", tsv, Map.of("sep", "\t"), "id string, path string")
            .columns()
            .column("image", new Column("path", Column.From.PATH, null, null, 0))
            .build();
    RunManifest manifest = run(job);
    assertThat(manifest.counts().reasons()).isEqualTo(Map.of("MISSING_FILE", 1L));
    assertThat(manifest.tokens()).isEqualTo(Map.of("image", 4L * 16));
    assertThat(manifest.counts().out()).isEqualTo(5);
  }

  @Test
  void appendingTwiceMakesNoSecondCopy() {
    JobConfig job = job().output(append()).build();
    assertThat(
            FuseJob.run(job, Map.of(), SparkFixture.spark(), captions().filter("id < 10"))
                .counts()
                .out())
        .isEqualTo(10);
    RunManifest again = FuseJob.run(job, Map.of(), SparkFixture.spark(), captions());
    assertThat(again.counts().unchanged()).isEqualTo(10);
    assertThat(again.counts().out()).isEqualTo(10);
    assertThat(SparkFixture.spark().read().parquet(append().path()).count()).isEqualTo(20);
  }

  @Test
  void aRowOfAnotherPrecisionIsAnotherRow() {
    JobConfig exact = job().output(append()).build();
    JobConfig rounded =
        job().output(append()).kernels("java").precision(Precision.BFLOAT16).build();
    FuseJob.run(exact, Map.of(), SparkFixture.spark(), captions());
    RunManifest other = FuseJob.run(rounded, Map.of(), SparkFixture.spark(), captions());
    assertThat(other.counts().out()).isEqualTo(20);
    assertThat(FuseJob.run(rounded, Map.of(), SparkFixture.spark(), captions()).counts().out())
        .isZero();
    String hash = other.model().hash();
    assertThat(
            SparkFixture.spark()
                .read()
                .parquet(append().path())
                .select("model_hash")
                .distinct()
                .collectAsList())
        .extracting(r -> r.getString(0))
        .containsExactlyInAnyOrder(hash, hash + "-bfloat16");
  }

  @Test
  void aRerunGivesTheSameTableAndHashes() {
    JobConfig job = job().build();
    RunManifest first = FuseJob.run(job, Map.of("a", "b"), SparkFixture.spark(), captions());
    List<Row> rows =
        SparkFixture.spark().read().parquet(job.output().path()).orderBy("id").collectAsList();
    RunManifest second =
        FuseJob.run(job, Map.of("a", "b"), SparkFixture.spark(), captions().repartition(7));
    assertThat(
            SparkFixture.spark().read().parquet(job.output().path()).orderBy("id").collectAsList())
        .isEqualTo(rows);
    assertThat(second.inputHash()).isEqualTo(first.inputHash());
    assertThat(second.runId()).isEqualTo(first.runId());
  }
}
