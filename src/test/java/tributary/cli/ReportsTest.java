package tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfigs;
import tributary.config.JobConfigs.Loaded;
import tributary.config.TestJob;
import tributary.spark.FuseJob;
import tributary.spark.Preflight;
import tributary.spark.SparkFixture;

/** The last lines of `check` and `fuse`. */
class ReportsTest {
  @TempDir Path folder;

  private Loaded job(String... sets) throws Exception {
    Path yaml = folder.resolve("job.yaml");
    Files.writeString(
        yaml,
        """
        model: {init: %s}
        input: {format: synthetic, options: {records: 20, bad: 0}}
        modalities: {text: caption}
        output: {path: %s}
        """
            .formatted(Path.of(TestJob.TINY).toAbsolutePath(), folder.resolve("out")));
    return JobConfigs.load(yaml, Map.of(), Map.of(), List.of(sets));
  }

  private static List<String> checked(Loaded job) {
    return Reports.checked(Preflight.check(job.config(), SparkFixture.spark()), job);
  }

  private static String last(List<String> lines) {
    return lines.get(lines.size() - 1);
  }

  @Test
  void checkEndsWithAVerdict() throws Exception {
    List<String> lines = checked(job());
    assertThat(last(lines)).isEqualTo("verdict      ready: nothing is wrong");
    assertThat(lines).noneMatch(l -> l.startsWith("learn"));
    assertThat(last(checked(job("id=none")))).isEqualTo("verdict      refused: 1 thing is wrong");
    assertThat(
            last(
                checked(
                    job(
                        "input.options.long=0",
                        "input.options.bad=11",
                        "input.options.missing=1.5",
                        "input.options.records=-1"))))
        .isEqualTo("verdict      refused: 4 things are wrong");
  }

  @Test
  void syntheticOptionsAreRefusedBeforeTheRun() throws Exception {
    Loaded job = job("input.options.long=0", "input.options.bad=11");
    assertThat(Preflight.check(job.config(), SparkFixture.spark()).problems())
        .containsExactly(
            "Invalid input.options.long: 0 (a whole number >= 1)",
            "Invalid input.options.bad: 11 (0 to half of the records, 20)");
  }

  @Test
  void checkTellsWhatTheJobSaysOfLearning() throws Exception {
    assertThat(checked(job("learn.batch=32", "learn.steps=9")))
        .anyMatch(
            l ->
                l.startsWith("learn        objectives [")
                    && l.contains("9 steps, batch 32, adamw at ")
                    && l.endsWith("for pretrain and finetune, fuse reads none of it"));
  }

  @Test
  void fuseEndsWithTimeAndRatesAndNamesTheDeviceBeforehand() throws Exception {
    Loaded job = job();
    List<String> lines =
        Reports.fused(
            FuseJob.run(job.config(), job.fusing(), SparkFixture.spark()), job.config(), 4);
    assertThat(last(lines))
        .matches(
            "time        4\\.0 s \\(preflight \\d+\\.\\d, .*write \\d+\\.\\d\\); 5 records/s,"
                + " [\\d,]+ tokens/s");
    assertThat(lines).noneMatch(l -> l.startsWith("device"));
  }
}
