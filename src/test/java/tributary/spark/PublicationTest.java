package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.read.Rejected;
import tributary.spark.publish.Lease;
import tributary.write.Outcome;

/** Nothing is written of an account that does not add up. */
class PublicationTest {
  @TempDir Path folder;

  @Test
  void nothingIsWrittenBeforeTheAccountIsExact() {
    SparkSession spark = SparkFixture.spark();
    JobConfig job = TestJob.in(folder).columns("text", "caption").build();
    Dataset<Row> input = spark.sql("select 'a' as id, 'b' as caption");
    Prepared prepared = Preflight.check(job, spark, input).prepared();
    Row keep = RowFactory.create(0);
    Row told =
        new Staged.Finished(
                new Outcome.Quarantined(
                    "a", "caption", new Rejected(Rejected.Reason.NOT_UTF8, "why"), "digest"),
                keep)
            .row();
    StructType schema = Staged.schema(new StructType().add("none", DataTypes.IntegerType));
    Dataset<Row> staged = spark.createDataFrame(List.of(told, new Staged.Read(2, 2).row()), schema);
    Results.Totals totals = Results.count(staged);
    assertThat(totals.records()).isEqualTo(2);
    Metrics metrics = new Metrics(spark.sparkContext());
    try (Turn turn = Turn.take(job, spark, Lease.Pace.USUAL)) {
      Timings timings = new Timings();
      Publication publication =
          new Publication(
              job,
              spark,
              prepared,
              timings,
              turn,
              new StagedTables(job, spark, prepared, timings, turn),
              new RunReport(job, Map.of(), prepared, timings, metrics),
              Optional.empty());
      assertThatThrownBy(
              () -> publication.publish(new FusedRecords(staged, totals, Census.of(totals), 0)))
          // A block that was cut reads as fewer rows.
          .isInstanceOf(Damage.RowsMissing.class)
          .hasMessageStartingWith(
              "Cannot account for every record: in 2, out 0, unchanged 0, quarantined 1");
    }
    assertThat(folder).isEmptyDirectory();
  }
}
