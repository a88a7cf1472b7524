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

/** A standalone master with two workers, which are processes of Spark 4.1. */
@Tag("clusters")
class StandaloneTest {
  @TempDir static Path folder;
  private static final List<Service> SERVICES = new ArrayList<>();
  private static String master;
  private static Path home;

  @BeforeAll
  static void start() throws Exception {
    home = Runs.spark("4.1.0");
    Path jars = home.resolve("jars");
    int port = Service.port();
    master = "spark://127.0.0.1:" + port;
    Map<String, String> environment =
        Map.of("SPARK_HOME", home.toString(), "SPARK_SCALA_VERSION", "2.13");
    String[] options = {"--host", "127.0.0.1", "--webui-port", "0"};
    SERVICES.add(
        Service.start(
            folder.resolve("master.log"),
            jars,
            environment,
            words(
                "org.apache.spark.deploy.master.Master", options, "--port", String.valueOf(port))));
    SERVICES.get(0).await("New state: ALIVE");
    for (int i = 0; i < 2; i++) {
      Service worker =
          Service.start(
              folder.resolve("worker" + i + ".log"),
              jars,
              environment,
              words(
                  "org.apache.spark.deploy.worker.Worker",
                  options,
                  "--cores",
                  "2",
                  "--memory",
                  "3g",
                  "--work-dir",
                  folder.resolve("work" + i).toString(),
                  master));
      SERVICES.add(worker);
      worker.await("Successfully registered with master");
    }
  }

  private static String[] words(String type, String[] options, String... more) {
    return Stream.of(new String[] {"-Xmx256m", type}, options, more)
        .flatMap(Stream::of)
        .toArray(String[]::new);
  }

  @AfterAll
  static void stop() throws Exception {
    for (int i = SERVICES.size() - 1; i >= 0; i--) {
      SERVICES.get(i).close();
    }
  }

  private static Runs runs(String... more) throws IOException {
    Runs runs = new Runs(folder);
    List<String> options =
        new ArrayList<>(
            List.of("--master", master, "--executor-memory", "900m", "--executor-cores", "1"));
    options.addAll(List.of("--conf", "spark.driver.host=127.0.0.1", "--driver-memory", "900m"));
    options.addAll(List.of(more));
    return runs.with(options.toArray(String[]::new));
  }

  @Test
  void clientModeEndsWithTheJobsCode() throws Exception {
    Runs runs = runs();
    Ran done = runs.fuse("client");
    assertThat(done.code()).as(done.text()).isZero();
    assertThat(Runs.embeddings(runs.folder("client"))).isEqualTo(Runs.expected());
    Ran refused = runs.fuse("client");
    assertThat(refused.code()).as(refused.text()).isEqualTo(2);
    assertThat(refused.text()).contains("Invalid output.path: ").doesNotContain("embedding of 256");
    Ran over = runs.fuse("over", "--set", "errors.max-fraction=0.01");
    assertThat(over.code()).as(over.text()).isEqualTo(3);
  }

  /** Spark's client knows that the driver failed, and no more; its folder has the reason. */
  @Test
  void clusterModeEndsWithOneWhereTheDriverFailed() throws Exception {
    Runs runs =
        runs(
                "--deploy-mode",
                "cluster",
                "--installed",
                "--conf",
                "spark.standalone.submit.waitAppCompletion=true")
            .environment("SPARK_HOME", home.toString());
    Ran done = runs.fuse("cluster");
    assertThat(done.code()).as(done.text()).isZero();
    assertThat(Runs.embeddings(runs.folder("cluster"))).isEqualTo(Runs.expected());
    Ran refused = runs.fuse("cluster");
    assertThat(refused.code()).as(refused.text()).isEqualTo(1);
    assertThat(refused.text()).contains("is FAILED");
    assertThat(drivers())
        .anyMatch(text -> text.contains("Invalid output.path: " + runs.folder("cluster")));
    try (Stream<String> lines =
        Stream.concat(
            Files.lines(folder.resolve("worker0.log")),
            Files.lines(folder.resolve("worker1.log")))) {
      assertThat(lines).anyMatch(line -> line.contains("Command exited with status 2"));
    }
  }

  /** What drivers wrote to their standard error. */
  private static List<String> drivers() throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.endsWith("stderr")).toList()) {
        if (file.getParent().getFileName().toString().startsWith("driver-")) {
          texts.add(Files.readString(file));
        }
      }
    }
    return texts;
  }
}
