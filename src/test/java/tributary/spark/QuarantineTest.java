package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Errors.Duplicates;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.synthetic.SyntheticRecord;
import tributary.synthetic.SyntheticRecords;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * Bad records go to the quarantine table with the reason; the rest is unharmed; the error budget
 * holds.
 */
class QuarantineTest {
  private static final int RECORDS = 80;
  private static final int BAD = 16;

  @TempDir Path folder;

  private static Dataset<Row> table() {
    return SyntheticTable.frame(SparkFixture.spark(), RECORDS, 3, 300, 0.2, BAD, 3);
  }

  @Test
  void everyBadRecordIsToldAndTheRestIsUnharmed() {
    JobConfig job = TestJob.in(folder).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table());
    Map<String, Long> expected = new HashMap<>();
    Map<String, SyntheticRecord> good = new LinkedHashMap<>();
    SyntheticRecords records = new SyntheticRecords(3, RECORDS, 300, 0.2, BAD);
    for (int i = 0; i < RECORDS; i++) {
      SyntheticRecord r = records.record(i);
      if (r.expectedReason() == null) {
        good.put(r.id(), r);
      } else {
        expected.merge(r.expectedReason(), 1L, Long::sum);
      }
    }
    assertThat(expected.keySet()).hasSizeGreaterThan(5);
    assertThat(manifest.counts().reasons()).isEqualTo(expected);
    assertThat(SparkFixture.embeddings(job).keySet())
        .isEqualTo(new java.util.TreeSet<>(good.keySet()));
    assertThat(manifest.counts().in()).isEqualTo(RECORDS);
    List<Row> told = SparkFixture.spark().read().parquet(job.quarantine().path()).collectAsList();
    assertThat(told).hasSize((int) manifest.counts().quarantined());
    assertThat(told).allSatisfy(r -> assertThat(r.<String>getAs("detail")).isNotBlank());
    assertThat(told)
        .filteredOn(r -> r.getAs("reason").equals("CORRUPT_IMAGE"))
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.<String>getAs("column")).isEqualTo("picture"));
    assertThat(told)
        .filteredOn(r -> r.getAs("reason").equals("NULL_ID"))
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.<String>getAs("id")).isNull());
  }

  @Test
  void moreThanTheBudgetStopsTheRunAndWritesNoTable() throws java.io.IOException {
    JobConfig job = TestJob.in(folder).errors(0.05, Duplicates.QUARANTINE).build();
    assertThatThrownBy(() -> FuseJob.run(job, Map.of(), SparkFixture.spark(), table()))
        .isInstanceOf(BudgetExceeded.class)
        .hasMessageStartingWith("Cannot finish the run: ")
        .hasMessageContaining("of " + RECORDS + " records quarantined (errors.max-fraction 0.05)");
    assertThat(Path.of(job.output().path())).doesNotExist();
    assertThat(Path.of(job.quarantine().path())).exists();
    assertThat(Files.readString(Path.of(job.manifest())))
        .contains("\"status\" : \"budget-exceeded\"");
  }

  @Test
  void duplicatesCanRefuseTheRun() {
    JobConfig job = TestJob.in(folder).errors(1, Duplicates.FAIL).build();
    assertThatThrownBy(() -> FuseJob.run(job, Map.of(), SparkFixture.spark(), table()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageMatching(
            "Invalid input: \\d+ ids stand more than once \\(errors.duplicates: fail\\), such as r\\d+");
  }
}
