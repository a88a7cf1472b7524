package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.config.Problems.Refused;
import tributary.config.TestJob;

class ExplainTest {
  private static final String TABLE =
      "select 'a' as id, 'a red kite' as caption, transform(sequence(0, 19),"
          + " i -> struct(cast(i as double) as t, array(sin(i), cos(i), i / 10d) as values)) as sensors"
          + " union all select 'bad', 'x',"
          + " array(struct(1d as t, array(double('NaN'), 0d, 0d) as values))"
          + " union all select 'empty', null, null";

  @TempDir Path folder;

  private String explain(String id) {
    return explain(id, "tiny");
  }

  private String explain(String id, String model) {
    Dataset<Row> table = SparkFixture.spark().sql(TABLE);
    boolean series = model.equals("tiny") || model.equals("tiny-perceiver");
    TestJob given = TestJob.in(folder).model(model, 7).columns("text", "caption");
    JobConfig job = (series ? given.column("series", TestJob.value("sensors", 0)) : given).build();
    return OneRecord.explain(
        job, Preflight.check(job, SparkFixture.spark(), table), id, "jobs/a&b.yaml");
  }

  @Test
  void showsTheRecordThatTheJobWouldRead() {
    String page = explain("a");
    assertThat(page)
        .contains("<h1 dir=\"auto\">Record a</h1>")
        .contains("10 tokens")
        .contains("20 tokens")
        .contains("<b>channel 3</b>", "of column sensors", "times (t) are from the first, 0.")
        .contains(">k</i>");
    assertThat(explain("empty"))
        .contains("<h1 dir=\"auto\">Record empty</h1>", "The record has no tokens")
        .doesNotContain("<h2");
  }

  @Test
  void saysWhatLooked() {
    assertThat(explain("a"))
        .contains("The model has RANDOM weights")
        .contains("<th scope=\"row\">weights</th><td dir=\"auto\">random, seed 7</td>")
        .contains("<th scope=\"row\">encoder</th><td dir=\"auto\">elastic</td>")
        .contains("<th scope=\"row\">precision</th><td dir=\"auto\">float32</td>")
        .contains("<th scope=\"row\">job</th><td dir=\"auto\">jobs/a&amp;b.yaml</td>")
        .containsPattern("model hash</th><td dir=\"auto\">[0-9a-f]{64}</td>")
        .containsPattern("<th scope=\"row\">model</th><td dir=\"auto\">[^<]+ with seed 7</td>");
  }

  @ParameterizedTest
  @CsvSource({"tiny-perceiver, pass's", "tiny-perceiver-io, [CLS]", "tiny-hip, padding"})
  void showsWhereTheOtherEncodersLook(String model, String how) {
    assertThat(explain("a", model))
        .contains("<h1 dir=\"auto\">Record a</h1>", how, "10 tokens", ">k</i>")
        .doesNotContain("NaN");
  }

  /** Nothing is written: a table that is there already is no reason to refuse. */
  @Test
  void whatTheJobHasWrittenIsNoHindrance() throws IOException {
    String out = folder.resolve("there").toString();
    JobConfig.Sink error = new JobConfig.Sink("parquet", out, JobConfig.Sink.Mode.ERROR, Map.of());
    JobConfig job = TestJob.in(folder).output(error).build();
    Files.writeString(Files.createDirectories(Path.of(job.output().path())).resolve("a"), "a");
    assertThat(Preflight.check(job, SparkFixture.spark()).problems())
        .anyMatch(p -> p.startsWith("Invalid output.path"));
    assertThat(Preflight.reading(job, SparkFixture.spark()).problems())
        .noneMatch(p -> p.contains("output"));
  }

  @Test
  void refusesWhatItCannotExplain() {
    assertThatThrownBy(() -> explain("b"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("Cannot explain record b: the input holds no such id");
    assertThatThrownBy(() -> explain("bad"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("Cannot explain record bad: it is quarantined, ");
  }
}
