package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** Absent modalities, empty payloads and records with nothing at all have defined results. */
class DefinedResultsTest {
  @TempDir Path folder;

  private static final String WAV_OF_NOTHING =
      "unhex('524946462400000057415645666D7420100000000100010040 1F0000803E0000020010006461746100000000')"
          .replace(" ", "");
  private static final String PIXEL =
      "unbase64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==')";

  private Dataset<Row> table() {
    String sensors = "array<struct<t: double, values: array<double>>>";
    String[] rows = {
      row("nothing", "null", "null", "null", "null"),
      row("empty text", "''", "null", "null", "null"),
      row("no samples", "null", "null", WAV_OF_NOTHING, "null"),
      row("no points", "null", "null", "null", "array()"),
      row("text", "'a river'", "null", "null", "null"),
      row("text and empties", "'a river'", "null", WAV_OF_NOTHING, "array()"),
      row("pixel", "null", PIXEL, "null", "null"),
      row(
          "point",
          "null",
          "null",
          "null",
          "array(named_struct('t', 1d, 'values', array(1d, 2d, 3d)))")
    };
    return SparkFixture.spark().sql(String.join(" union all ", rows).replace("SENSORS", sensors));
  }

  private static String row(
      String id, String caption, String picture, String sound, String sensors) {
    return "select '%s' as id, cast(%s as string) as caption, cast(%s as binary) as picture, cast(%s as binary) as sound, cast(%s as SENSORS) as sensors"
        .formatted(id, caption, picture, sound, sensors);
  }

  @Test
  void emptyIsAValue() {
    JobConfig job = TestJob.in(folder).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table());
    assertThat(manifest.counts().quarantined()).isZero();
    Map<String, List<Float>> out = SparkFixture.embeddings(job);
    assertThat(out).hasSize(8);
    assertThat(out.values()).allSatisfy(e -> assertThat(e).hasSize(10).allMatch(Float::isFinite));
    assertThat(out.get("empty text")).isEqualTo(out.get("nothing"));
    assertThat(out.get("no samples")).isEqualTo(out.get("nothing"));
    assertThat(out.get("no points")).isEqualTo(out.get("nothing"));
    assertThat(out.get("text and empties"))
        .isEqualTo(out.get("text"))
        .isNotEqualTo(out.get("nothing"));
    assertThat(out.get("pixel")).isNotEqualTo(out.get("nothing"));
    Map<String, List<String>> present = new LinkedHashMap<>();
    SparkFixture.spark()
        .read()
        .parquet(job.output().path())
        .collectAsList()
        .forEach(r -> present.put(r.getAs("id"), r.getList(r.fieldIndex("present"))));
    assertThat(present.get("nothing")).isEmpty();
    assertThat(present.get("empty text")).isEmpty();
    assertThat(present.get("text and empties")).containsExactly("text");
    assertThat(present.get("pixel")).containsExactly("image");
    assertThat(present.get("point")).containsExactly("series");
  }

  @Test
  void anEmptyTableGivesAnEmptyTable() {
    JobConfig job = TestJob.in(folder).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table().limit(0));
    assertThat(manifest.counts().in()).isZero();
    assertThat(SparkFixture.spark().read().parquet(job.output().path()).count()).isZero();
  }

  @Test
  void aLimitThatIsMetIsCountedAndMarked() {
    JobConfig job =
        TestJob.in(folder).columns().column("text", TestJob.value("caption", 4)).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table());
    assertThat(manifest.leftOut()).isEqualTo(Map.of("text", 6L));
    assertThat(manifest.warnings())
        .anyMatch(w -> w.startsWith("6 tokens of text left out by modalities.text.max-tokens"));
    Row row =
        SparkFixture.spark().read().parquet(job.output().path()).filter("id = 'text'").first();
    assertThat(row.getJavaMap(row.fieldIndex("left_out"))).isEqualTo(Map.of("text", 3L));
    assertThat(row.getJavaMap(row.fieldIndex("tokens"))).isEqualTo(Map.of("text", 4L));
  }
}
