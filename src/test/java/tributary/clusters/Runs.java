package tributary.clusters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.spark.Fork;

/**
 * jobs/tributary as it was packaged, on a small job below a folder, and what it writes. Sparks
 * other than the embedded one are fetched into target/clusters, once.
 */
final class Runs {
  private static final Path FETCHED = Path.of("target/clusters").toAbsolutePath();

  /** Of 12 records of the synthetic job, one can't be decoded. */
  private static final String JOB =
      """
      model: {path: %s}
      input: {format: synthetic, options: {records: 12, seed: 1, long: 100, missing: 0.2, bad: 1}}
      id: id
      modalities: {text: caption, image: picture}
      errors: {max-fraction: 0.1}
      output: {path: none}
      """;

  /** For every JVM of a Spark that is not the embedded one: half of its life is its start. */
  static final Map<String, String> SHORT_LIFE = Map.of("JAVA_TOOL_OPTIONS", Fork.SHORT_LIFE);

  private static List<String> expected = List.of();

  private final Path folder;
  private final Path job;
  private final Map<String, String> environment = new TreeMap<>();
  private List<String> options = List.of();

  /** How a command ended: its exit code, and both streams. */
  record Ran(int code, String text) {}

  Runs(Path folder) throws IOException {
    this.folder = folder;
    Path model = Path.of("conf/models/elastic-small").toAbsolutePath();
    this.job = Files.writeString(folder.resolve("job.yaml"), JOB.formatted(model));
  }

  /** With a Spark of its own, and options for every run. */
  Runs on(Path sparkHome, String... more) {
    environment.put("SPARK_HOME", sparkHome.toString());
    environment.putAll(SHORT_LIFE);
    return with(more);
  }

  Runs with(String... more) {
    options = List.of(more);
    return this;
  }

  Runs environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  Path folder(String name) {
    return folder.resolve(name);
  }

  /** What the embedded Spark makes of the job on this machine: run once. */
  static synchronized List<String> expected() throws IOException, InterruptedException {
    if (expected.isEmpty()) {
      Path folder = Files.createTempDirectory("tributary-clusters");
      Ran ran = new Runs(folder).with("--master", "local[2]").fuse("local");
      if (ran.code() != 0) {
        throw new AssertionError(ran.text());
      }
      expected = embeddings(folder.resolve("local"));
      assertThat(expected).hasSize(11);
    }
    return expected;
  }

  /** fuse to a place, a path or the name of a folder. */
  Ran fuse(String output, String... more) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(options);
    words.addAll(List.of("fuse", job.toString()));
    String path = output.contains(":") ? output : folder(output).toString();
    words.addAll(List.of("--set", "output.path=" + path));
    words.addAll(List.of(more));
    return run(environment, "jobs/tributary", words);
  }

  private static Ran run(Map<String, String> environment, String script, List<String> words)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("bash", script);
    builder.command().addAll(words);
    builder.redirectErrorStream(true);
    builder.environment().keySet().removeAll(List.of("SPARK_HOME", "MASTER", "HADOOP_CONF_DIR"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), text);
  }

  /** The ids of a table of embeddings, in order, each with a hash of all its bits. */
  static List<String> embeddings(Path table) {
    SparkSession spark =
        SparkSession.builder().master("local[1]").appName("clusters").getOrCreate();
    return spark
        .read()
        .parquet(table.toString())
        .orderBy("id")
        .selectExpr(
            "id",
            "sha2(to_json(struct(embedding, norm, present, tokens, input_hash, model_hash)), 256)")
        .collectAsList()
        .stream()
        .map(Row::toString)
        .toList();
  }

  /** A Spark of a version, a SPARK_HOME; profiles of src/clusters/pom.xml add to it. */
  static Path spark(String version, String... profiles) throws IOException, InterruptedException {
    Path home = FETCHED.resolve("spark-" + version);
    List<String> words = new ArrayList<>(List.of(home.toString(), version));
    words.addAll(List.of(profiles));
    fetch(home, "src/clusters/spark-home.sh", words);
    return home;
  }

  /** The jars of a profile of src/clusters/pom.xml. */
  static Path jars(String profile) throws IOException, InterruptedException {
    Path jars = FETCHED.resolve(profile);
    fetch(jars, "src/clusters/jars.sh", List.of(jars.toString(), profile));
    return jars;
  }

  /** One JVM of tests at a time: all write to Maven's repository. */
  private static void fetch(Path folder, String script, List<String> words)
      throws IOException, InterruptedException {
    Path done = folder.resolve("fetched");
    Files.createDirectories(FETCHED);
    try (FileChannel file = FileChannel.open(FETCHED.resolve("lock"), CREATE, WRITE);
        FileLock held = file.lock()) {
      if (!Files.exists(done)) {
        Ran ran = run(Map.of(), script, words);
        if (ran.code() != 0) {
          throw new AssertionError(script + ": " + ran.text());
        }
        Files.createFile(done);
      }
    }
  }
}
