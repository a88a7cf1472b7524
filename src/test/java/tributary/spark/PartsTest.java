package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.rand;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/**
 * A record that comes as several rows, ordered by a part column, is the record that came as one.
 */
class PartsTest {
  private static final String SERIES =
      "transform(sequence(%d, %d), i -> struct(cast(i as double) as t, array(sin(i), cos(i), i / 1000.0) as values))";

  @TempDir Path folder;

  private Dataset<Row> parts(int points, int perPart) {
    String cell =
        SERIES
            .formatted(0, 0)
            .replace(
                "sequence(0, 0)",
                "sequence(part * " + perPart + ", part * " + perPart + " + " + (perPart - 1) + ")");
    return SparkFixture.spark()
        .range(points / perPart)
        .selectExpr("id as part")
        .crossJoin(SparkFixture.spark().range(3).selectExpr("concat('long', id) as id"))
        .withColumn("sensors", expr(cell))
        .withColumn("caption", expr("if(part = 0, concat('caption of ', id), null)"));
  }

  private TestJob job(String name) {
    return TestJob.in(folder.resolve(name)).columns("text", "caption", "series", "sensors");
  }

  @ParameterizedTest(name = "parts of {0}, spread above {1} tokens")
  @CsvSource({"1000, 100000", "100, 100000", "10, 100000", "40, 100", "8, 50"})
  void sameBitsAsOneRow(int perPart, long spread) {
    Dataset<Row> one =
        SparkFixture.spark()
            .range(3)
            .selectExpr(
                "concat('long', id) as id",
                "concat('caption of long', id) as caption",
                SERIES.formatted(0, 999) + " as sensors");
    JobConfig whole = job("whole").build();
    Map<String, List<Float>> expected = PlainLoop.fuse(whole, one);
    JobConfig job = job("parts").part("part").run(5, 1 << 20, spread).build();
    RunManifest manifest =
        FuseJob.run(job, Map.of(), SparkFixture.spark(), parts(1000, perPart).orderBy(rand(4)));
    assertThat(SparkFixture.embeddings(job)).isEqualTo(expected);
    assertThat(manifest.counts().in()).isEqualTo(3);
    assertThat(manifest.counts().rows()).isEqualTo(3L * 1000 / perPart);
    assertThat(manifest.tokens()).containsEntry("series", 3000L);
    assertThat(manifest.counts().spread()).isEqualTo(spread < 1000 ? 3 : 0);
  }

  @Test
  void aBadPartQuarantinesItsRecordAlone() {
    Dataset<Row> table =
        parts(1000, 10)
            .withColumn(
                "sensors",
                expr(
                    "if(id = 'long1' and part = 70, array(struct(0d as t, array(double('NaN'), 0d, 0d) as values)), sensors)"))
            .withColumn("part", expr("if(id = 'long2' and part = 99, 98, part)"));
    JobConfig job = job("bad").part("part").run(4, 1 << 20, 100).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    assertThat(manifest.counts().reasons())
        .isEqualTo(Map.of("NOT_FINITE", 1L, "DUPLICATE_PART", 1L));
    assertThat(SparkFixture.embeddings(job)).containsOnlyKeys("long0");
    Row told =
        SparkFixture.spark()
            .read()
            .parquet(job.quarantine().path())
            .filter(col("id").equalTo("long2"))
            .first();
    assertThat(told.<String>getAs("detail")).isEqualTo("part 98 of id long2 stands more than once");
  }
}
