package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.config.JobConfig.Sink.Mode;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** A PostgreSQL of Debian's package: embeddings are arrays there. */
@Tag("clusters")
final class PostgresTest {
  private static final String FIRST = "('a', 'x'), ('b', 'y')";
  private static final String MORE = FIRST + ", ('c', 'z')";

  @TempDir static Path folder;

  private static Path data = Path.of("");
  private static int port;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    data = Files.createTempDirectory("tributary-postgres");
    if (isRoot()) {
      UserPrincipalLookupService users = FileSystems.getDefault().getUserPrincipalLookupService();
      Files.setOwner(data, users.lookupPrincipalByName("postgres"));
    }
    server("initdb", "-D", data.toString(), "-A", "trust", "-U", "tributary");
    String options = "-p %d -k %s -c listen_addresses=127.0.0.1 -c fsync=off".formatted(port, data);
    server("pg_ctl", "-D", data.toString(), "-o", options, "-l", data + "/log", "-w", "start");
  }

  @AfterAll
  static void stop() throws IOException, InterruptedException {
    server("pg_ctl", "-D", data.toString(), "-m", "immediate", "stop");
    try (Stream<Path> files = Files.walk(data)) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(f -> f.toFile().delete());
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** The server refuses to run as root. */
  private static void server(String program, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      Path bin = versions.sorted().reduce((a, b) -> b).orElseThrow().resolve("bin");
      command.add(bin.resolve(program).toString());
    }
    command.addAll(List.of(arguments));
    Path log = folder.resolve(program + ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertThat(process.waitFor()).as(() -> command + " " + log).isZero();
  }

  private static Map<String, String> options() {
    return Map.of("url", "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=tributary");
  }

  private RunManifest.Counts run(Sink output, String records) {
    Dataset<Row> table =
        SparkFixture.spark().sql("select * from values " + records + " as t(id, caption)");
    TestJob job = TestJob.in(folder.resolve("beside")).columns("text", "caption").output(output);
    return FuseJob.run(job.build(), Map.of(), SparkFixture.spark(), table).counts();
  }

  private static Map<String, List<Float>> embeddings(Dataset<Row> table) {
    Map<String, List<Float>> embeddings = new TreeMap<>();
    table
        .select("id", "embedding")
        .collectAsList()
        .forEach(r -> embeddings.put(r.getString(0), r.getList(1)));
    return embeddings;
  }

  @Test
  void embeddingsAreArrays() {
    run(new Sink("jdbc", "embeddings", Mode.ERROR, options(), Deletes.KEEP, true), FIRST);
    Sink append = new Sink("jdbc", "embeddings", Mode.APPEND, options(), Deletes.KEEP, true);
    RunManifest.Counts more = run(append, MORE);
    assertThat(List.of(more.unchanged(), more.out())).containsExactly(2L, 1L);
    Dataset<Row> there =
        SparkFixture.spark()
            .read()
            .format("jdbc")
            .options(options())
            .option("dbtable", "embeddings")
            .load();
    assertThat(there.schema().apply("embedding").dataType())
        .isEqualTo(DataTypes.createArrayType(DataTypes.FloatType));
    Sink whole = TestJob.sink(folder.resolve("whole"));
    run(whole, MORE);
    assertThat(embeddings(there))
        .isEqualTo(embeddings(SparkFixture.spark().read().parquet(whole.path())));
  }
}
