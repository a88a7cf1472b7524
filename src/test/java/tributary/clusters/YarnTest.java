package tributary.clusters;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.clusters.Runs.Ran;

/** A YARN of one node (src/clusters/java/MiniYarn.java), with Spark 4.2. */
@Tag("clusters")
class YarnTest {
  @TempDir static Path folder;
  private static Service yarn;
  private static Path home;

  @BeforeAll
  static void start() throws Exception {
    home = Runs.spark("4.2.0", "spark-yarn");
    Files.createDirectories(folder.resolve("yarn/fs"));
    yarn =
        Service.start(
            folder.resolve("yarn.log"),
            Runs.jars("yarn"),
            Map.of(),
            "-Xmx500m",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "src/clusters/java/MiniYarn.java",
            folder.resolve("yarn").toString());
    yarn.await("ready");
  }

  @AfterAll
  static void stop() throws Exception {
    if (yarn != null) {
      yarn.close();
    }
  }

  private static Runs runs(String mode) throws IOException {
    List<String> options = new ArrayList<>(List.of("--master", "yarn", "--deploy-mode", mode));
    options.addAll(List.of("--num-executors", "1", "--executor-memory", "700m", "--installed"));
    options.addAll(List.of("--driver-memory", "700m"));
    options.addAll(List.of("--conf", "spark.yarn.report.interval=200ms"));
    options.addAll(List.of("--conf", "spark.yarn.jars=local:" + home + "/jars/*"));
    options.addAll(List.of("--conf", "spark.yarn.stagingDir=" + folder.resolve("staging").toUri()));
    return new Runs(folder)
        .on(home, options.toArray(String[]::new))
        .environment("HADOOP_CONF_DIR", folder.resolve("yarn").toString());
  }

  @Test
  void clientModeEndsWithTheJobsCode() throws Exception {
    Runs runs = runs("client");
    Ran done = runs.fuse("client");
    assertThat(done.code()).as(done.text()).isZero();
    assertThat(Runs.embeddings(runs.folder("client"))).isEqualTo(Runs.expected());
    Ran refused = runs.fuse("client");
    assertThat(refused.code()).as(refused.text()).isEqualTo(2);
    assertThat(refused.text()).contains("Invalid output.path: ").doesNotContain("application_");
    Ran over = runs.fuse("client-over", "--set", "errors.max-fraction=0.01");
    assertThat(over.code()).as(over.text()).isEqualTo(3);
  }

  @Test
  void clusterModeReportsCodeAndReasonOfOneAttempt() throws Exception {
    Runs runs = runs("cluster");
    Ran done = runs.fuse("cluster");
    assertThat(done.code()).as(done.text()).isZero();
    assertThat(Runs.embeddings(runs.folder("cluster"))).isEqualTo(Runs.expected());
    Ran refused = runs.fuse("cluster");
    assertThat(refused.code()).as(refused.text()).isEqualTo(2);
    assertThat(refused.text())
        .contains("Tributary ended with exit code 2: Invalid output.path: ")
        .doesNotContain("Shutdown hook called before final status was reported");
    Ran over = runs.fuse("cluster-over", "--set", "errors.max-fraction=0.01");
    assertThat(over.code()).as(over.text()).isEqualTo(3);
    assertThat(over.text()).contains("Tributary ended with exit code 3: ");
    assertThat(containers("_01_000001")).as("first attempts").hasSizeGreaterThanOrEqualTo(3);
    assertThat(containers("_02_000001")).as("second attempts").isEmpty();
  }

  /** The containers of an attempt that the node kept, by the end of their names. */
  private static List<Path> containers(String end) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(f -> f.toString().contains("/container_"))
          .filter(f -> f.toString().endsWith(end))
          .toList();
    }
  }
}
