package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems.Refused;
import tributary.learn.LearningStopped;
import tributary.learn.Replica;
import tributary.spark.Fork;
import tributary.spark.SparkFixture;

/** Any number of tasks, JVMs, deaths and restarts give the plain loop's bits. */
class LearningTest {
  private static final PlainLearning PLAIN =
      new PlainLearning(LearningRun.SHARDS, LearningRun.STEPS);

  @TempDir Path folder;

  private static Trouble trouble(Path folder, Trouble.What what, int task, long step) {
    String marker = folder.resolve("happened").toString();
    return new Trouble(what, Trouble.Phase.FORWARD, task, step, marker);
  }

  private static void assertPlain(Path run) throws IOException {
    FakeReplica replica = new FakeReplica();
    FileStore store = new FileStore(run.toString(), Trouble.NONE);
    assertThat(store.latestStep()).contains(LearningRun.STEPS);
    store.restore(replica, LearningRun.STEPS);
    assertThat(Arrays.equals(replica.weights, PLAIN.replica.weights)).as("weights").isTrue();
    assertThat(Arrays.equals(replica.moments, PLAIN.replica.moments)).as("moments").isTrue();
  }

  /** All steps from one on were heard of, each with the plain loop's losses whenever it was. */
  private static void assertHeard(Path run, long from) throws IOException {
    List<String> expected = new ArrayList<>();
    for (long step = from; step <= LearningRun.STEPS; step++) {
      double[] losses = PLAIN.losses.get((int) step - 1);
      expected.add(
          "%d %s %s".formatted(step, Double.toHexString(losses[0]), Double.toHexString(losses[1])));
    }
    assertThat(new TreeSet<>(Files.readAllLines(run.resolve("heard"))))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void sameBitsInOneJvm(int tasks) throws IOException {
    assertThat(LearningRun.run(SparkFixture.spark(), folder, tasks, Trouble.NONE)).isZero();
    assertPlain(folder);
    assertHeard(folder, 1);
    assertThat(Rooms.open()).isZero();
    assertThat(LearningRun.run(SparkFixture.spark(), folder, tasks, Trouble.NONE))
        .as("nothing to do")
        .isEqualTo(LearningRun.STEPS);
  }

  /** Spark tries the stage again, from step 5. */
  @Test
  void aTaskThatThrowsIsTriedAgain() throws IOException {
    Trouble trouble = trouble(folder, Trouble.What.THROW, 1, 8);
    assertThat(LearningRun.run(SparkFixture.spark(), folder, 2, trouble)).isEqualTo(5);
    assertThat(folder.resolve("happened")).exists();
    assertPlain(folder);
    assertThat(Rooms.open()).isZero();
  }

  /** What Spark's own message does not say. */
  @Test
  void whatFailsEachTimeIsToldWithItsReason() {
    Trouble trouble = new Trouble(Trouble.What.ALWAYS, Trouble.Phase.FORWARD, 1, 3, "");
    assertThatThrownBy(() -> LearningRun.run(SparkFixture.spark(), folder, 2, trouble))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot learn: task 1 failed in attempt 4: Cannot go on: made to fail always")
        .hasCauseInstanceOf(SparkException.class);
    assertThat(Rooms.open()).isZero();
  }

  /**
   * Task 1 throws once; the second attempt is cancelled, which ends its tasks: neither the past
   * failure nor how Spark ended a task is why.
   */
  @Test
  @Timeout(120)
  void whatEndsALaterAttemptIsNotToldByAnEarlierOnesFailure() {
    SparkSession spark = SparkFixture.spark();
    Trouble trouble = trouble(folder, Trouble.What.THROW, 1, 3);
    LearningPlan plan =
        new LearningPlan(2, LearningRun.SHARDS, LearningRun.STEPS, 5, 64, Duration.ofMinutes(2));
    assertThatThrownBy(
            () ->
                Learning.run(
                    spark,
                    plan,
                    new Cancelled(trouble, 7),
                    new FileStore(folder.toString(), Trouble.NONE),
                    steps -> {
                      if (steps.get(steps.size() - 1).step() == 5) {
                        spark.sparkContext().cancelAllJobs();
                      }
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Cannot learn: ")
        .hasMessageContaining("cancelled")
        .hasMessageNotContaining("failed in attempt");
    assertThat(folder.resolve("happened")).exists();
    while (Rooms.open() > 0) {
      Thread.onSpinWait(); // Spark does not wait for tasks that it ends
    }
  }

  /** Meets trouble, and from a step on goes on only when Spark has ended its task. */
  private record Cancelled(Trouble trouble, long step) implements ReplicaSource {
    @Override
    public Replica open(Share share) {
      Replica troubled = new TroubledReplica.Source(trouble).open(share);
      return new FakeReplica() {
        @Override
        public float[] forward(long at, int shard) {
          while (at == step && !TaskContext.get().isInterrupted()) {
            Thread.onSpinWait();
          }
          troubled.forward(at, shard);
          return super.forward(at, shard);
        }
      };
    }
  }

  /** Once, though Spark would try four times; what was saved remains. */
  @Test
  void aReplicaThatStopsEndsTheRun() throws IOException {
    Trouble trouble = trouble(folder, Trouble.What.STOP, 1, 8);
    assertThatThrownBy(() -> LearningRun.run(SparkFixture.spark(), folder, 2, trouble))
        .isInstanceOf(LearningStopped.class)
        .hasMessage("Cannot go on: loss NaN at step 8");
    assertThat(new FileStore(folder.toString(), Trouble.NONE).latestStep()).contains(5L);
    assertThat(LearningRun.run(SparkFixture.spark(), folder, 2, Trouble.NONE)).isEqualTo(5);
    assertPlain(folder);
  }

  @Test
  void sameBitsForAnyNumberOfTasksAndAfterTheDriverDied() throws Exception {
    String died = folder.resolve("died").toString();
    assertThat(fork("dies", "local[2]", died, "2", "KILL-EXCHANGE-1-8")).isEqualTo(137);
    assertThat(folder.resolve("died/happened")).exists();
    assertThat(folder.resolve("died/12")).doesNotExist();
    List<String> runs = new ArrayList<>(List.of(died, "4", "NONE"));
    for (String tasks : List.of("1", "2", "4", "8")) {
      runs.addAll(List.of(folder.resolve(tasks).toString(), tasks, "NONE"));
    }
    assertThat(fork("local8", "local[8]", runs.toArray(String[]::new))).isZero();
    assertPlain(folder.resolve("died"));
    assertHeard(folder.resolve("died"), 6);
    for (String tasks : List.of("1", "2", "4", "8")) {
      assertPlain(folder.resolve(tasks));
      assertHeard(folder.resolve(tasks), 1);
    }
  }

  @Test
  void sameBitsInExecutorsThatAreKilled() throws Exception {
    List<String> troubles =
        List.of("NONE", "KILL-FORWARD-1-8", "KILL-EXCHANGE-0-9", "KILL-SAVE-0-10");
    List<String> runs = new ArrayList<>();
    for (String trouble : troubles) {
      runs.addAll(List.of(folder.resolve(trouble).toString(), "2", trouble));
    }
    assertThat(fork("cluster", "local-cluster[2,1,1024]", runs.toArray(String[]::new))).isZero();
    for (String trouble : troubles) {
      Path run = folder.resolve(trouble);
      assertThat(Files.exists(run.resolve("happened"))).isEqualTo(!trouble.equals("NONE"));
      assertPlain(run);
      assertHeard(run, 1);
    }
  }

  private int fork(String name, String master, String... runs) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(master));
    arguments.addAll(List.of(runs));
    Path log = folder.resolve(name + ".log");
    return Fork.run(folder, log, LearningRun.class, arguments.toArray(String[]::new));
  }

  @Test
  void numbersThatCantBeAreRefusedTogether() {
    assertThatThrownBy(() -> new LearningPlan(3, 8, 0, 0, 0, Duration.ZERO))
        .isInstanceOf(Refused.class)
        .hasMessage(
            String.join(
                System.lineSeparator(),
                "Invalid tasks: 3 (a power of two, at most the shards, 8)",
                "Invalid steps: 0 (at least 1)",
                "Invalid saveEvery: 0 (at least 1)",
                "Invalid records: 0 (at least 1)",
                "Invalid patience: 0 (at least 1)"));
    assertThat(Share.problems(16, 8))
        .containsExactly("Invalid tasks: 16 (a power of two, at most the shards, 8)");
    assertThat(Share.problems(2, 6)).containsExactly("Invalid shards: 6 (a power of two)");
  }

  @Test
  void tooFewSlotsAreRefused() {
    assertThatThrownBy(() -> LearningRun.run(SparkFixture.spark(), folder, 4, Trouble.NONE))
        .isInstanceOf(Refused.class)
        .hasMessage("Invalid learn.tasks: 4 (at most the tasks that Spark runs at once, 2)");
  }

  @Test
  void dynamicAllocationIsRefused() {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.master", "yarn")
            .set("spark.dynamicAllocation.enabled", "true");
    assertThat(LearningChecks.problems(conf, 2, 2))
        .containsExactly(
            "Invalid spark.dynamicAllocation.enabled: true (false: all tasks run at once or not at"
                + " all)");
  }

  @ParameterizedTest
  @CsvSource({
    "local[8], 8",
    "local-cluster[2; 1; 1024], 2",
    "local-cluster[2;4;1024], 8",
    "yarn, 6"
  })
  void slotsAreKnown(String master, int slots) {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.master", master.replace(';', ','))
            .set("spark.executor.instances", "3")
            .set("spark.executor.cores", "2");
    assertThat(LearningChecks.slots(conf, 8)).isEqualTo(OptionalInt.of(slots));
    assertThat(LearningChecks.slots(new SparkConf(false).set("spark.master", "yarn"), 8)).isEmpty();
  }
}
