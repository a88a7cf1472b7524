package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import tributary.config.Problems;
import tributary.config.TestJob;

/** Refused before the run: one message that says what, where and what to do. */
class PreflightTest {
  @TempDir Path folder;

  private static Dataset<Row> table() {
    return SparkFixture.spark()
        .sql("select 'a' as id, 'text' as caption, 1 as number, array(1f, 2f) as floats");
  }

  private TestJob job() {
    return TestJob.in(folder).columns("text", "caption");
  }

  private List<String> problems(JobConfig job) {
    return Preflight.check(job, SparkFixture.spark(), table()).problems();
  }

  @Test
  void aGoodJobIsReportedAndNothingIsWrong() {
    Preflight preflight = Preflight.check(job().build(), SparkFixture.spark(), table());
    assertThat(preflight.problems()).isEmpty();
    assertThat(preflight.report())
        .anyMatch(l -> l.startsWith("model ") && l.contains("elastic"))
        .anyMatch(l -> l.startsWith("model hash"))
        .anyMatch(l -> l.contains("RANDOM WEIGHTS"))
        .anyMatch(l -> l.startsWith("kernels ") && l.contains("oneDNN"))
        .anyMatch(l -> l.startsWith("memory "));
  }

  @Test
  void columnsThatAreNotThereNameTheNearest() {
    assertThat(problems(job().id("idd").columns("text", "captoin").build()))
        .containsExactly(
            "Invalid id: idd (a column of the input, or an expression over [id, caption, number, floats]; did you mean id?)",
            "Invalid modalities.text.column: captoin (a column of the input, or an expression over [id, caption, number, floats]; did you mean caption?)");
  }

  @Test
  void wrongTypesAndUnknownModalitiesAreToldTogether() {
    JobConfig job =
        job()
            .columns("text", "number", "series", "floats", "audio", "floats", "texts", "caption")
            .build();
    assertThat(problems(job))
        .containsExactly(
            "Invalid modalities.text.column: number of type int (text takes string or binary)",
            "Invalid modalities.series.column: floats of type array<float> (series takes array<struct<t: timestamp or number, values: array<double>>>)",
            "Invalid modalities.audio.rate: none (sound given as an array needs samples a second: a number or a column)",
            "Invalid modalities.texts: texts (a modality of the model, one of [text, image, audio, series, vectors, points]; did you mean text?)");
  }

  @Test
  void whatHasATypeAloneButNotTogetherIsRefused() {
    assertThat(problems(job().keep("count(1)").build()))
        .singleElement()
        .asString()
        .startsWith("Invalid input: ");
    assertThat(
            problems(
                job()
                    .columns()
                    .column("audio", new Column("floats", Column.From.VALUE, null, "floats", 0))
                    .build()))
        .containsExactly("Invalid modalities.audio.rate: floats of type array<float> (a number)");
  }

  @Test
  void anOutputThatExistsIsRefused() throws IOException {
    Path there = Files.createDirectories(folder.resolve("there"));
    Sink sink = new Sink("parquet", there.toString(), Sink.Mode.ERROR, Map.of());
    assertThat(problems(job().output(sink).build()))
        .containsExactly(
            "Invalid output.path: "
                + there
                + " (exists already; remove it, choose another path, or set output.mode to overwrite, append or merge)");
    assertThat(there).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x[1]", "a*b", "{y}", "t12:30"})
  void aNameThatCannotBeReadAgainIsRefused(String name) {
    for (Sink.Mode mode : List.of(Sink.Mode.ERROR, Sink.Mode.MERGE)) {
      Sink sink = new Sink("parquet", folder.resolve(name).toString(), mode, Map.of());
      assertThat(problems(job().output(sink).build()))
          .anyMatch(p -> p.startsWith("Invalid output.path: " + folder.resolve(name) + " (a "));
    }
  }

  /** A table comes to its place by a rename, which would take the link's. */
  @Test
  void aLinkIsNoPlaceForATable() throws IOException {
    Path there = Files.createDirectory(folder.resolve("disk"));
    for (String target : List.of("disk", "not-mounted")) {
      Path link = Files.createSymbolicLink(folder.resolve("to-" + target), Path.of(target));
      assertThat(problems(job().output(TestJob.sink(link)).build()))
          .contains(
              "Invalid output.path: %s (a folder, or nothing yet: it is a link, which a table would replace; name %s)"
                  .formatted(link, folder.resolve(target)));
    }
    assertThat(there).isEmptyDirectory();
  }

  @Test
  void aFileIsNoPlaceForATable() throws IOException {
    Path file = Files.writeString(folder.resolve("precious.txt"), "mine");
    assertThat(problems(job().output(TestJob.sink(file)).checkpoint(file).build()))
        .contains(
            "Invalid output.path: " + file + " (a folder, or nothing yet: a file is there)",
            "Invalid run.checkpoint: " + file + " (a folder, or nothing yet: a file is there)");
    assertThat(file).hasContent("mine");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    Sink sink = TestJob.sink(file.resolve("out"));
    assertThat(problems(job().output(sink).build()))
        .singleElement()
        .asString()
        .startsWith(
            "Invalid output.path: " + file.resolve("out") + " (a place that can be written: ");
  }

  @Test
  void aGpuThatIsNotThereIsRefused() {
    assertThat(problems(job().kernels("cuda").build()))
        .containsExactly(
            "Invalid kernels: cuda (Cannot use kernels cuda: this build has no CUDA backend (set kernels to cpu, java or auto))");
  }

  @Test
  void batchesThatDoNotFitTheMemoryAreRefused() {
    assertThat(problems(job().run(0, 1L << 40, 1000).build()))
        .singleElement()
        .asString()
        .startsWith("Invalid run.batch-bytes: 1099511627776 (with 2 tasks a JVM")
        .endsWith("lower it or give executors more memory)");
  }

  @Test
  void unknownFormatsAreRefused() {
    Sink sink = new Sink("parket", folder.resolve("out").toString(), Sink.Mode.ERROR, Map.of());
    assertThat(problems(job().output(sink).build()))
        .singleElement()
        .asString()
        .startsWith("Invalid output.format: parket (a format that Spark can load: ");
  }

  @Test
  void aBrokenFileIsRefusedInOneSentenceBeforeTheRunAndInIt() throws IOException {
    Path in = Files.createDirectories(folder.resolve("in"));
    Path broken = Files.writeString(in.resolve("broken.parquet"), "PAR1 and no more of it");
    JobConfig job = job().input("parquet", in, Map.of()).build();
    assertThatThrownBy(() -> FuseJob.run(job, Map.of(), SparkFixture.spark()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageStartingWith("Cannot read input file:" + broken + ": file:" + broken)
        .hasMessageContaining("is not a Parquet file")
        .hasMessageNotContaining("\n");
    // With a schema of the job's own nobody looks into the file before the tasks do.
    JobConfig two = job().input("parquet", in, Map.of(), "id string, caption string").build();
    assertThatThrownBy(() -> FuseJob.run(two, Map.of(), SparkFixture.spark()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageStartingWith("Cannot read input file://" + broken + ": file:" + broken)
        .hasMessageContaining("is not a Parquet file");
    assertThat(Path.of(job.output().path())).doesNotExist();
    assertThat(Path.of(job.quarantine().path())).doesNotExist();
  }

  @Test
  void aRateThatIsNoneIsRefused() {
    for (String rate : List.of("0", "-8000", "NaN", "1e300")) {
      Column floats = new Column("floats", Column.From.VALUE, null, rate, 0);
      assertThat(problems(job().columns().column("audio", floats).build()))
          .containsExactly(
              "Invalid modalities.audio.rate: " + rate + " (1 to 2147483647 samples a second)");
    }
  }

  @Test
  void aPlaceOnAFileSystemWithoutItsLibraryIsRefused() {
    Sink sink = new Sink("parquet", "s3a://bucket/out", Sink.Mode.ERROR, Map.of());
    assertThat(problems(job().output(sink).build()))
        .singleElement()
        .asString()
        .startsWith(
            "Invalid output.path: s3a://bucket/out (a place that can be written: no library for the file system s3a (add it, such as --packages org.apache.hadoop:hadoop-aws:3.");
  }

  @Test
  void anInputThatIsNotThereIsRefused() {
    JobConfig job = job().input("parquet", folder.resolve("nowhere"), Map.of()).build();
    assertThatThrownBy(() -> FuseJob.run(job, Map.of(), SparkFixture.spark()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining(
            "Cannot open input: parquet " + folder.resolve("nowhere") + ": [PATH_NOT_FOUND]");
  }

  private JobConfig pictures(String base) {
    return job()
        .columns()
        .column("image", new Column("path", Column.From.PATH, base, null, 0))
        .build();
  }

  private static Dataset<Row> paths(String... paths) {
    return SparkFixture.spark()
        .sql(
            "select path as id, path from values ('"
                + String.join("'), ('", paths)
                + "') as t(path)");
  }

  @Test
  void theFirstPathsAreTried() throws IOException {
    Files.writeString(folder.resolve("a.png"), "no picture, but a file");
    JobConfig job = pictures(folder.toString());
    Preflight good = Preflight.check(job, SparkFixture.spark(), paths("a.png", "a.png"));
    assertThat(good.report()).contains("  image      column path, a path: the first 2 open");
    assertThat(good.warnings()).isEmpty();

    Preflight some =
        Preflight.check(job, SparkFixture.spark(), paths("a.png", "b.png", ".", "c.png", "d.png"));
    assertThat(some.problems()).isEmpty();
    assertThat(some.report())
        .contains("  image      column path, a path: 2 of the first 3 can't be opened");
    assertThat(some.warnings())
        .containsExactly(
            "modalities.image: 2 of the first 3 can't be opened, such as file:"
                + folder
                + "/b.png: no such file; relative paths start from file:"
                + folder
                + " (modalities.image.base)");
  }

  @Test
  void aBaseThatIsNotThereIsRefused() {
    String base = folder.resolve("none").toString();
    assertThat(Preflight.check(pictures(base), SparkFixture.spark(), paths("a")).problems())
        .containsExactly(
            "Invalid modalities.image.base: "
                + base
                + " (a folder that is there: relative paths start from it)");
  }

  @Test
  void whatCouldNotBeReadIsNamedAtTheEnd() {
    Dataset<Row> table = paths("x/a.png", "y/b.png");
    JobConfig job = pictures(folder.toString());
    String said =
        "2 records name files that can't be read, such as id x/a.png, column path: Cannot read file:"
            + folder
            + "/x/a.png: ";
    assertThat(FuseJob.run(job, Map.of(), SparkFixture.spark(), table).warnings())
        .anyMatch(w -> w.startsWith(said));
    JobConfig strict =
        TestJob.in(folder.resolve("strict"))
            .columns()
            .column("image", new Column("path", Column.From.PATH, folder.toString(), null, 0))
            .errors(0.5, JobConfig.Errors.Duplicates.FAIL)
            .build();
    assertThatThrownBy(() -> FuseJob.run(strict, Map.of(), SparkFixture.spark(), table))
        .hasMessageContaining("2 of 2 records quarantined")
        .hasMessageContaining("; " + said);
  }
}
