package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.write.Outcome;
import tributary.write.RunManifest;

/** A run that is started again encodes what the one before it did not finish, to the same bits. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
final class CheckpointTest {
  private static final int RECORDS = 40;
  private static final int BAD = 4;

  /** The files of the input, whole: a run that is cut as {@link #job} cuts it. */
  private static final String ALL = "all";

  /** A run that stops while the records are merged that were spread over the tasks. */
  private static final String LATE = "late";

  private static final String CODE = "spark.sql.codegen.wholeStage";

  @TempDir static Path folder;
  private RunManifest whole;

  @BeforeAll
  void runWithoutACheckpoint() throws IOException {
    SyntheticTable.write(
        SparkFixture.spark(), RECORDS, 5, 400, 0.2, BAD, folder.resolve("in").toString());
    CountingSource source = CountingSource.all();
    whole = run(job(ALL).build(), source);
    assertThat(whole.counts().quarantined()).isEqualTo(BAD);
    assertThat(whole.counts().spread()).isPositive();
    assertThat(source.finished()).isEqualTo(RECORDS - BAD);
    stopped(LATE, 35);
  }

  private static TestJob job(String name) {
    return TestJob.in(folder.resolve(name))
        .input("parquet", folder.resolve("in"), Map.of())
        .keep("label")
        .run(4, 1 << 20, 200);
  }

  private static TestJob resumed(String name, int partitions) {
    return job(name).run(partitions, 1 << 18, 200).checkpoint(checkpoint(name));
  }

  private static Path checkpoint(String name) {
    return folder.resolve(name).resolve("checkpoint");
  }

  private static RunManifest run(JobConfig job, CountingSource source) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark(), source);
  }

  private static List<String> rows(JobConfig.Sink sink) {
    return SparkFixture.spark().read().parquet(sink.path()).drop("run_id").collectAsList().stream()
        .map(Row::toString)
        .sorted()
        .toList();
  }

  private static void isWhole(JobConfig job, JobConfig whole) {
    assertThat(rows(job.output())).isEqualTo(rows(whole.output()));
    assertThat(rows(job.quarantine())).isEqualTo(rows(whole.quarantine()));
  }

  /** Runs a job until so many records are finished; gives the portions that it put down. */
  private static List<Path> stopped(String name, int most) throws IOException {
    JobConfig job = job(name).checkpoint(checkpoint(name)).build();
    assertThatThrownBy(() -> run(job, CountingSource.upTo(most)))
        .hasStackTraceContaining("stopped");
    assertThat(Path.of(job.output().path())).doesNotExist();
    return portions(name);
  }

  /** As if a job had been stopped like another: its portions, copied. */
  private static List<Path> stoppedLike(String other, String name) throws IOException {
    Files.createDirectories(checkpoint(name).getParent());
    try (Stream<Path> files = Files.walk(checkpoint(other))) {
      for (Path file : files.toList()) {
        Files.copy(file, checkpoint(name).resolve(checkpoint(other).relativize(file)));
      }
    }
    return portions(name);
  }

  private static List<Path> portions(String name) throws IOException {
    try (Stream<Path> files = Files.walk(checkpoint(name))) {
      return files.filter(f -> f.getFileName().toString().startsWith("portion-")).sorted().toList();
    }
  }

  /** Records with an embedding among portions, each once; quarantined ones are counted apart. */
  private static long embedded(JobConfig job, List<Path> portions, boolean embedded)
      throws IOException {
    List<Staged.Finished> records = new ArrayList<>();
    for (Path portion : portions) {
      records.addAll(CheckpointPortion.read(Files.readAllBytes(portion), plan(job)).records());
    }
    return records.stream()
        .filter(r -> r.outcome() instanceof Outcome.Embedded == embedded)
        .map(Staged.Finished::contentHash)
        .distinct()
        .count();
  }

  private static CheckpointPlan plan(JobConfig job) {
    Prepared prepared = Preflight.check(job, SparkFixture.spark()).prepared();
    return Checkpoint.of(job, SparkFixture.spark(), prepared).orElseThrow().plan();
  }

  @AfterEach
  void generateCode() {
    SparkFixture.spark().conf().unset(CODE);
  }

  /**
   * The second stops while the records are merged that were spread over the tasks, and goes on as
   * Spark does where a table has too many columns for its generated code.
   */
  @ParameterizedTest(name = "after {0} records, then {1} partitions, generated code: {2}")
  @CsvSource({"20, 1, true", "35, 7, false"})
  void theRerunDoesWhatIsMissing(int most, int partitions, String code) throws IOException {
    SparkFixture.spark().conf().set(CODE, code);
    String name = "rerun" + most;
    List<Path> portions = most == 35 ? stoppedLike(LATE, name) : stopped(name, most);
    JobConfig job = resumed(name, partitions).build();
    long finished = embedded(job, portions, true);
    assertThat(finished).isBetween(1L, (long) most);
    assertThat(embedded(job, portions, false)).as("quarantined").isPositive();
    CountingSource source = CountingSource.all();
    RunManifest manifest = run(job, source);
    assertThat(source.finished()).isEqualTo(RECORDS - BAD - finished);
    assertThat(manifest.counts().in()).isEqualTo(RECORDS);
    assertThat(manifest.counts().out()).isEqualTo(RECORDS - BAD);
    assertThat(manifest.counts().unchanged()).isZero();
    assertThat(manifest.inputHash()).isEqualTo(whole.inputHash());
    assertThat(manifest.tokens()).isEqualTo(whole.tokens());
    isWhole(job, job(ALL).build());
    assertThat(checkpoint(name)).doesNotExist();
  }

  @Test
  void whatIsCutOrChangedOrDoubledDoesNoHarm() throws IOException {
    List<Path> portions = stoppedLike(LATE, "harmed");
    assertThat(portions).hasSizeGreaterThan(3);
    byte[] cut = Files.readAllBytes(portions.get(0));
    Files.write(portions.get(0), Arrays.copyOf(cut, cut.length - 3));
    byte[] changed = Files.readAllBytes(portions.get(1));
    changed[changed.length - 40] ^= 1;
    Files.write(portions.get(1), changed);
    Path beside = portions.get(0).getParent();
    Files.copy(portions.get(2), beside.resolve("portion-doubled"));
    Files.write(beside.resolve("portion-none"), new byte[] {1, 2, 3});
    Files.write(beside.resolve(".portion-half"), cut);
    JobConfig job = resumed("harmed", 3).build();
    long finished = embedded(job, portions, true);
    CountingSource source = CountingSource.all();
    run(job, source);
    assertThat(source.finished()).isEqualTo(RECORDS - BAD - finished);
    isWhole(job, job(ALL).build());
    assertThat(checkpoint("harmed")).doesNotExist();
  }

  @Test
  void anotherRecipeAndOtherRecordsAreEncodedAnew() throws IOException {
    int portions = stoppedLike(LATE, "other").size();
    TestJob limited = resumed("other", 3).column("text", TestJob.value("caption", 5));
    CountingSource source = CountingSource.all();
    run(limited.build(), source);
    assertThat(source.finished()).isEqualTo(RECORDS - BAD);
    JobConfig plain = job("limited").column("text", TestJob.value("caption", 5)).build();
    run(plain, CountingSource.all());
    isWhole(limited.build(), plain);

    TestJob of = resumed("other", 3).where("id > 'r'").columns("text", "id");
    assertThat(run(of.build(), source).counts().quarantined()).isZero();
    JobConfig ofAll = job("texts").where("id > 'r'").columns("text", "id").build();
    run(ofAll, source);
    isWhole(of.build(), ofAll);
    assertThat(portions).isPositive();
  }

  @Test
  void aFolderThatCantBeWrittenIsRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    JobConfig job = job("refused").checkpoint(file.resolve("checkpoint")).build();
    assertThatThrownBy(() -> run(job, CountingSource.all()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("Invalid run.checkpoint: " + file.resolve("checkpoint"));
  }
}
