package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig.Column;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/**
 * Columns of arrays and structs: vectors, points, sound as numbers, Spark's images, series by
 * timestamps; and what is wrong in them.
 */
class ColumnTypesTest {
  @TempDir Path folder;

  private RunManifest run(TestJob job, String query) {
    return FuseJob.run(
        job.build(), Map.of(), SparkFixture.spark(), SparkFixture.spark().sql(query));
  }

  @Test
  void everyArrayType() {
    TestJob job =
        TestJob.in(folder)
            .columns("vectors", "vector", "points", "cloud")
            .column("audio", new Column("pcm", Column.From.VALUE, null, "rate", 0))
            .column("image", TestJob.value("picture", 0))
            .column("series", TestJob.value("sensors", 0));
    RunManifest manifest =
        run(
            job,
            "select 'a' as id, array(1d, 2d, 3d) as vector, array(array(0f, 1f), array(2f, 3f), array(1f, 1f)) as cloud, transform(sequence(1, 128), i -> cast(sin(i) as float)) as pcm,"
                + " 8000 as rate, named_struct('origin', 'x', 'height', 1, 'width', 2, 'nChannels', 3, 'mode', 16, 'data', unhex('0000ff00ff00')) as picture,"
                + " array(named_struct('t', timestamp '2026-01-01 00:00:00', 'values', array(1d, 2d, 3d))) as sensors");
    assertThat(manifest.counts().reasons()).isEmpty();
    assertThat(manifest.tokens())
        .isEqualTo(Map.of("vectors", 1L, "points", 4L, "audio", 2L, "image", 16L, "series", 1L));
  }

  @Test
  void aTimeWithoutAZoneMayComeBehindTheValues() {
    String series = "select '%s' as id, array(named_struct(%s, %s)) as sensors";
    String time = "'t', timestamp_ntz '2026-01-01 00:00:07'";
    String values = "'values', array(1d, 2d, 3d)";
    run(TestJob.in(folder).columns("series", "sensors"), series.formatted("behind", values, time));
    var behind = SparkFixture.embeddings(TestJob.in(folder).build()).get("behind");
    run(TestJob.in(folder).columns("series", "sensors"), series.formatted("before", time, values));
    assertThat(SparkFixture.embeddings(TestJob.in(folder).build()).get("before"))
        .isNotNull()
        .isEqualTo(behind);
  }

  @Test
  void whatIsWrongInAnArrayIsToldWithBothSides() {
    TestJob job = TestJob.in(folder).columns("vectors", "v");
    RunManifest manifest =
        run(
            job,
            "select 'narrow' as id, array(array(1f, 2f)) as v union all select 'nan', array(array(1f, float('NaN'), 2f)) union all select 'null', array(array(1f, null, 2f))"
                + " union all select 'infinite', array(array(1f, float('Infinity'), 2f)) union all select 'good', array(array(1f, 2f, 3f), array(4f, 5f, 6f)) union all select 'none', array(null)");
    assertThat(manifest.counts().reasons())
        .isEqualTo(Map.of("WRONG_WIDTH", 1L, "NOT_FINITE", 2L, "NULL_VALUE", 2L));
    Row narrow =
        SparkFixture.spark()
            .read()
            .parquet(folder.resolve("quarantine").toString())
            .filter("id = 'narrow'")
            .first();
    assertThat(narrow.<String>getAs("detail")).isEqualTo("row 0 has 2 values (the model takes 3)");
    assertThat(narrow.<String>getAs("column")).isEqualTo("v");
    assertThat(narrow.<String>getAs("payload_digest")).hasSize(64);
    assertThat(SparkFixture.embeddings(job.build())).containsOnlyKeys("good");
  }

  @Test
  void aPictureThatIsNullIsAbsentAndOneWithANullIsQuarantined() {
    String picture =
        "named_struct('height', %s, 'width', 2, 'nChannels', 3, 'mode', 16, 'data', %s) as picture";
    RunManifest manifest =
        run(
            TestJob.in(folder).columns("image", "picture"),
            "select 'whole' as id, "
                + picture.formatted("1", "unhex('0000ff00ff00')")
                + " union all select 'no height', "
                + picture.formatted("null", "unhex('0000ff00ff00')")
                + " union all select 'no data', "
                + picture.formatted("1", "null")
                + " union all select 'none', null");
    assertThat(manifest.counts().reasons()).isEqualTo(Map.of("NULL_VALUE", 2L));
    assertThat(manifest.counts().out()).isEqualTo(2);
    assertThat(manifest.tokens()).isEqualTo(Map.of("image", 16L));
  }

  /** 16-bit samples and the same ones as fractions are one sound. */
  @Test
  void integersAreSamplesOfTheirWholeRange() {
    List<String> casts =
        List.of(
            "float(v / 128)",
            "double(v / 128)",
            "tinyint(v)",
            "smallint(256 * v)",
            "int(16777216 * v)");
    Set<List<Float>> embeddings = new HashSet<>();
    for (String cast : casts) {
      TestJob job =
          TestJob.in(folder)
              .columns()
              .column("audio", new Column("pcm", Column.From.VALUE, null, "8000", 0));
      RunManifest manifest =
          run(
              job,
              "select 'a' as id, transform(sequence(1, 256), i -> cast(round(120 * sin(i / 3)) as"
                  + " int)) as whole, transform(whole, v -> "
                  + cast
                  + ") as pcm");
      assertThat(manifest.counts().reasons()).as(cast).isEmpty();
      embeddings.add(SparkFixture.embeddings(job.build()).get("a"));
    }
    assertThat(embeddings).hasSize(1);
  }

  @Test
  void integersOfNoKnownRangeAreRefusedWithWhatToWrite() {
    for (String type : List.of("bigint", "decimal(9,4)")) {
      TestJob job =
          TestJob.in(folder)
              .columns()
              .column("audio", new Column("pcm", Column.From.VALUE, null, "8000", 0));
      assertThatThrownBy(() -> run(job, "select 'a' as id, array(cast(1 as " + type + ")) as pcm"))
          .hasMessageContaining(
              "Invalid modalities.audio.column: pcm of type array<"
                  + type
                  + "> (audio takes binary,")
          .hasMessageContaining("transform(pcm, x -> float(x / 32768))");
    }
  }
}
