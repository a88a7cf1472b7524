package tributary.spark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;

/**
 * A standalone master with two workers of one executor each, all of them processes of this class
 * path, which can be killed; ends when it is closed.
 */
final class FaultCluster implements AutoCloseable {
  private static final int WORKERS = 2;

  private final Path folder;
  private final Path scratch;
  private final Path home;
  private final String master;
  private final Process first;
  private final List<Process> workers = new ArrayList<>();
  private int started;

  /**
   * @param scratch where executors keep blocks
   */
  FaultCluster(Path folder, Path scratch) throws IOException, InterruptedException {
    this.folder = folder;
    this.scratch = scratch;
    this.home = Fork.sparkHome(folder);
    int port = port();
    master = "spark://127.0.0.1:" + port;
    first = start("Master", "New state: ALIVE", "--port", String.valueOf(port));
    for (int i = 0; i < WORKERS; i++) {
      workers.add(worker());
    }
  }

  private static int port() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process worker() throws IOException, InterruptedException {
    return start(
        "Worker",
        "Successfully registered with master",
        "--cores",
        "1",
        "--memory",
        "1g",
        "--work-dir",
        folder.resolve("work").toString(),
        master);
  }

  private Process start(String name, String until, String... more)
      throws IOException, InterruptedException {
    Path log = folder.resolve(name + started++ + ".log");
    List<String> command = new ArrayList<>(Fork.java());
    command.addAll(
        List.of(
            "-Xmx192m",
            "-Dlog4j.configurationFile=org/apache/spark/log4j2-defaults.properties",
            "-XX:TieredStopAtLevel=1",
            // An executor that is killed is started again, however often.
            "-Dspark.deploy.maxExecutorRetries=-1",
            "-cp",
            Fork.classPath(),
            "org.apache.spark.deploy." + name.toLowerCase(Locale.ROOT) + "." + name));
    command.addAll(List.of("--host", "127.0.0.1", "--webui-port", "0"));
    command.addAll(List.of(more));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_DIRS", scratch.toString());
    Process process = builder.start();
    while (!Files.readString(log).contains(until)) {
      if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(name + " ended:\n" + Files.readString(log));
      }
    }
    return process;
  }

  /** A session whose executors are here. */
  SparkSession session() {
    return SparkSession.builder()
        .master(master)
        .appName("faults")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.artifact.isolation.enabled", "false")
        .config("spark.executor.memory", "600m")
        .config("spark.executor.extraClassPath", Fork.classPath())
        .config("spark.executor.extraJavaOptions", options())
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.locality.wait", "0s")
        .config("spark.task.maxFailures", "4")
        .config("spark.stage.maxConsecutiveAttempts", "8")
        .config("spark.shuffle.io.maxRetries", "2")
        .config("spark.shuffle.io.retryWait", "200ms")
        .config("spark.network.timeout", "60s")
        .config("spark.executor.heartbeatInterval", "5s")
        .getOrCreate();
  }

  private static String options() {
    return Fork.executorOptions()
        + " -Dorg.bytedeco.javacpp.cachedir="
        + System.getProperty("org.bytedeco.javacpp.cachedir");
  }

  /** SIGKILL for an executor; false where none is there. */
  boolean killExecutor(Random random) {
    List<ProcessHandle> executors = workers.stream().flatMap(w -> w.toHandle().children()).toList();
    return !executors.isEmpty()
        && executors.get(random.nextInt(executors.size())).destroyForcibly();
  }

  /** SIGKILL for a worker, whose executor then ends; another worker takes its place. */
  boolean killWorker(Random random) throws IOException, InterruptedException {
    Process worker = workers.remove(random.nextInt(workers.size()));
    worker.destroyForcibly().waitFor();
    workers.add(worker());
    return true;
  }

  @Override
  public void close() {
    workers.forEach(Process::destroy);
    first.destroy();
  }
}
