package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig;

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
            SparkFixture.job(folder, "cpu", SparkFixture.RUN),
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
    int exit = fork(master, folder.resolve("in").toString(), out.toString(), failure);
    assertThat(exit).as("exit code; output in %s.log", out).isZero();
    JobConfig job = SparkFixture.job(out, "cpu", SparkFixture.RUN);
    assertThat(SparkFixture.embeddings(job)).isEqualTo(plain);
    assertThat(Files.readString(Path.of(job.manifest())))
        .contains("\"in\" : 40", "\"out\" : 40", "\"quarantined\" : 0");
  }

  private int fork(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(
            a -> !a.startsWith("-javaagent") && !a.startsWith("-Xmx") && !a.startsWith("-agentlib"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx1g", "-cp", System.getProperty("java.class.path"), ClusterRun.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(new File(arguments[2] + ".log"));
    builder.environment().put("SPARK_HOME", sparkHome().toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    Process process = builder.start();
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    int exit = process.waitFor();
    if (exit != 0) {
      System.out.println(Files.readString(Path.of(arguments[2] + ".log")));
    }
    return exit;
  }

  /** A folder whose jars/ links to this class path: all that executor processes need. */
  private Path sparkHome() throws IOException {
    Path home = folder.resolve("spark-home");
    Path jars = Files.createDirectories(home.resolve("jars"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path jar = Path.of(entry);
      Path link = jars.resolve(jar.getFileName().toString());
      if (entry.endsWith(".jar") && !Files.exists(link)) {
        Files.createSymbolicLink(link, jar.toAbsolutePath());
      }
    }
    return home;
  }
}
