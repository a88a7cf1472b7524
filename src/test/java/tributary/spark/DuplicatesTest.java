package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/**
 * Ids that stand more than once, found among what is staged: every row with one is quarantined as
 * such, whatever else is wrong with it, and the other records are as if it were not there.
 */
@NullUnmarked
final class DuplicatesTest {
  private static final int RECORDS = 30;

  @TempDir Path folder;

  /** r0, r10 and r20 stand twice or three times, two rows have no id, two r20 can't be decoded. */
  private static Dataset<Row> table() {
    Dataset<Row> once =
        SparkFixture.spark()
            .range(RECORDS)
            .selectExpr("concat('r', id) as id", "repeat(concat('text of ', id), 20) as caption");
    Dataset<Row> more =
        SparkFixture.spark()
            .range(7)
            .selectExpr(
                "element_at(array('r0', 'r10', 'r10', 'r20', null, null, 'r20'), cast(id + 1 as int)) as id",
                "concat('more ', id) as caption");
    return once.union(more)
        .withColumn("caption", expr("cast(caption as binary)"))
        .withColumn(
            "caption",
            expr("if(id = 'r20' and length(caption) < 9, concat(X'FF', caption), caption)"));
  }

  private TestJob job(String name) {
    return TestJob.in(folder.resolve(name)).columns("text", "caption");
  }

  @ParameterizedTest(name = "{0} partitions of {1}, spread above {2} tokens")
  @CsvSource({"1, 1, 100000", "5, 3, 100000", "0, 20, 100000", "4, 2, 50"})
  void eachRowIsToldAndTheRestIsUnharmed(int partitions, int given, long spread) {
    JobConfig alone = job("alone").build();
    Map<String, List<Float>> expected =
        PlainLoop.fuse(alone, table().filter(expr("id not in ('r0', 'r10', 'r20')")));
    JobConfig job = job("all").run(partitions, 1 << 20, spread).build();
    RunManifest manifest =
        FuseJob.run(job, Map.of(), SparkFixture.spark(), table().repartition(given));
    assertThat(SparkFixture.embeddings(job)).isEqualTo(new TreeMap<>(expected));
    RunManifest.Counts counts = manifest.counts();
    assertThat(counts.rows()).isEqualTo(RECORDS + 7);
    assertThat(counts.in()).isEqualTo(RECORDS + 7);
    assertThat(counts.out()).isEqualTo(RECORDS - 3);
    assertThat(counts.reasons()).isEqualTo(Map.of("DUPLICATE_ID", 8L, "NULL_ID", 2L));
    List<Row> told =
        SparkFixture.spark()
            .read()
            .parquet(job.quarantine().path())
            .filter(col("reason").equalTo("DUPLICATE_ID"))
            .collectAsList();
    assertThat(told)
        .extracting(r -> r.<String>getAs("detail"))
        .containsOnly(
            "the id r0 stands more than once",
            "the id r10 stands more than once",
            "the id r20 stands more than once");
    assertThat(told).allSatisfy(r -> assertThat(r.<String>getAs("column")).isEqualTo("id"));
    assertThat(told).extracting(r -> r.<String>getAs("payload_digest")).doesNotHaveDuplicates();
  }

  @Test
  void theInputsHashDoesNotDependOnWhereTheyAre() {
    JobConfig job = job("hash").build();
    assertThat(
            List.of(1, 7).stream()
                .map(n -> table().repartition(n))
                .map(t -> FuseJob.run(job, Map.of(), SparkFixture.spark(), t).inputHash())
                .distinct())
        .hasSize(1);
  }
}
