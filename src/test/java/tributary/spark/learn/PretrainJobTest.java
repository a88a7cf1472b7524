package tributary.spark.learn;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfigs;
import tributary.config.Problems.Refused;
import tributary.learn.CheckpointFolder;
import tributary.learn.Classifier;
import tributary.learn.LearningStopped;
import tributary.learn.RunIdentity;
import tributary.learn.probe.Scores;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.models.Models;
import tributary.report.History;
import tributary.report.ReportPage;
import tributary.spark.SparkFixture;
import tributary.spark.SyntheticTable;

/** Learning on Spark from a table: the same weights however it is cut, stopped or gone on with. */
class PretrainJobTest {
  @TempDir Path folder;

  private JobConfigs.Loaded job(String name, String... sets) throws IOException {
    Path model = folder.resolve("model.yaml");
    Files.writeString(model, Files.readString(Path.of("src/test/resources/models/tiny.yaml")));
    Path file = folder.resolve("job.yaml");
    Files.writeString(
        file,
        """
        model: {init: %s, seed: 3}
        input:
          format: synthetic
          options: {records: 30, seed: 5, long: 60, missing: 0.2, bad: 2}
        modalities: {text: caption, image: picture}
        errors: {max-fraction: 0.2}
        output: {path: %s}
        learn:
          steps: 6
          batch: 9
          shards: 4
          tasks: 2
          validation: 0.2
          label: label
          objectives: {masked: 1}
          contrast: {hidden: 8, dim: 6}
          optimiser: {rate: 0.01, warm-up: 2}
          checkpoints: {every: 2, keep: 2}
        """
            .formatted(model, folder.resolve(name)));
    return JobConfigs.load(file, Map.of(), Map.of(), Arrays.asList(sets));
  }

  private static PretrainJob.Learnt run(JobConfigs.Loaded job) {
    return PretrainJob.run(job, SparkFixture.spark(), line -> {});
  }

  @Test
  void oneTaskAndTwoLearnTheSameBits() throws IOException {
    PretrainJob.Learnt two = run(job("two"));
    PretrainJob.Learnt one = run(job("one", "learn.tasks=1"));
    assertThat(one.hash()).isEqualTo(two.hash());
    assertThat(Files.readAllBytes(folder.resolve("one").resolve(ModelFiles.WEIGHTS)))
        .isEqualTo(Files.readAllBytes(folder.resolve("two").resolve(ModelFiles.WEIGHTS)));
    assertThat(losses("one")).isEqualTo(losses("two")).hasSize(6);
    assertThat(run(job("seed", "learn.seed=2")).hash()).isNotEqualTo(two.hash());
  }

  /** What every step lost, without how fast it was. */
  private List<Map<String, Double>> losses(String name) throws IOException {
    Path file = folder.resolve(name + ".checkpoints").resolve(History.FILE);
    return History.read(file).steps().stream().<Map<String, Double>>map(s -> s.losses()).toList();
  }

  @Test
  void theModelIsLearntHasNoDecoderAndAPage() throws IOException {
    PretrainJob.Learnt learnt = run(job("whole"));
    Model model = Models.load(folder.resolve("whole"));
    assertThat(model.hash()).isEqualTo(learnt.hash());
    assertThat(model.origin()).isEqualTo("learnt in 6 steps, seed 1");
    assertThat(model.random()).isFalse();
    assertThat(model.weights().keySet()).noneMatch(n -> n.startsWith("decode"));
    assertThat(losses("whole").get(0).keySet())
        .containsExactly(
            "fused-contrastive/all",
            "fused-contrastive/image",
            "fused-contrastive/text",
            "masked",
            "masked/image",
            "masked/text");
    assertThat(Files.readString(folder.resolve("whole").resolve("report.html")))
        .contains("masked/image", "Learning whole");
    History.Recorded history =
        History.read(folder.resolve("whole.checkpoints").resolve(History.FILE));
    assertThat(history.validations()).extracting(v -> v.step()).containsExactly(2L, 4L, 6L);
    assertThat(history.validations().get(2).losses()).containsKey("masked/text");
    Model kept = load(run(job("kept", "learn.keep-decoder=true")));
    assertThat(kept.weights().keySet()).anyMatch(n -> n.startsWith("decode"));
  }

  @Test
  void classesAreLearntAndTriedOnEveryRecordThatIsHeldOut() throws IOException {
    String[] only = {
      "learn.objectives.masked=0",
      "learn.objectives.fused-contrastive=0",
      "learn.objectives.classification=1",
      "input.options.missing=0"
    };
    PretrainJob.Learnt two = run(job("two", only));
    Scores scores = Objects.requireNonNull(two.heldOut());
    // All that is held out: every record has a label, and none is without any tokens.
    assertThat(Files.readString(folder.resolve("two").resolve(ReportPage.FILE)))
        .contains(" learnt from, " + scores.tested() + " held out");
    assertThat(scores.classes()).extracting(c -> c.label()).hasSizeGreaterThan(4).isSorted();
    PretrainJob.Learnt alone = run(job("one", append(only, "learn.tasks=1")));
    assertThat(alone.hash()).isEqualTo(two.hash());
    assertThat(alone.heldOut()).isEqualTo(scores);
    assertThat(Files.readAllBytes(folder.resolve("one").resolve(Classifier.FILE)))
        .isEqualTo(Files.readAllBytes(folder.resolve("two").resolve(Classifier.FILE)));
    History.Recorded history =
        History.read(folder.resolve("two.checkpoints").resolve(History.FILE));
    assertThat(history.steps())
        .allSatisfy(
            s -> {
              assertThat(s.losses().keySet()).containsExactly("classification");
              assertThat(s.measures().keySet()).containsExactly("accuracy");
            });
    assertThat(history.validations())
        .isNotEmpty()
        .allSatisfy(v -> assertThat(v.measures().get("accuracy")).isBetween(0.0, 1.0))
        .allSatisfy(v -> assertThat(v.losses().keySet()).containsExactly("classification"));
    assertThat(Files.readString(folder.resolve("two").resolve(ReportPage.FILE)))
        .contains(scores.told());
    Files.delete(folder.resolve("two.checkpoints").resolve(History.FILE));
    run(job("two", append(only, "output.mode=overwrite"))); // its own folder, classifier and all
  }

  @Test
  void whatAnotherRunBeganWithIsNotTakenForThisOnes() throws IOException {
    PretrainJob.Learnt whole = run(job("whole"));
    Model begun = Models.load(folder.resolve("whole.checkpoints/start"));
    ModelFiles.save(
        Initialization.random(begun.config(), 8),
        Files.createDirectories(folder.resolve("anew.checkpoints/start")));
    assertThat(run(job("anew")).hash()).isEqualTo(whole.hash());
  }

  /** Some of the records held out lose all that has tokens, others their label. */
  @Test
  void recordsHeldOutWithoutTokensOrLabelAreNotTried() throws IOException {
    Path table = folder.resolve("table");
    Column number = regexp_extract(col("id"), "(\\d+)$", 1).cast("int");
    Column bare = number.between(0, 4);
    Column unlabelled = number.between(5, 7);
    SyntheticTable.frame(SparkFixture.spark(), 40, 5, 60, 0, 0, 2)
        .withColumn("held", number.lt(12))
        .withColumn("caption", when(bare, lit(null)).otherwise(col("caption")))
        .withColumn("picture", when(bare, lit(null)).otherwise(col("picture")))
        .withColumn("label", when(unlabelled, lit(null)).otherwise(col("label")))
        .write()
        .parquet(table.toString());
    PretrainJob.Learnt learnt =
        run(
            reading(
                "bare",
                table,
                "learn.objectives.masked=0",
                "learn.objectives.fused-contrastive=0",
                "learn.objectives.classification=1",
                "learn.validation=held"));
    Scores scores = Objects.requireNonNull(learnt.heldOut());
    assertThat(scores.tested()).isEqualTo(12 - 5 - 3);
    JsonNode manifest = manifest("bare");
    assertThat(manifest.path("records").path("heldOut").asInt()).isEqualTo(12);
    assertThat(manifest.path("heldOut").path("records").asInt()).isEqualTo(4);
    assertThat(manifest.path("heldOut").path("accuracy").asDouble()).isEqualTo(scores.accuracy());
  }

  private JsonNode manifest(String name) throws IOException {
    return new ObjectMapper().readTree(Files.readString(folder.resolve(name + ".manifest.json")));
  }

  @Test
  void theManifestSaysWhatTheRunDid() throws IOException {
    PretrainJob.Learnt learnt = run(job("told"));
    JsonNode manifest = manifest("told");
    Model begun = Models.load(folder.resolve("told.checkpoints/start"));
    assertThat(manifest.path("start").path("hash").asText()).isEqualTo(begun.hash());
    assertThat(manifest.path("model").path("hash").asText()).isEqualTo(learnt.hash());
    assertThat(manifest.path("records").path("in").asInt()).isEqualTo(30);
    assertThat(manifest.path("records").path("learnt").asLong()).isEqualTo(learnt.records());
    assertThat(manifest.path("records").path("quarantined").asInt()).isPositive();
    assertThat(manifest.path("steps").toString()).isEqualTo("{\"from\":0,\"to\":6,\"batch\":9}");
    assertThat(manifest.path("machine").path("tasks").asText()).isEqualTo("2");
    assertThat(manifest.path("config").path("learn.optimiser.rate").asText()).isEqualTo("0.01");
    assertThat(manifest.path("seconds").asDouble()).isBetween(0.1, learnt.seconds() + 1);
    Map<String, Double> last = losses("told").get(5);
    assertThat(last).isNotEmpty();
    last.forEach(
        (name, loss) ->
            assertThat(manifest.path("training").path("losses").path(name).asDouble())
                .as(name)
                .isEqualTo(loss));
    assertThat(manifest.path("validation").path("losses").has("masked")).isTrue();
    assertThat(manifest.path("heldOut").isNull()).isTrue();
    Path elsewhere = folder.resolve("some/where.json");
    run(job("told", "output.mode=overwrite", "manifest=" + elsewhere));
    assertThat(Files.readString(elsewhere)).contains("\"from\" : 6,", learnt.hash());
  }

  /** What a killed run leaves is removed by the next one that holds its checkpoints. */
  @Test
  void leftoversOfAKilledRunAreRemoved() throws IOException {
    Path checkpoints = Files.createDirectories(folder.resolve("left.checkpoints"));
    ModelFolder model = new ModelFolder(folder.resolve("left"), checkpoints);
    List<Path> left =
        List.of(
            ModelFolder.fresh(checkpoints.resolve(ModelFolder.START)),
            ModelFolder.fresh(checkpoints.resolve(ModelFolder.SHOWN)),
            model.part());
    for (Path each : left) {
      Files.writeString(each.resolve(ModelFiles.WEIGHTS), "half");
    }
    Path other = ModelFolder.fresh(checkpoints.resolve(".other"));
    assertThatThrownBy(() -> run(job("left", "learn.optimiser.rate=1e18")))
        .isInstanceOf(LearningStopped.class);
    assertThat(left).allSatisfy(l -> assertThat(l).doesNotExist());
    assertThat(other).isEmptyDirectory();
  }

  private static String[] append(String[] sets, String... more) {
    String[] all = Arrays.copyOf(sets, sets.length + more.length);
    System.arraycopy(more, 0, all, sets.length, more.length);
    return all;
  }

  private static Model load(PretrainJob.Learnt learnt) {
    return Models.load(learnt.model());
  }

  @Test
  void whatWasInterruptedGoesOnToTheSameBits() throws IOException {
    PretrainJob.Learnt whole = run(job("whole"));
    run(job("half"));
    Files.delete(folder.resolve("half").resolve(ModelFiles.CONFIG));
    Files.delete(folder.resolve("half").resolve(ModelFiles.WEIGHTS));
    Files.delete(folder.resolve("half").resolve(ReportPage.FILE));
    Path last = folder.resolve("half.checkpoints").resolve("step-0000000006.safetensors");
    Files.write(last, Arrays.copyOf(Files.readAllBytes(last), 1000));
    List<String> lines = new ArrayList<>();
    PretrainJob.Learnt rest = PretrainJob.run(job("half"), SparkFixture.spark(), lines::add);
    assertThat(rest.from()).isEqualTo(4);
    assertThat(lines).anyMatch(l -> l.contains("step-0000000006") && l.endsWith("is taken"));
    assertThat(rest.hash()).isEqualTo(whole.hash());
    assertThat(losses("half")).isEqualTo(losses("whole"));
  }

  @Test
  void aRunThatHasEndedIsNotWrittenOverAndGoesOnFromItsLastCheckpointOtherwise()
      throws IOException {
    PretrainJob.Learnt whole = run(job("whole"));
    assertThatThrownBy(() -> run(job("whole")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("there is one already");
    PretrainJob.Learnt again = run(job("whole", "output.mode=overwrite"));
    assertThat(again.from()).isEqualTo(6);
    assertThat(again.hash()).isEqualTo(whole.hash());
    assertThatThrownBy(
            () -> run(job("whole", "output.mode=overwrite", "learn.optimiser.rate=0.02")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("learn.optimiser.rate: ours 0.02, the checkpoint's 0.01");
  }

  /** As many records of the same ids, one of them with another caption. */
  @Test
  void aTableWhoseContentChangedIsRefusedWithBothSides() throws IOException {
    Dataset<Row> table = SyntheticTable.frame(SparkFixture.spark(), 30, 5, 60, 0, 0, 2);
    Path before = folder.resolve("before");
    table.write().parquet(before.toString());
    Path sorted = folder.resolve("sorted");
    table.orderBy(col("id").desc()).coalesce(1).write().parquet(sorted.toString());
    Path after = folder.resolve("after");
    Column other = regexp_replace(col("caption"), "^.", "#");
    table
        .withColumn("caption", when(col("id").endsWith("7"), other).otherwise(col("caption")))
        .write()
        .parquet(after.toString());
    run(reading("table", before));
    PretrainJob.Learnt again = run(reading("table", sorted, "output.mode=overwrite"));
    assertThat(again.from()).as("the order of rows is no content").isEqualTo(6);
    assertThatThrownBy(() -> run(reading("table", after, "output.mode=overwrite")))
        .isInstanceOf(Refused.class)
        .hasMessageMatching(
            "(?s)Cannot use checkpoint .*order: ours (\\d+ records, \\d+ held out), content"
                + " \\p{XDigit}{16}, the checkpoint's \\1, content \\p{XDigit}{16}");
  }

  private JobConfigs.Loaded reading(String name, Path table, String... sets) throws IOException {
    job(name);
    Path file = folder.resolve("job.yaml");
    Files.writeString(
        file,
        Files.readString(file)
            .replaceAll("format: synthetic\\n.*\\n", "format: parquet\n  path: " + table + "\n"));
    return JobConfigs.load(file, Map.of(), Map.of(), Arrays.asList(sets));
  }

  @Test
  void positionsOfAnotherModelAreTakenOverAndStay() throws IOException {
    run(job("first"));
    Model first = Models.load(folder.resolve("first"));
    String from = "learn.positions-from=" + folder.resolve("first");
    Model second = load(run(job("second", from, "learn.positions-frozen=true", "model.seed=9")));
    for (String name : List.of("position.text.table", "position.image.table")) {
      assertThat(second.weight(name).values()).isEqualTo(first.weight(name).values());
    }
    assertThat(second.weight("head.weight").values())
        .isNotEqualTo(first.weight("head.weight").values());
  }

  @Test
  void aLossThatIsNoNumberStopsNamesItAndKeepsTheLastCheckpoint() throws IOException {
    JobConfigs.Loaded job =
        job(
            "nan",
            "learn.optimiser.rate=1e18",
            "learn.optimiser.warm-up=3",
            "learn.checkpoints.every=1");
    assertThatThrownBy(() -> run(job))
        .isInstanceOf(LearningStopped.class)
        .hasMessageContaining("Cannot go on learning at step")
        .hasMessageContaining("not")
        .hasMessageContaining("finite");
    assertThat(folder.resolve("nan.checkpoints"))
        .isDirectoryContaining(p -> String.valueOf(p.getFileName()).startsWith("step-"));
    assertThat(folder.resolve("nan")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learn.batch=64 | Invalid learn.batch: 64 (at most the table's",
        "learn.batch=1 | Invalid learn.batch: 1 (at least 2 for contrast",
        "learn.masked.visible=0 | Invalid learn.masked.visible: 0 (a number above 0 and below 1)",
        "learn.masked.visible=1 | Invalid learn.masked.visible: 1 (a number above 0 and below 1)",
        "learn.contrast.temperature=0 | Invalid learn.contrast.temperature: 0 (a number > 0)",
        "learn.shards=3 | Invalid learn.shards: 3 (a power of two)",
        "learn.tasks=8 | Invalid learn.tasks: 8 (a power of two, at most the shards, 4; or 0)",
        "kernels=cuda | Invalid kernels: cuda (cpu or java to learn; auto is cpu)",
        "precision=bfloat16 | Invalid precision: bfloat16 (float32 to learn)",
        "manifest=pom.xml/a.json | Invalid manifest: pom.xml/a.json (a file, in a folder that can",
        "manifest=src | Invalid manifest: src (a file, in a folder that can be written)",
        "output.path=s3a://bucket/model | Invalid output.path: s3a://bucket/model (a folder of a file"
            + " system that all executors have mounted; a URL is none)",
        "output.path=pom.xml/model | Invalid output.path: pom.xml/model (a folder that can be written",
        "learn.checkpoints.path=hdfs://x/y | Invalid learn.checkpoints.path: hdfs://x/y (a folder of a",
        "learn.checkpoints.path=pom.xml | Invalid learn.checkpoints.path: pom.xml (a folder that can be",
        "learn.label=colour | colour",
        "learn.objectives.classification=1,learn.label= | Invalid learn.label",
        "learn.objectives.classification=1,learn.label=length(label) * 0 | (2 to 10000 classes",
        "learn.tokens-per-record=7 | Invalid learn.tokens-per-record: 7 (at least a group of 8"
            + " tokens)",
        "learn.tokens-per-record=15 | Invalid learn.tokens-per-record: 15 (at least 16: of each"
            + " modality of a record a group of 8 tokens, or all that it has)",
        "learn.tasks=4 | Invalid learn.tasks: 4 (at most the tasks that Spark runs at once, 2)",
        "learn.dropout.named.smell=0.2 | Invalid learn.dropout.named: smell (one of the model's",
      })
  void badSettingsAreRefusedBeforeAnythingIsLearnt(String set, String message) {
    String[] sets = set.split(",");
    assertThatThrownBy(() -> run(job("bad", sets)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(message);
    assertThat(folder.resolve("bad")).doesNotExist();
  }

  @Test
  void classesOfRecordsThatAreHeldOutAloneTeachNothing() {
    String[] sets = {
      "learn.objectives.classification=1",
      "learn.label=if(id < 'r00000005', label, null)",
      "learn.validation=id < 'r00000005'"
    };
    assertThatThrownBy(() -> run(job("bad", sets)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("all that do are held out by id < 'r00000005')");
  }

  @Test
  void modelsThatCannotLearnAreRefusedBeforeAnythingIsRead() throws IOException {
    Path unread = folder.resolve("no-such-table");
    String[] sets = {
      "input.format=parquet",
      "input.path=" + unread,
      "learn.tokens-per-record=3",
      "learn.dropout.named.smell=0.2"
    };
    JobConfigs.Loaded job = job("none", sets);
    Path file = folder.resolve("model.yaml");
    Files.writeString(file, Files.readString(file).replace("decoder_heads: 1", "decoder_heads: 0"));
    assertThatThrownBy(() -> run(job))
        .isInstanceOf(Refused.class)
        .hasMessage(
            String.join(
                System.lineSeparator(),
                "Cannot learn by masked: the model has no decoder (decoder_heads of an elastic"
                    + " model's configuration gives it one)",
                "Invalid learn.tokens-per-record: 3 (at least a group of 8 tokens)",
                "Invalid learn.dropout.named: smell (one of the model's [audio, image, points, series,"
                    + " text, vectors])"));
  }

  @Test
  void aFolderOfCheckpointsIsOneRuns() throws IOException {
    JobConfigs.Loaded job = job("busy");
    Path checkpoints = folder.resolve("busy.checkpoints");
    RunIdentity other = RunIdentity.of("other", 1, "order", Map.of());
    try (CheckpointFolder held = CheckpointFolder.open(checkpoints, 1, other, line -> {})) {
      assertThat(held.files()).isEmpty();
      assertThatThrownBy(() -> run(job))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("Cannot use checkpoint folder")
          .hasMessageContaining("it is in use by process");
    }
  }

  @Test
  void oneRecordAndFewerRecordsThanShardsAreLegalForReconstruction() throws IOException {
    PretrainJob.Learnt one =
        run(
            job(
                "one",
                "input.options.records=1",
                "input.options.bad=0",
                "learn.batch=1",
                "learn.validation=0",
                "learn.objectives.fused-contrastive=0"));
    assertThat(one.records()).isEqualTo(1);
    assertThat(losses("one").get(5)).containsKey("masked");
  }
}
