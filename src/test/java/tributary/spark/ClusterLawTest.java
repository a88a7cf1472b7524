package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
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

  /** In one process, of one task at a time and of two that fail; then in executors, one dying. */
  @Test
  void sameBitsInOneProcessAndInExecutors() throws IOException, InterruptedException {
    assertSameBits(
        "local[1]; nothing",
        "local[2,4]; throw",
        "local-cluster[2,1,1024]; nothing",
        "local-cluster[2,1,1024]; halt");
  }

  /** Runs of (master; what happens to first attempts) in one JVM. */
  private void assertSameBits(String... runs) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(folder.resolve("in").toString()));
    List<Path> outs = new ArrayList<>();
    for (String run : runs) {
      Path out = folder.resolve(run.replaceAll("\\W", "_"));
      String[] words = run.split("; ", -1);
      arguments.addAll(List.of(words[0], out.toString(), words[1]));
      outs.add(out);
    }
    Path log = Path.of(outs.get(0) + ".log");
    int exit = Fork.run(folder, log, ClusterRun.class, arguments.toArray(String[]::new));
    assertThat(exit).as("exit code; output in %s", log).isZero();
    for (Path out : outs) {
      JobConfig job = TestJob.in(out).build();
      assertThat(SparkFixture.embeddings(job)).as("%s", out).isEqualTo(plain);
      assertThat(Files.readString(Path.of(job.manifest())))
          .contains("\"in\" : 40", "\"out\" : 40", "\"quarantined\" : 0");
    }
  }
}
