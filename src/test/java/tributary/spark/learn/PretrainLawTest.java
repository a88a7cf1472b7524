package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfigs;
import tributary.model.ModelFiles;
import tributary.report.History;
import tributary.spark.Fork;
import tributary.spark.SparkFixture;

/**
 * A real model learns the same bits by all objectives for any number of tasks and JVMs, and
 * whenever one of these is killed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PretrainLawTest {
  private static final int STEPS = 6;

  @TempDir static Path folder;
  private Path file;

  /** The model, tiny, learns from parts of the longer records, and is a mean of two states. */
  @BeforeAll
  void learnUndisturbed() throws IOException {
    file = folder.resolve("job.yaml");
    Files.writeString(
        file,
        """
        model: {init: %s, seed: 3}
        input:
          format: synthetic
          options: {records: 40, seed: 5, long: 60, missing: 0.2, bad: 1}
        modalities: {text: caption, image: picture}
        errors: {max-fraction: 0.2}
        output: {path: %s}
        learn:
          steps: %d
          batch: 16
          shards: 8
          tasks: 2
          validation: 0.2
          tokens-per-record: 40
          objectives: {masked: 1, fused-contrastive: 1, modalities-contrastive: 0.5, classification: 0.5}
          label: label
          classification: {view-from: 0.5, jitter: 0.1, smoothing: 0.1}
          contrast: {hidden: 8, dim: 6, jitter: 0.1}
          optimiser: {rate: 0.01, warm-up: 2}
          checkpoints: {every: 2, keep: 2, average: 2}
        """
            .formatted(
                Path.of("src/test/resources/models/tiny.yaml").toAbsolutePath(),
                folder.resolve("whole"),
                STEPS));
    assertThat(run("whole").from()).isZero();
    assertThat(losses("whole")).hasSize(STEPS);
    assertThat(losses("whole").get(0))
        .containsKeys(
            "masked/text",
            "fused-contrastive/all",
            "modalities-contrastive/image~text",
            "classification");
  }

  private PretrainJob.Learnt run(String name) throws IOException {
    String output = "output.path=" + folder.resolve(name);
    JobConfigs.Loaded job = JobConfigs.load(file, Map.of(), Map.of(), List.of(output));
    return PretrainJob.run(job, SparkFixture.spark(), line -> {});
  }

  private static List<Map<String, Double>> losses(String name) throws IOException {
    Path history = folder.resolve(name + ".checkpoints").resolve(History.FILE);
    return History.read(history).steps().stream()
        .<Map<String, Double>>map(s -> s.losses())
        .toList();
  }

  private static void assertWhole(String name) throws IOException {
    assertThat(losses(name)).as(name).isEqualTo(losses("whole"));
    assertThat(Files.readAllBytes(folder.resolve(name).resolve(ModelFiles.WEIGHTS)))
        .as(name)
        .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(ModelFiles.WEIGHTS)));
  }

  /** Runs of (folder, tasks, trouble) in one process; its exit code. */
  private int fork(String master, String... runs) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(master, file.toString()));
    for (int i = 0; i < runs.length; i += 3) {
      arguments.addAll(List.of(folder.resolve(runs[i]).toString(), runs[i + 1], runs[i + 2]));
    }
    Path log = Files.createTempFile(folder, "run", ".log");
    return Fork.run(folder, log, PretrainRun.class, arguments.toArray(String[]::new));
  }

  private static boolean happened(String name, String trouble) {
    return Files.exists(folder.resolve(name + "." + trouble));
  }

  /** Two are those of the undisturbed run. */
  @Test
  void sameBitsForAnyNumberOfTasks() throws Exception {
    List<String> runs = new ArrayList<>();
    for (String tasks : List.of("1", "4", "8")) {
      runs.addAll(List.of("tasks" + tasks, tasks, "NONE"));
    }
    assertThat(fork("local[8]", runs.toArray(String[]::new))).isZero();
    for (String tasks : List.of("1", "4", "8")) {
      assertWhole("tasks" + tasks);
    }
  }

  /** Spark tries the stage again after each death, from the last whole checkpoint. */
  @Test
  void sameBitsInExecutorsThatAreKilledInEachPhase() throws Exception {
    List<String> troubles =
        List.of("KILL-LOAD-1-0", "KILL-FORWARD-1-3", "KILL-EXCHANGE-0-4", "KILL-SAVE-0-6");
    String all = String.join("+", troubles);
    int exit = fork("local-cluster[2,1,1024]", "executors", "2", "NONE", "killed", "2", all);
    assertThat(exit).isZero();
    troubles.forEach(t -> assertThat(happened("killed", t)).as(t).isTrue());
    assertWhole("executors");
    assertWhole("killed");
  }

  /** One run, killed in each phase in turn and started again each time. */
  @Test
  void sameBitsWhereverTheDriverIsKilledAndStartedAgain() throws Exception {
    for (String trouble :
        List.of("KILL-LOAD-1-0", "KILL-FORWARD-1-3", "KILL-EXCHANGE-1-5", "KILL-SAVE-0-6")) {
      assertThat(fork("local[2]", "driver", "2", trouble)).as(trouble).isEqualTo(137);
      assertThat(happened("driver", trouble)).as(trouble).isTrue();
      assertThat(folder.resolve("driver")).doesNotExist();
    }
    assertThat(folder.resolve("driver.checkpoints/.step-0000000006.safetensors.part")).exists();
    assertThat(run("driver").from()).isEqualTo(4);
    assertWhole("driver");
  }
}
