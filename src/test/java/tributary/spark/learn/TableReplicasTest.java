package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.TestJob;
import tributary.learn.AdamSettings;
import tributary.learn.BatchOrder;
import tributary.learn.LearningSettings;
import tributary.learn.LearningStopped;
import tributary.learn.ModalityDropout;
import tributary.learn.Objectives;
import tributary.learn.Replica;
import tributary.learn.RunIdentity;
import tributary.learn.Schedule;
import tributary.learn.VisibleTokens;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.models.ModelConfigs;
import tributary.spark.SparkFixture;
import tributary.spark.SyntheticTable;
import tributary.tensor.nd4j.Kernels;

/** What a record or a batch makes a task fail with is named where the user reads it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TableReplicasTest {
  private static final int SHARDS = 4;
  private static final int BATCH = 8;

  @TempDir static Path folder;
  private Model model;
  private TrainingTable table;

  @BeforeAll
  void readTheTable() throws Exception {
    model = Initialization.random(ModelConfigs.read(Path.of(TestJob.TINY)), 3);
    ModelFiles.save(model, folder.resolve("model"));
    TrainingTable.Wanted wanted =
        new TrainingTable.Wanted(
            TestJob.in(folder).build(),
            model.config(),
            5,
            SHARDS,
            new Validation(0, null),
            List.of(),
            "run");
    table =
        TrainingTable.read(
            wanted,
            SparkFixture.spark(),
            SyntheticTable.frame(SparkFixture.spark(), 16, 3, 300, 0, 0, 2));
  }

  @AfterAll
  void close() {
    table.close();
  }

  private void learn(ModalityDropout dropout, long tokensPerRecord) {
    Objectives objectives =
        new Objectives(
            1,
            0,
            0,
            0,
            new Objectives.Masking(new VisibleTokens(0.5, 1, 1), true),
            new Objectives.Contrast(0.5, new Objectives.Shown(0.3, 0.8, 0), 7, 5),
            Objectives.Labels.NONE,
            dropout,
            tokensPerRecord);
    LearningSettings settings =
        new LearningSettings(
            5,
            objectives,
            "adamw",
            AdamSettings.adamW(0),
            Schedule.cosine(0.01f, 4, 0, 0),
            1,
            false,
            List.of());
    RunIdentity identity = RunIdentity.of(model.hash(), 5, "16 records", Map.of());
    TableReplicas replicas =
        new TableReplicas(
            folder.resolve("model").toString(),
            settings,
            Kernels.of("java"),
            table.take(2),
            BATCH,
            2,
            identity);
    Learning.run(
        SparkFixture.spark(),
        new LearningPlan(2, SHARDS, 4, 2, BATCH, Duration.ofMinutes(1)),
        table.rows(2),
        replicas,
        new CheckpointStore(folder.toString(), 1, identity),
        steps -> {});
  }

  @Test
  void theRecordThatDoesNotFitIsNamedAtOnce() {
    ModalityDropout none =
        ModalityDropout.byLength(
            Map.of("audio", 1, "image", 1, "points", 1, "series", 1, "text", 1, "vectors", 1),
            0.0,
            0.0);
    assertThat(table.needed(8, 20)).isBetween(21L, 8L * 6);
    assertThat(table.needed(8, Long.MAX_VALUE)).isZero();
    assertThatThrownBy(() -> learn(none, 20))
        .isInstanceOf(LearningStopped.class)
        .hasMessageMatching(
            "Cannot learn from record \\S+, tokens \\{.*}: Invalid tokens-per-record: 20 \\(at"
                + " least a group of 8 tokens for each of \\d modalities\\)");
  }

  /** A replica that can't be closed leaves no records on the disk. */
  @Test
  void theRecordsAreLetGoWhateverBecomesOfTheReplica() {
    TakeShards take = table.take(1);
    TaskRecords records = take.take(0, table.rows(1).collect().iterator(), folder);
    BatchOrder order = new BatchOrder(5, take.records(), SHARDS, BATCH);
    Replica broken =
        new FakeReplica() {
          @Override
          public void close() {
            throw new IllegalStateException("Cannot close this one");
          }
        };
    Replica owning =
        new TableReplicas.Owning(broken, new TableReplicas.OfShards(order, records, 1, 4), records);
    assertThat(records.training().record(0, 0).id()).isNotEmpty();
    assertThatThrownBy(owning::close).hasMessage("Cannot close this one");
    assertThatThrownBy(() -> records.training().record(0, 0))
        .hasMessageContaining("Cannot read records from");
  }

  @Test
  void theLastStepIsValidatedToo() {
    TrainingTable.Wanted half =
        new TrainingTable.Wanted(
            TestJob.in(folder).build(),
            model.config(),
            5,
            SHARDS,
            Validation.of("0.5"),
            List.of(),
            "half");
    try (TrainingTable held =
            TrainingTable.read(
                half,
                SparkFixture.spark(),
                SyntheticTable.frame(SparkFixture.spark(), 16, 3, 300, 0, 0, 2));
        TaskRecords records = held.take(1).take(0, held.rows(1).collect().iterator(), folder)) {
      BatchOrder order = new BatchOrder(5, held.records(), SHARDS, 2);
      TableReplicas.OfShards shards = new TableReplicas.OfShards(order, records, 3, 5);
      assertThat(LongStream.rangeClosed(1, 5).filter(s -> validated(shards, s)))
          .containsExactly(3L, 5L);
    }
  }

  private static boolean validated(TableReplicas.OfShards shards, long step) {
    return IntStream.range(0, SHARDS).anyMatch(s -> !shards.validation(step, s).isEmpty());
  }

  @Test
  void whatABatchCannotDoNamesItsRecords() {
    assertThatThrownBy(() -> learn(ModalityDropout.of(Map.of("smell", 0.0)), 10_000))
        .isInstanceOf(LearningStopped.class)
        .hasMessageMatching(
            "Cannot learn in step 1 from records \\[\\S+, \\S+]: Invalid dropout.\\w+: none \\(a"
                + " probability for each modality\\)");
  }
}
