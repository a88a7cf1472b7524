package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Column;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** Of a folder of files those are read that changed, and the table is that of a whole run. */
@NullUnmarked
final class FileChangesTest {
  @TempDir Path folder;
  private int rebuilds;

  /** A day, so that files of two days are in two folders; an odd one must be escaped. */
  private Path file(String day, String name) {
    return folder.resolve("in").resolve("day=" + day).resolve(name + ".json");
  }

  /** Writes a file as of an hour ago, so that it is not young. */
  private void write(Path file, String... idsAndCaptions) throws IOException {
    Files.createDirectories(file.getParent());
    List<String> lines = new ArrayList<>();
    for (String record : idsAndCaptions) {
      String[] parts = record.split("=");
      lines.add("{\"id\": \"%s\", \"caption\": \"%s\"}".formatted(parts[0], parts[1]));
    }
    Files.write(file, lines);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
  }

  private TestJob job(String name, boolean changes) {
    return TestJob.in(folder.resolve("beside-" + name))
        .input("json", folder.resolve("in"), Map.of())
        .changes(changes)
        .columns("text", "caption")
        .keep("day")
        .run(2, 1 << 20, 1 << 16)
        .output(TestJob.merged(folder.resolve(name), Deletes.REMOVE))
        .errors(1, JobConfig.Errors.Duplicates.QUARANTINE);
  }

  private RunManifest changes() {
    return run(job("out", true).build());
  }

  private static RunManifest run(JobConfig job) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark());
  }

  private static Map<String, Row> rows(String path) {
    Map<String, Row> rows = new TreeMap<>();
    Dataset<Row> table = SparkFixture.spark().read().parquet(path).drop("run_id");
    table.collectAsList().forEach(r -> rows.put(r.getAs("id"), r));
    return rows;
  }

  /** Output and account are those of a run that reads all. */
  private void isWhole(RunManifest got) {
    JobConfig whole = job("whole" + rebuilds++, false).build();
    RunManifest wanted = run(whole);
    assertThat(rows(folder.resolve("out").toString())).isEqualTo(rows(whole.output().path()));
    assertThat(got.inputHash()).isEqualTo(wanted.inputHash());
    assertThat(got.counts().in()).isEqualTo(wanted.counts().in());
    assertThat(got.counts().reasons()).isEqualTo(wanted.counts().reasons());
  }

  /** The ids alone of rows that are left out for another column would be more than there are. */
  @Test
  void ofAFormThatDropsRowsAllIsRead() throws IOException {
    threeFiles();
    JobConfig job =
        job("out", true)
            .input("json", folder.resolve("in"), Map.of("mode", "DROPMALFORMED"))
            .changes(true)
            .build();
    run(job);
    write(file("2", "d"), "r6=six");
    RunManifest got = run(job);
    assertThat(got.read().since()).isNull();
    assertThat(got.counts().out()).isEqualTo(1);
    isWhole(got);
  }

  /** JSON of no rows is an empty file, which has no columns. */
  @Test
  void aQuarantineOfNoRowsInJsonIsOne() throws IOException {
    write(file("1", "a"), "r1=one", "r2=two");
    JobConfig.Sink rows = TestJob.sink(folder.resolve("out.quarantine"));
    JobConfig.Sink json = new JobConfig.Sink("json", rows.path(), rows.mode(), Map.of());
    JobConfig job = job("out", true).quarantine(json).build();
    String first = run(job).read().version();
    write(file("1", "b"), "r3=three");
    RunManifest more = run(job);
    assertThat(more.read().since()).isEqualTo(first);
    isWhole(more);
  }

  private void threeFiles() throws IOException {
    write(file("1", "a"), "r1=one", "r2=two", "twice=first");
    write(file("1", "b"), "r3=three", "twice=second");
    write(file("2", "c [1]"), "r4=four", "r5=five");
  }

  @Test
  void newChangedAndGoneFilesAreSeen() throws IOException {
    threeFiles();
    RunManifest first = changes();
    assertThat(first.read().since()).isNull();

    RunManifest nothing = changes();
    assertThat(nothing.read().since()).isEqualTo(first.read().version());
    assertThat(nothing.counts().unchanged()).isEqualTo(5);
    assertThat(nothing.counts().reasons()).isEqualTo(first.counts().reasons());
    assertThat(nothing.inputHash()).isEqualTo(first.inputHash());
    assertThat(nothing.seconds()).as("nothing was read").doesNotContainKeys("changes", "encode");

    write(file("2", "d"), "r6=six", "r1=again");
    write(file("2", "c [1]"), "r4=other", "r7=seven");
    RunManifest more = changes();
    assertThat(more.read().since()).isEqualTo(first.read().version());
    assertThat(more.counts().out()).as("r4, r6, r7").isEqualTo(3);
    assertThat(more.counts().reasons()).containsEntry("DUPLICATE_ID", 4L);
    isWhole(more);

    Files.delete(file("1", "b"));
    RunManifest less = changes();
    assertThat(less.read().since()).isEqualTo(more.read().version());
    assertThat(rows(folder.resolve("out").toString()))
        .containsOnlyKeys("r2", "r4", "r6", "r7", "twice");
    isWhole(less);
    try (Stream<Path> notes = Files.list(folder.resolve("out.runs"))) {
      assertThat(notes.filter(p -> p.getFileName().toString().startsWith("_input-"))).hasSize(1);
    }
  }

  @Test
  void filesThatDidNotChangeAreNotDecoded() throws IOException {
    threeFiles();
    changes();
    write(file("1", "a"), "r1=ONE", "r2=two", "twice=first");
    Instant then = Instant.now().minusSeconds(3600);
    Files.setLastModifiedTime(file("1", "a"), FileTime.from(then));
    RunManifest seen = changes();
    assertThat(seen.counts().out()).as("another time").isEqualTo(1);

    FileTime time = Files.getLastModifiedTime(file("1", "a"));
    write(file("1", "a"), "r1=two", "r2=two", "twice=first");
    Files.setLastModifiedTime(file("1", "a"), time);
    RunManifest unseen = changes();
    assertThat(unseen.counts().out()).as("the same length and time").isZero();
  }

  @Test
  void aYoungFileIsLookedAtAgain() throws IOException {
    threeFiles();
    Path young = file("1", "b");
    Instant ahead = Instant.now().plusSeconds(600);
    Files.setLastModifiedTime(young, FileTime.from(ahead));
    changes();
    write(young, "r3=THREE", "twice=second");
    Files.setLastModifiedTime(young, FileTime.from(ahead));
    RunManifest seen = changes();
    assertThat(seen.counts().out()).isEqualTo(1);
    isWhole(seen);
  }

  /** What was quarantined may be found by another try, though the table is the same. */
  @Test
  void aFileThatWasMissingIsLookedForAgain() throws IOException {
    Path text = folder.resolve("text.txt");
    write(file("1", "a"), "r1=" + text);
    TestJob job =
        job("out", true)
            .columns()
            .column("text", new Column("caption", Column.From.PATH, null, null, 0));
    assertThat(run(job.build()).counts().reasons()).containsEntry("MISSING_FILE", 1L);
    assertThat(run(job.build()).counts().reasons()).containsEntry("MISSING_FILE", 1L);
    Files.writeString(text, "there now");
    assertThat(run(job.build()).counts().out()).isEqualTo(1);
  }

  @Test
  void whatIsNotNotedIsReadWhole() throws IOException {
    threeFiles();
    changes();
    write(file("2", "d"), "r6=six");
    try (Stream<Path> notes = Files.list(folder.resolve("out.runs"))) {
      for (Path note :
          notes.filter(p -> p.getFileName().toString().startsWith("_input-")).toList()) {
        Files.delete(note);
      }
    }
    RunManifest whole = changes();
    assertThat(whole.read().since()).isNull();
    assertThat(whole.counts().out()).isEqualTo(1);
  }

  @Test
  void aPatternIsRefused() throws IOException {
    threeFiles();
    JobConfig job =
        job("out", true).input("json", folder.resolve("in/day=*"), Map.of()).changes(true).build();
    assertThatThrownBy(() -> run(job))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("input.changes: true (a folder, not a pattern of several)");
  }
}
