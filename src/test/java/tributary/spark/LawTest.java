package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** The law: any partitioning, row order, batch size or retry gives the bits of the plain loop. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LawTest {
  private static final int RECORDS = 60;

  @TempDir static Path folder;
  private Dataset<Row> table;
  private Map<String, List<Float>> plain;

  @BeforeAll
  void fuseByThePlainLoop() {
    table = SyntheticTable.frame(SparkFixture.spark(), RECORDS, 5, 900, 0.3, 0, 2).cache();
    plain = PlainLoop.fuse(TestJob.in(folder).build(), table);
    assertThat(plain).hasSize(RECORDS);
  }

  @ParameterizedTest(name = "{0} partitions")
  @ValueSource(ints = {1, 2, 7, 64})
  void anyNumberOfPartitions(int partitions) {
    assertSameBits(job("partitions").run(partitions, 1 << 20, 1 << 16), table);
  }

  @ParameterizedTest(name = "batches of {0} bytes")
  @ValueSource(longs = {1, 1000, 20_000, 1 << 26})
  void anyBatchSize(long bytes) {
    assertSameBits(job("batch").run(3, bytes, 1 << 16), table);
  }

  @ParameterizedTest(name = "spread above {0} tokens, {1} partitions")
  @org.junit.jupiter.params.provider.CsvSource({"1, 1", "1, 7", "100, 2", "100, 64", "400, 7"})
  void spreadOverTasksOrNot(long tokens, int partitions) {
    RunManifest manifest = assertSameBits(job("spread").run(partitions, 1 << 20, tokens), table);
    assertThat(manifest.counts().spread()).as("records that were spread").isPositive();
  }

  @ParameterizedTest(name = "order of seed {0}")
  @ValueSource(longs = {1, 2})
  void anyRowOrder(long seed) {
    assertSameBits(job("order").run(0, 5000, 200), table.repartition(5).orderBy(rand(seed)));
  }

  @Test
  void theOracleHoldsTheLawToo() {
    JobConfig job = job("java").kernels("java").run(7, 3000, 50).build();
    Dataset<Row> few = table.filter(col("id").lt("r00000012")).limit(12);
    Map<String, List<Float>> expected = PlainLoop.fuse(job, few);
    FuseJob.run(job, Map.of(), SparkFixture.spark(), few);
    assertThat(SparkFixture.embeddings(job)).isEqualTo(expected);
  }

  private static TestJob job(String name) {
    return TestJob.in(folder.resolve(name));
  }

  private RunManifest assertSameBits(TestJob cut, Dataset<Row> rows) {
    JobConfig job = cut.build();
    RunManifest manifest = FuseJob.run(job, new LinkedHashMap<>(), SparkFixture.spark(), rows);
    assertThat(SparkFixture.embeddings(job)).isEqualTo(plain);
    return manifest;
  }
}
