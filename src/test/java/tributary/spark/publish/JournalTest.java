package tributary.spark.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two tables become visible together, wherever the run that does it is stopped. */
class JournalTest {
  private static final Lease.Pace QUICK =
      new Lease.Pace(Duration.ofSeconds(5), Duration.ofMillis(50));

  @TempDir java.nio.file.Path folder;
  private Journal.Copier copier =
      (from, to) -> {
        throw new IllegalStateException("copied");
      };
  private FileSystem files;

  @BeforeEach
  void open() throws IOException {
    files = FileSystem.get(new Configuration(false));
  }

  @AfterEach
  void unobserved() {
    Point.unobserved();
  }

  private Path path(String name) {
    return new Path(folder.resolve(name).toString());
  }

  private List<Path> tables() {
    return List.of(path("out"), path("bad"));
  }

  private void put(java.nio.file.Path table, String text) throws IOException {
    Files.createDirectories(table);
    Files.writeString(table.resolve("part-0"), text);
  }

  private void publish(String run, String text) throws IOException {
    try (Lease lease = Lease.take(files, path("out.runs"), run, QUICK)) {
      Journal journal = new Journal(p -> files, copier, path("out.runs"), lease::requireHeld);
      journal.recover(tables(), r -> false);
      for (String table : List.of("out", "bad")) {
        put(
            java.nio.file.Path.of(Journal.staging(path(table), run).toString()),
            text + " " + table);
      }
      journal.publish(
          new Journal.Intent(
              run,
              "id",
              tables().stream()
                  .map(t -> new Journal.Move(Journal.staging(t, run).toString(), t.toString()))
                  .toList(),
              path("manifest.json").toString(),
              text));
    }
  }

  /** Every file that a reader may see, by its path; the history's by what it says. */
  private SortedMap<String, String> all() throws IOException {
    SortedMap<String, String> all = new TreeMap<>();
    try (Stream<java.nio.file.Path> walk = Files.walk(folder)) {
      for (java.nio.file.Path file :
          walk.filter(Files::isRegularFile).filter(f -> !f.toString().endsWith(".crc")).toList()) {
        all.put(folder.relativize(file).toString(), Files.readString(file));
      }
    }
    return all;
  }

  private static Map<String, String> published(String text, String... runs) {
    SortedMap<String, String> all = new TreeMap<>();
    all.put("out/part-0", text + " out");
    all.put("bad/part-0", text + " bad");
    all.put("manifest.json", text);
    for (String run : runs) {
      all.put(
          "out.runs/" + run + ".json",
          run.endsWith("1") ? "old" : run.endsWith("2") ? "new" : text);
    }
    return all;
  }

  private static final String FIRST = "20260101T000000000Z-1";
  private static final String SECOND = "20260101T000000000Z-2";
  private static final String THIRD = "20260101T000000000Z-3";

  @Test
  void allIsReplacedAndNothingElseIsLeft() throws IOException {
    publish(FIRST, "old");
    assertThat(all()).isEqualTo(published("old", FIRST));
    publish(SECOND, "new");
    assertThat(all()).isEqualTo(published("new", FIRST, SECOND));
  }

  /** Stopped at each point, on the n-th time that it comes; the next run finishes or undoes it. */
  @ParameterizedTest
  @EnumSource(
      value = Point.class,
      names = {"INTENDED", "OLD_ASIDE", "MOVED", "TOLD", "CLEARED"})
  void whereverItStopsTheNextRunFinishesIt(Point stop) throws IOException {
    for (int times = 1; times <= 2; times++) {
      int[] left = {times};
      publish(FIRST, "old");
      Point.observe(
          point -> {
            if (point == stop && --left[0] == 0) {
              throw new Stopped();
            }
          });
      boolean twice = stop == Point.OLD_ASIDE || stop == Point.MOVED;
      if (times == 1 || twice) {
        assertThatThrownBy(() -> publish(SECOND, "new")).isInstanceOf(Stopped.class);
      } else {
        publish(SECOND, "new");
      }
      for (String table : List.of("out", "bad")) {
        java.nio.file.Path part = folder.resolve(table).resolve("part-0");
        // Old, new, or between two renames none: never in part.
        assertThat(Files.exists(part) ? Files.readString(part) : "none")
            .isIn("old " + table, "new " + table, "none");
      }
      Point.unobserved();
      assertThat(recovered()).isEqualTo(published("new", FIRST, SECOND));
      publish(THIRD, "last");
      assertThat(all()).isEqualTo(published("last", FIRST, SECOND, THIRD));
      for (java.nio.file.Path file : List.of(folder.resolve("out"), folder.resolve("bad"))) {
        Files.delete(file.resolve("part-0"));
        Files.delete(file);
      }
      files.delete(path("out.runs"), true);
    }
  }

  private Map<String, String> recovered() throws IOException {
    try (Lease lease = Lease.take(files, path("out.runs"), "next", QUICK)) {
      new Journal(p -> files, copier, path("out.runs"), lease::requireHeld)
          .recover(tables(), r -> false);
    }
    return all();
  }

  /** Staged, and not yet intended: as if it had never been. */
  @Test
  void whatWasOnlyStagedIsRemoved() throws IOException {
    publish(FIRST, "old");
    put(folder.resolve("_out.staging-dead"), "half");
    put(folder.resolve("_bad.staging-dead"), "half");
    put(folder.resolve("_another.staging-run"), "of another table");
    Map<String, String> right = published("old", FIRST);
    right.put("_another.staging-run/part-0", "of another table");
    assertThat(recovered()).isEqualTo(right);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"run\":", "[]", "{}"})
  void aJournalThatWasCutMovesNothing(String text) throws IOException {
    publish(FIRST, "old");
    Files.writeString(folder.resolve("out.runs/publish.json"), text);
    assertThat(recovered()).isEqualTo(published("old", FIRST));
  }

  /** A run that was taken for dead wakes up: its staging is gone, and so is its lease. */
  @Test
  void theOneThatWasTakenForDeadPublishesNothing() throws IOException {
    publish(FIRST, "old");
    Lease first = Lease.take(files, path("out.runs"), SECOND, QUICK);
    put(folder.resolve("_out.staging-" + SECOND), "late");
    try (DirectoryStream<java.nio.file.Path> leases =
        Files.newDirectoryStream(folder.resolve("out.runs"), "lease-*.json")) {
      for (java.nio.file.Path lease : leases) {
        Files.delete(lease);
      }
    }
    publish(THIRD, "last");
    Journal late = new Journal(p -> files, copier, path("out.runs"), first::requireHeld);
    Journal.Intent intent =
        new Journal.Intent(
            SECOND,
            "id",
            List.of(
                new Journal.Move(
                    path("_out.staging-" + SECOND + "/out").toString(), path("out").toString())),
            path("manifest.json").toString(),
            "late");
    assertThatThrownBy(() -> late.publish(intent)).hasMessageStartingWith("Cannot go on: ");
    first.close();
    assertThat(all()).isEqualTo(published("last", FIRST, THIRD));
  }

  /**
   * A store that moves file by file was stopped in the middle: what is there is half of the new.
   */
  @Test
  void aMoveThatWasHalfDoneIsDoneAgain() throws IOException {
    publish(FIRST, "old");
    Point.observe(
        point -> {
          if (point == Point.OLD_ASIDE) {
            throw new Stopped();
          }
        });
    assertThatThrownBy(() -> publish(SECOND, "new")).isInstanceOf(Stopped.class);
    Point.unobserved();
    put(folder.resolve("out"), "half");
    assertThat(recovered()).isEqualTo(published("new", FIRST, SECOND));
  }

  @Test
  void theHistoryIsInOrderAndToldWhereItWasCut() throws IOException {
    publish(FIRST, "old");
    publish(SECOND, "new");
    Files.writeString(folder.resolve("out.runs").resolve(FIRST + ".json"), "{\"ru");
    assertThat(new History(files, path("out.runs")).runs())
        .isEqualTo(new TreeMap<>(Map.of(FIRST, "{\"ru", SECOND, "new")));
    assertThat(new History(files, path("none.runs")).runs()).isEmpty();
    assertThat(new History(files, path("out.runs")).next()).matches("2\\d{7}T\\d{9}Z-[0-9a-f]{8}");
    // A machine whose clock was an hour ahead.
    new History(files, path("out.runs")).failed("29990101T000000000Z-4", "late");
    assertThat(new History(files, path("out.runs")).next())
        .matches("29990101T000000001Z-[0-9a-f]{8}");
  }

  /** A slash at a path's end doesn't put the runs into the table. */
  @Test
  void runsAreBesideTheTable() {
    assertThat(History.folder("out/t/")).isEqualTo(History.folder("out/t"));
    assertThat(History.folder("s3a://b/t/")).isEqualTo(new Path("s3a://b/t.runs"));
  }

  /** What was staged and compared is gone: nothing is told of a table that isn't there. */
  @Test
  void whatIsGoneIsNotPublished() throws IOException {
    publish(FIRST, "old");
    try (Lease lease = Lease.take(files, path("out.runs"), SECOND, QUICK)) {
      Journal journal = new Journal(p -> files, copier, path("out.runs"), lease::requireHeld);
      String staged = Journal.staging(path("out"), SECOND).toString();
      assertThatThrownBy(
              () ->
                  journal.publish(
                      new Journal.Intent(
                          SECOND,
                          "id",
                          List.of(new Journal.Move(staged, path("out").toString())),
                          path("manifest.json").toString(),
                          "new")))
          .hasMessageMatching("Cannot publish \\S+/out: what was staged in \\S+ is gone");
    }
    assertThat(all()).isEqualTo(published("old", FIRST));
  }

  /** Stopped between two renames, and then what was staged was lost: the old table comes back. */
  @Test
  void anOldTableWithoutANewOneGoesBack() throws IOException {
    publish(FIRST, "old");
    Files.move(folder.resolve("out"), folder.resolve("_out.old-dead"));
    assertThat(recovered()).isEqualTo(published("old", FIRST));
  }

  /** Where folders aren't moved at once they are copied, again where a try stopped halfway. */
  @Test
  void elsewhereTheStagedStaysUntilAllIsDone() throws IOException {
    publish(FIRST, "old");
    files = new ObjectStore(files);
    int[] left = {1};
    copier =
        (from, to) -> {
          put(folder.resolve(to.getName()), "half");
          if (left[0]-- > 0) {
            throw new Stopped();
          }
          put(
              folder.resolve(to.getName()),
              Files.readString(java.nio.file.Path.of(from.toString()).resolve("part-0")));
        };
    assertThatThrownBy(() -> publish(SECOND, "new")).isInstanceOf(Stopped.class);
    assertThat(recovered()).isEqualTo(published("new", FIRST, SECOND));
  }

  /** The disks of this machine, by another name. */
  private static final class ObjectStore extends FilterFileSystem {
    ObjectStore(FileSystem disks) {
      super(disks);
    }

    @Override
    public URI getUri() {
      return URI.create("object:///");
    }
  }

  private static final class Stopped extends RuntimeException {}
}
