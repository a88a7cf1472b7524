package tributary.spark.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One writer at a time, however many want to be and whatever became of the one before. */
@Timeout(120)
class LeaseTest {
  private static final Lease.Pace QUICK =
      new Lease.Pace(Duration.ofMillis(20), Duration.ofMillis(400));

  @TempDir java.nio.file.Path folder;
  private FileSystem files;
  private Path runs;

  @BeforeEach
  void open() throws IOException {
    files = FileSystem.get(new Configuration(false));
    runs = new Path(folder.resolve("out.runs").toString());
  }

  private Lease take(String run) throws IOException {
    return Lease.take(files, runs, run, QUICK);
  }

  private java.nio.file.Path file(String token) {
    return folder.resolve("out.runs/lease-" + token + ".json");
  }

  /** As one does who takes its owner for dead. */
  private void remove() throws IOException {
    try (DirectoryStream<java.nio.file.Path> leases =
        Files.newDirectoryStream(folder.resolve("out.runs"), "lease-*.json")) {
      for (java.nio.file.Path lease : leases) {
        Files.delete(lease);
      }
    }
  }

  /** An owner of another machine: nothing tells whether it lives but its counting. */
  private void elsewhere(String token) throws IOException {
    Process process = new Process("somebody", "elsewhere", 12, "another boot", 1);
    String text =
        new ObjectMapper()
            .writeValueAsString(
                // An hour ahead: nobody compares clocks.
                new Lease.Owner(token, "theirs", "2100-01-01T00:00:00Z", process));
    while (true) {
      Files.createDirectories(file(token).getParent());
      try {
        Files.writeString(file(token), text);
        return;
      } catch (NoSuchFileException e) {
        // Who gives its lease back removes the folder while it is empty.
      }
    }
  }

  /** A process that is killed while it writes a small file leaves the half of it. */
  @Test
  void whatOthersHaveHalfWrittenGoesWithTheLease() throws IOException {
    java.nio.file.Path there = Files.createDirectories(folder.resolve("out.runs"));
    String half = "." + UUID.randomUUID();
    List.of("_lease-dead.json" + half, "__beat-dead" + half, "_publish.json" + half, "_beat-dead")
        .forEach(name -> write(there.resolve(name)));
    write(there.resolve("_notes.txt"));
    try (Lease lease = take("one")) {
      lease.requireHeld();
      assertThat(there.toFile().list())
          .hasSize(3)
          .contains("_notes.txt")
          .noneMatch(n -> n.contains("dead") || n.endsWith(half));
    }
    assertThat(there.toFile().list()).containsExactly("_notes.txt");
  }

  private static void write(java.nio.file.Path file) {
    try {
      Files.writeString(file, "half");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As on a disk that is full. */
  @Test
  void whatCantBeWrittenLeavesNoHalf() throws IOException {
    Files.createDirectories(folder.resolve("out.runs/file.json/in the way"));
    assertThatThrownBy(() -> new Store(files).write(new Path(runs, "file.json"), "text"))
        .isInstanceOf(IOException.class);
    assertThat(folder.resolve("out.runs").toFile().list()).containsExactly("file.json");
  }

  @Test
  void theSecondIsRefusedAndToldByWhom() throws IOException {
    try (Lease first = take("one")) {
      first.requireHeld();
      assertThatThrownBy(() -> take("two"))
          .isInstanceOf(Lease.Refused.class)
          .hasMessageMatching(
              "another run is writing it: run one of \\S+ on \\S+, process "
                  + ProcessHandle.current().pid()
                  + ", since \\S+ \\(its lease is in .*out\\.runs\\)");
      first.requireHeld();
      assertThat(Lease.holder(files, runs)).get().asString().startsWith("run one of ");
    }
    assertThat(Lease.holder(files, runs)).isEmpty();
    take("three").close();
    assertThat(folder).isEmptyDirectory();
  }

  /** The leases that several had who took it at once; the others were refused. */
  private List<Lease> had(ExecutorService threads, int takers) throws InterruptedException {
    List<Callable<Lease>> all = new ArrayList<>();
    for (int i = 0; i < takers; i++) {
      String run = "run " + i;
      all.add(() -> take(run));
    }
    List<Lease> had = new ArrayList<>();
    for (Future<Lease> future : threads.invokeAll(all)) {
      try {
        had.add(future.get());
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(Lease.Refused.class);
      }
    }
    return had;
  }

  @Test
  void ofManyAtOnceOneHasIt() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 10; round++) {
        List<Lease> had = had(threads, 8);
        assertThat(had).hasSize(1);
        had.get(0).close();
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void ofManyThatTakeOverOneHasIt() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 5; round++) {
        elsewhere("dead " + round);
        List<Lease> had = had(threads, 4);
        assertThat(had).hasSize(1);
        had.get(0).requireHeld();
        had.get(0).close();
        assertThat(folder).isEmptyDirectory();
      }
    } finally {
      threads.shutdown();
    }
  }

  /** Takers come while others give back and while the dead are removed. */
  @Test
  void nobodyHasItWhileAnotherDoes() throws Exception {
    AtomicInteger having = new AtomicInteger();
    AtomicInteger had = new AtomicInteger();
    Callable<Integer> taker =
        () -> {
          int most = 0;
          for (int round = 0; round < 30; round++) {
            if (round % 10 == 0) {
              elsewhere("dead " + UUID.randomUUID());
            }
            try (Lease lease = take("run")) {
              most = Math.max(most, having.incrementAndGet());
              had.incrementAndGet();
              lease.requireHeld();
              Thread.sleep(1);
              lease.requireHeld();
              having.decrementAndGet();
            } catch (Lease.Refused refused) {
              assertThat(refused).hasMessageContaining("another run is writing it");
            }
          }
          return most;
        };
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      for (Future<Integer> most : threads.invokeAll(Collections.nCopies(6, taker))) {
        assertThat(most.get()).isLessThanOrEqualTo(1);
      }
      assertThat(had.get()).isPositive();
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void oneWithoutASignOfLifeIsTakenOver() throws IOException {
    elsewhere("dead");
    try (Lease own = take("mine")) {
      own.requireHeld();
      assertThat(file("dead")).doesNotExist();
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void oneThatCountsElsewhereIsAlive() throws Exception {
    elsewhere("alive");
    Thread theirs =
        new Thread(
            () -> {
              for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                try {
                  new Store(files).write(new Path(runs, "_beat-alive"), "has " + i);
                  Thread.sleep(20);
                } catch (IOException | InterruptedException e) {
                  return;
                }
              }
            });
    theirs.start();
    try {
      assertThatThrownBy(() -> take("mine"))
          .isInstanceOf(Lease.Refused.class)
          .hasMessageContaining("run theirs of somebody on elsewhere, process 12");
    } finally {
      theirs.interrupt();
      theirs.join();
    }
  }

  /** Killed on this machine: that is known at once, whatever the patience. */
  @Test
  void aDeadProcessOfThisMachineIsNotWaitedFor() throws Exception {
    java.lang.Process child = new ProcessBuilder("sleep", "1000").start();
    Process own = Process.current();
    Process theirs =
        new Process(own.user(), own.host(), child.pid(), own.space(), Process.start(child.pid()));
    Files.createDirectories(file("t").getParent());
    Files.writeString(
        file("t"),
        new ObjectMapper().writeValueAsString(new Lease.Owner("t", "theirs", "now", theirs)));
    Files.writeString(folder.resolve("out.runs/_beat-t"), "has 7");
    Lease.Pace patient = new Lease.Pace(Duration.ofSeconds(5), Duration.ofDays(1));
    assertThatThrownBy(() -> Lease.take(files, runs, "mine", patient))
        .hasMessageContaining("run theirs");
    child.destroyForcibly().waitFor();
    Lease.take(files, runs, "mine", patient).close();
    assertThat(folder).isEmptyDirectory();
  }

  /** Its number is given to another process: that is another start. */
  @Test
  void aProcessNumberUsedAgainIsNoSignOfLife() {
    Process own = Process.current();
    assertThat(own.alive()).contains(true);
    assertThat(
            new Process(own.user(), own.host(), own.pid(), own.space(), own.started() - 1).alive())
        .contains(false);
    // Of another user's process nothing may be told.
    assertThat(new Process("u", own.host(), 1 << 30, own.space(), 1).alive()).isEmpty();
    assertThat(new Process(own.user(), own.host(), 1 << 30, own.space(), 1).alive())
        .contains(false);
    assertThat(new Process("u", own.host(), own.pid(), "another boot", own.started()).alive())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"token\":\"a\",\"ru", "{}", "null", "[]"})
  void aLeaseThatCannotBeReadIsTakenOverWhereItDoesNotChange(String text) throws IOException {
    Files.createDirectories(file("a").getParent());
    Files.writeString(file("a"), text);
    take("mine").close();
    assertThat(folder).isEmptyDirectory();
  }

  /** A job that is cancelled gives its lease back, whatever its thread was told. */
  @Test
  void whoIsInterruptedLeavesNoLease() throws IOException {
    Lease lease = take("one");
    Thread.currentThread().interrupt();
    lease.close();
    assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    assertThat(folder).isEmptyDirectory();
    take("two").close();
  }

  /** It stood still, another took over: it may do nothing more. */
  @Test
  void theOneThatWasTakenForDeadKnows() throws IOException {
    Lease first = take("one");
    remove();
    try (Lease second = take("two")) {
      assertThatThrownBy(first::requireHeld)
          .hasMessageMatching("Cannot go on: .* its lease was taken over by run two of .*");
      first.close();
      second.requireHeld();
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aPlaceThatCannotBeWrittenIsTold() throws IOException {
    Files.writeString(folder.resolve("out.runs"), "a file");
    assertThatThrownBy(() -> take("one")).isInstanceOf(IOException.class);
    try (Stream<java.nio.file.Path> left = Files.list(folder)) {
      assertThat(left).hasSize(1);
    }
  }
}
