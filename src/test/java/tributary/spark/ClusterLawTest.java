package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;

/**
 * The law in JVMs of their own: one core, executor processes, tasks that fail, executors that die.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterLawTest {
  @TempDir static Path folder;
  private Map<String, List<Float>> plain;

  @BeforeAll
  void writeTheTable() {
    Dataset<Row> table = SyntheticTable.frame(SparkFixture.spark(), 40, 9, 600, 0.3, 0, 2);
    table.write().parquet(folder.resolve("in").toString());
    plain =
        PlainLoop.fuse(
            TestJob.in(folder).build(),
            SparkFixture.spark().read().parquet(folder.resolve("in").toString()));
  }

  @ParameterizedTest(name = "{0}, first attempts: {1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "local[1]; nothing",
        "local[2,4]; throw",
        "local-cluster[2,1,1024]; nothing",
        "local-cluster[2,1,1024]; halt"
      })
  void sameBits(String master, String failure) throws IOException, InterruptedException {
    Path out = folder.resolve(master.replaceAll("\\W", "_") + failure);
    int exit =
        Fork.run(
            folder,
            Path.of(out + ".log"),
            ClusterRun.class,
            master,
            folder.resolve("in").toString(),
            out.toString(),
            failure);
    assertThat(exit).as("exit code; output in %s.log", out).isZero();
    JobConfig job = TestJob.in(out).build();
    assertThat(SparkFixture.embeddings(job)).isEqualTo(plain);
    assertThat(Files.readString(Path.of(job.manifest())))
        .contains("\"in\" : 40", "\"out\" : 40", "\"quarantined\" : 0");
  }
}
