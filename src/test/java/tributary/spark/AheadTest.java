package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.JobConfigs;
import tributary.config.TestJob;

/** What is refused with no session, and so with no executor. */
class AheadTest {
  @TempDir Path folder;

  private JobConfig job(String... sets) throws IOException {
    Path file = Files.writeString(folder.resolve("job.yaml"), TestJob.LEAST);
    return JobConfigs.load(file, Map.of(), Map.of(), List.of(sets)).config();
  }

  private static List<String> problems(JobConfig job) {
    return Ahead.check(job, new Configuration()).all();
  }

  @Test
  void aGoodJobHasNone() throws Exception {
    Path in = Files.createDirectories(folder.resolve("in"));
    String out = "output.path=" + folder.resolve("out");
    assertThat(problems(job("model.path=conf/models/elastic-small", "input.path=" + in, out)))
        .isEmpty();
  }

  @Test
  void everyPlaceOnAFileSystemWithoutALibraryIsTold() throws Exception {
    JobConfig job =
        job("model.path=s3a://b/model", "input.path=gs://b/in", "output.path=abfss://c@a/out");
    List<String> problems = problems(job);
    assertThat(problems)
        .hasSize(5)
        .anyMatch(
            p ->
                p.startsWith(
                        "Invalid model.path: s3a://b/model (a place that can be read: no library for the file system s3a (add it, such as --packages org.apache.hadoop:hadoop-aws:3.")
                    && p.endsWith(", or jobs/tributary --with s3a))"))
        .anyMatch(p -> p.startsWith("Invalid input.path: gs://b/in (a place that can be read: "))
        .anyMatch(p -> p.startsWith("Invalid output.path: abfss://c@a/out (a place that can be w"))
        .anyMatch(p -> p.startsWith("Invalid quarantine.path: abfss:"))
        .anyMatch(p -> p.startsWith("Invalid manifest: abfss:"));
    assertThat(Preflight.check(job, SparkFixture.spark()).problems()).isEqualTo(problems);
  }

  @Test
  void whatStandsInTheWayOrIsNotThereIsTold() throws Exception {
    Path out = Files.createDirectories(folder.resolve("there"));
    String gone = folder.resolve("gone").toString();
    assertThat(
            problems(
                job(
                    "model.path=" + gone,
                    "input.path=" + gone + "/*.parquet",
                    "output.path=" + out)))
        .containsExactly(
            "Invalid output.path: "
                + out
                + " (exists already; remove it, choose another path, or set output.mode to overwrite, append or merge)",
            "Cannot load model " + gone + ": no config.json in it",
            "Cannot open input: parquet " + gone + "/*.parquet: no such file or folder");
  }

  @Test
  void whatMayBeATablesNameIsLeftToPreflight() throws Exception {
    assertThat(
            problems(
                job(
                    "model.path=conf/models/elastic-small",
                    "input.format=iceberg",
                    "input.path=db.table",
                    "output.path=" + folder.resolve("out"))))
        .isEmpty();
  }
}
