package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Column;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.synthetic.SyntheticRecords;
import tributary.write.RunManifest;

/**
 * Small tables that other programs wrote and that once ended the job, or gave a wrong table without
 * a word. Each stands for a kind.
 */
class StrangeTablesTest {
  private static final Path TABLES = Path.of("src/test/resources/tables");

  @TempDir Path folder;

  /** The table, beside the files that it names. */
  private Path table(String name) throws IOException {
    return Files.copy(TABLES.resolve(name), folder.resolve(name));
  }

  private TestJob job(String name) throws IOException {
    return TestJob.in(folder.resolve("job")).input("parquet", table(name), Map.of());
  }

  private static RunManifest run(JobConfig job) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark());
  }

  private static List<Row> quarantined(JobConfig job) {
    return SparkFixture.spark().read().parquet(job.quarantine().path()).collectAsList();
  }

  private static byte[] picture() {
    byte[] picture = new SyntheticRecords(1, 1, 200, 0, 0).record(0).picture();
    return java.util.Objects.requireNonNull(picture);
  }

  private static TestJob pictures(TestJob job) {
    return job.columns().column("image", new Column("pic", Column.From.PATH, null, null, 0));
  }

  @Test
  void aFileNameWithAColonIsNoAddress() throws IOException {
    for (String name : List.of("a.png", "2024-01-01T12:30:00.png", "a b.png")) {
      Files.write(folder.resolve(name), picture());
    }
    RunManifest all = run(pictures(job("p_colon.parquet")).build());
    assertThat(all.counts().reasons()).isEmpty();
    assertThat(all.counts().out()).isEqualTo(all.counts().in());

    Files.delete(folder.resolve("2024-01-01T12:30:00.png"));
    Files.delete(folder.resolve("p_colon.parquet"));
    JobConfig job = pictures(job("p_colon.parquet")).build();
    assertThat(run(job).counts().reasons()).isEqualTo(Map.of("MISSING_FILE", 1L));
    assertThat(quarantined(job))
        .singleElement()
        .satisfies(r -> assertThat(r.<String>getAs("column")).isEqualTo("pic"))
        .satisfies(r -> assertThat(r.<String>getAs("detail")).contains("2024-01-01T12:30:00.png"));
  }

  @Test
  void aFileWhoseLengthNobodyKnowsIsReadToItsEnd() throws IOException {
    Files.write(folder.resolve("a.png"), picture());
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/a.png",
        exchange -> {
          exchange.sendResponseHeaders(200, picture().length);
          exchange.getResponseBody().write(picture());
          exchange.close();
        });
    server.start();
    try {
      String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/a.png";
      Dataset<Row> table =
          SparkFixture.spark()
              .sql(
                  "values ('near', '%s'), ('far', '%s') as t(id, pic)"
                      .formatted(folder.resolve("a.png"), address));
      JobConfig job = pictures(TestJob.in(folder.resolve("job"))).build();
      assertThat(FuseJob.run(job, Map.of(), SparkFixture.spark(), table).counts().reasons())
          .isEmpty();
      assertThat(SparkFixture.embeddings(job).values().stream().distinct()).hasSize(1);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aFileSystemWithoutItsLibraryIsNamedWithWhatToAdd() throws IOException {
    Files.write(folder.resolve("a.png"), picture());
    JobConfig job = pictures(job("p_s3a.parquet")).build();
    assertThat(run(job).counts().reasons()).isEqualTo(Map.of("MISSING_FILE", 1L));
    assertThat(quarantined(job))
        .singleElement()
        .satisfies(r -> assertThat(r.<String>getAs("column")).isEqualTo("pic"))
        .satisfies(
            r ->
                assertThat(r.<String>getAs("detail"))
                    .startsWith(
                        "Cannot read s3a://bucket/a.png of column pic: no library for the file system s3a (add it, such as --packages org.apache.hadoop:hadoop-aws:3."));
  }

  @ParameterizedTest
  @CsvSource({"s_null.parquet, ''", "s_nulldata.parquet, NULL_VALUE"})
  void aPictureMayBeNullAndWhatItHoldsMayNot(String name, String reason) throws IOException {
    JobConfig job = job(name).columns("image", "image").build();
    RunManifest manifest = run(job);
    assertThat(manifest.counts().reasons())
        .isEqualTo(reason.isEmpty() ? Map.of() : Map.of(reason, 1L));
    assertThat(manifest.counts().out() + manifest.counts().quarantined())
        .isEqualTo(manifest.counts().in());
    assertThat(quarantined(job))
        .allSatisfy(r -> assertThat(r.<String>getAs("column")).isEqualTo("image"))
        .allSatisfy(r -> assertThat(r.<String>getAs("payload_digest")).hasSize(64));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void idsOfBytesStayApart(int partitions) throws IOException {
    JobConfig job =
        job("id_bin.parquet").columns("text", "text").run(partitions, 1 << 20, 1 << 16).build();
    assertThat(run(job).counts().out()).isEqualTo(4);
    assertThat(SparkFixture.embeddings(job).keySet())
        .hasSize(4)
        .allSatisfy(id -> assertThat(id).matches("[0-9A-F]{32}"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void idsOfBytesStayApartInParts(int partitions) throws IOException {
    JobConfig job =
        job("id_bin_part.parquet")
            .part("n")
            .columns("text", "text")
            .run(partitions, 1 << 20, 1 << 16)
            .build();
    RunManifest.Counts counts = run(job).counts();
    assertThat(counts.in()).isEqualTo(2);
    assertThat(counts.out()).isEqualTo(2);
    assertThat(SparkFixture.embeddings(job)).hasSize(2);
  }

  @Test
  void partsAreOrderedByNumberOrRefused() throws IOException {
    JobConfig job = job("part_str.parquet").part("n").columns("text", "text").build();
    assertThatThrownBy(() -> run(job))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(
            "Invalid part: n of type string (a number, date or timestamp, for parts have an order: try_cast(n as bigint) or try_cast(n as timestamp))");
    JobConfig numbers = job("part_int.parquet").part("n").columns("text", "text").build();
    assertThat(run(numbers).counts().out()).isEqualTo(1);
    JobConfig cast =
        TestJob.in(folder.resolve("cast"))
            .input("parquet", folder.resolve("part_str.parquet"), Map.of())
            .part("cast(n as int)")
            .columns("text", "text")
            .build();
    run(cast);
    assertThat(SparkFixture.embeddings(cast)).isEqualTo(SparkFixture.embeddings(numbers));
  }

  @ParameterizedTest
  @ValueSource(strings = {"quarantine", "fail"})
  void rowsThatAFormatDropsAreNotCounted(String duplicates) throws IOException {
    JobConfig job =
        TestJob.in(folder.resolve("job"))
            .input(
                "csv",
                table("bad.csv"),
                Map.of("header", "true", "mode", "DROPMALFORMED"),
                "id STRING, n INT, text STRING")
            .columns("text", "text")
            .keep("n")
            .errors(
                1,
                JobConfig.Errors.Duplicates.valueOf(duplicates.toUpperCase(java.util.Locale.ROOT)))
            .build();
    RunManifest.Counts counts = run(job).counts();
    assertThat(counts.in()).isEqualTo(2);
    assertThat(counts.out()).isEqualTo(2);
    assertThat(SparkFixture.embeddings(job)).containsOnlyKeys("1", "5");
  }
}
