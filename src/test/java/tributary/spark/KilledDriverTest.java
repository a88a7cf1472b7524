package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.config.JobConfig.Sink;
import tributary.spark.publish.Point;

/** SIGKILL for a driver in a process of its own, at every point, and the run after it. */
@Tag("clusters")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KilledDriverTest {
  private static final int AT_ONCE = 2;
  private static final int KILLED = 128 + 9;

  @TempDir static Path folder;
  private final SortedMap<String, String> records =
      new TreeMap<>(Map.of("a", "6161", "d", "FF", "e", "6165"));
  private List<String> names;

  /** All drivers are started and killed beforehand, several at a time. */
  @BeforeAll
  void kill() throws Exception {
    job("truth").know();
    Path before = folder.resolve("before");
    new FaultJob(SparkFixture.spark(), before, folder, false)
        .run(new TreeMap<>(Map.of("a", "6162", "b", "6163")), Sink.Mode.OVERWRITE, false);
    names = names(before);
    Path file = folder.resolve("records");
    FaultJob.write(records, file);
    ExecutorService several = Executors.newFixedThreadPool(AT_ONCE);
    List<Callable<Integer>> drivers =
        Stream.of(Point.values())
            .filter(KilledDriverTest::isReached)
            .<Callable<Integer>>map(p -> () -> killed(before, file, p))
            .toList();
    for (Future<Integer> exit : several.invokeAll(drivers)) {
      assertThat(exit.get()).isEqualTo(KILLED);
    }
    several.shutdown();
  }

  /** A folder's run makes no commit. */
  private static boolean isReached(Point point) {
    return point != Point.COMMITTED;
  }

  private static int killed(Path before, Path file, Point point)
      throws IOException, InterruptedException {
    Path lake = folder.resolve(point.name());
    FileUtils.copyDirectory(before.toFile(), lake.toFile());
    return Fork.start(
            folder,
            folder.resolve(point + ".log"),
            List.of("-XX:TieredStopAtLevel=1", "-Dspark.local.dir=" + folder.resolve("scratch")),
            FaultDriver.class,
            lake.toString(),
            folder.toString(),
            "false",
            file.toString(),
            Sink.Mode.OVERWRITE.name(),
            "true",
            point.name())
        .waitFor();
  }

  private static FaultJob job(String lake) {
    return new FaultJob(SparkFixture.spark(), folder.resolve(lake), folder, false);
  }

  private static List<String> names(Path lake) throws IOException {
    try (Stream<Path> files = Files.list(lake)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource(value = Point.class, mode = EnumSource.Mode.EXCLUDE, names = "COMMITTED")
  void theNextRunMakesItRight(Point point) throws IOException {
    FaultJob job = job(point.name());
    job.run(records, Sink.Mode.OVERWRITE, true);
    assertThat(FaultTables.read(job.lake().resolve("out"))).isEqualTo(job.right(records, false));
    assertThat(FaultTables.read(job.lake().resolve("out.bad"))).isEqualTo(job.right(records, true));
    assertThat(names(job.lake())).isEqualTo(names);
    assertThat(names(job.lake().resolve("out.runs"))).allMatch(n -> n.matches("\\d{8}T.*\\.json"));
  }
}
