package tributary.spark.learn;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.rand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Errors.Duplicates;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.learn.LearningRecord;
import tributary.learn.ShardRecords;
import tributary.model.ModelConfig;
import tributary.models.ModelConfigs;
import tributary.read.CodecLibrary;
import tributary.read.Digest;
import tributary.read.Medium;
import tributary.read.Payload;
import tributary.record.OpenRecord;
import tributary.record.Recipe;
import tributary.spark.SparkFixture;
import tributary.spark.SyntheticTable;
import tributary.split.SubsequenceBytes;
import tributary.synthetic.SyntheticRecord;
import tributary.synthetic.SyntheticRecords;
import tributary.write.BudgetExceeded;

/** A table's records in their shards: every one, exactly, wherever its rows came from. */
class TrainingTableTest {
  private static final ModelConfig MODEL = ModelConfigs.read(Path.of(TestJob.TINY));
  private static final int RECORDS = 80;
  private static final int SHARDS = 8;

  @TempDir Path folder;

  private static SparkSession spark() {
    return SparkFixture.spark();
  }

  private static Dataset<Row> synthetic(int bad, int partitions) {
    return SyntheticTable.frame(spark(), RECORDS, 3, 300, 0.2, bad, partitions);
  }

  private static TrainingTable.Wanted wanted(JobConfig job, Validation validation) {
    return new TrainingTable.Wanted(
        job, MODEL, 5, SHARDS, validation, List.of("label", "nullif(sublabel, 'kite red')"), "run");
  }

  private static TrainingTable.Wanted unlabelled(JobConfig job) {
    return new TrainingTable.Wanted(
        job, MODEL, 5, SHARDS, new Validation(0, null), List.of(), "run");
  }

  /** One record where it was found; of its tokens a digest. */
  record Found(
      boolean heldOut, int shard, int index, String id, long rank, String tokens, String labels)
      implements Serializable {}

  private static List<Found> found(TrainingTable table, int tasks) {
    TakeShards take = table.take(tasks);
    JavaRDD<Row> rows = table.rows(tasks);
    assertThat(rows.getNumPartitions()).isEqualTo(tasks);
    return rows.mapPartitionsWithIndex(
            (task, own) -> {
              try (TaskRecords records = take.take(task, own)) {
                List<Found> all = new ArrayList<>(found(false, records.training()));
                all.addAll(found(true, records.heldOut()));
                return all.iterator();
              }
            },
            true)
        .collect();
  }

  private static List<Found> found(boolean heldOut, ShardRecords records) {
    List<Found> all = new ArrayList<>();
    for (int shard = records.from(); shard < records.to(); shard++) {
      for (int i = 0; i < records.size(shard); i++) {
        LearningRecord r = records.record(shard, i);
        all.add(
            new Found(heldOut, shard, i, r.id(), r.rank(), digest(r).hex(), r.labels().toString()));
      }
    }
    return all;
  }

  private static Digest digest(LearningRecord record) {
    Digest digest = new Digest();
    record.tokens().values().forEach(s -> digest.bytes(SubsequenceBytes.write(s)));
    return digest;
  }

  private static List<Found> sorted(List<Found> found) {
    return found.stream()
        .sorted(
            java.util.Comparator.comparing(Found::heldOut)
                .thenComparing(Found::shard)
                .thenComparing(Found::index))
        .toList();
  }

  @Test
  void theLayoutDependsOnNoPartitionAndNoTask() {
    JobConfig job = TestJob.in(folder).build();
    Validation validation = new Validation(0.2, null);
    List<List<Found>> layouts = new ArrayList<>();
    for (int partitions : new int[] {1, 3, 8}) {
      Dataset<Row> table = synthetic(16, partitions).orderBy(rand(partitions));
      try (TrainingTable t = TrainingTable.read(wanted(job, validation), spark(), table)) {
        layouts.add(sorted(found(t, 2)));
        if (partitions == 3) {
          layouts.add(sorted(found(t, 1)));
          layouts.add(sorted(found(t, 8)));
        }
        assertThat(layouts.get(0)).hasSize((int) (t.records() + t.heldOut()));
        assertThat(t.heldOut()).isBetween(3L, 30L);
      }
    }
    for (List<Found> layout : layouts) {
      assertThat(layout).isEqualTo(layouts.get(0));
    }
    assertThat(layouts.get(0))
        .allSatisfy(f -> assertThat(f.rank()).isEqualTo(f.shard() + (long) SHARDS * f.index()));
  }

  /** What a learning job runs: all tasks at once, over the rows as the shuffle left them. */
  @Test
  void aBarrierStageTakesThem() {
    JobConfig job = TestJob.in(folder).columns("text", "caption").build();
    try (TrainingTable t = TrainingTable.read(unlabelled(job), spark(), synthetic(0, 3))) {
      TakeShards take = t.take(2);
      Object found =
          t.rows(2)
              .rdd()
              .barrier()
              .mapPartitions(
                  new TakeAll(take), false, scala.reflect.ClassTag$.MODULE$.apply(Found.class))
              .collect();
      assertThat(List.of((Found[]) found))
          .containsExactlyInAnyOrderElementsOf(found(t, 2))
          .hasSize(RECORDS);
    }
  }

  private static final class TakeAll
      extends scala.runtime.AbstractFunction1<
          scala.collection.Iterator<Row>, scala.collection.Iterator<Found>>
      implements Serializable {
    private final TakeShards take;

    TakeAll(TakeShards take) {
      this.take = take;
    }

    @Override
    public scala.collection.Iterator<Found> apply(scala.collection.Iterator<Row> rows) {
      int task = org.apache.spark.TaskContext.getPartitionId();
      try (TaskRecords records =
          take.take(task, scala.jdk.javaapi.CollectionConverters.asJava(rows))) {
        return scala.jdk.javaapi.CollectionConverters.asScala(
            found(false, records.training()).iterator());
      }
    }
  }

  @Test
  void tokensAreThoseOfThePlainReaders() {
    JobConfig job =
        TestJob.in(folder).columns("text", "caption", "image", "picture", "audio", "sound").build();
    Map<String, String> expected = new TreeMap<>();
    SyntheticRecords records = new SyntheticRecords(3, RECORDS, 300, 0.2, 0);
    for (int i = 0; i < RECORDS; i++) {
      expected.put(records.record(i).id(), plain(records.record(i)).hex());
    }
    try (TrainingTable t = TrainingTable.read(unlabelled(job), spark(), synthetic(0, 3))) {
      Map<String, String> actual = new TreeMap<>();
      found(t, 2).forEach(f -> actual.put(f.id(), f.tokens()));
      assertThat(actual).isEqualTo(expected);
    }
  }

  private static Digest plain(SyntheticRecord r) {
    List<OpenRecord.Cell> cells = new ArrayList<>();
    if (r.caption() != null) {
      cells.add(new OpenRecord.Cell("text", "caption", new Payload.Text(r.caption())));
    }
    if (r.picture() != null) {
      cells.add(
          new OpenRecord.Cell(
              "image",
              "picture",
              new Payload.Bytes(Medium.PICTURE.decoder(CodecLibrary.NONE), r.picture())));
    }
    if (r.sound() != null) {
      cells.add(
          new OpenRecord.Cell(
              "audio",
              "sound",
              new Payload.Bytes(Medium.SOUND.decoder(CodecLibrary.NONE), r.sound())));
    }
    SortedMap<String, byte[]> tokens = new TreeMap<>();
    OpenRecord open =
        new OpenRecord(
            new Recipe(MODEL, Map.of(), Long.MAX_VALUE),
            s -> tokens.put(s.modality(), SubsequenceBytes.write(s)));
    open.row(cells);
    while (open.step()) {}
    open.finish();
    Digest digest = new Digest();
    tokens.values().forEach(digest::bytes);
    return digest;
  }

  @Test
  void badCellsAreQuarantinedAndCounted() {
    JobConfig job = TestJob.in(folder).build();
    Map<String, Long> expected = new HashMap<>();
    TreeSet<String> good = new TreeSet<>();
    Map<String, String> labels = new HashMap<>();
    SyntheticRecords records = new SyntheticRecords(3, RECORDS, 300, 0.2, 16);
    for (int i = 0; i < RECORDS; i++) {
      SyntheticRecord r = records.record(i);
      if (r.expectedReason() == null) {
        good.add(r.id());
        labels.put(r.id(), r.label());
      } else {
        expected.merge(r.expectedReason(), 1L, Long::sum);
      }
    }
    TrainingTable.Wanted wanted =
        new TrainingTable.Wanted(
            job, MODEL, 5, SHARDS, new Validation(0, null), List.of("label"), "run7");
    try (TrainingTable t = TrainingTable.read(wanted, spark(), synthetic(16, 3))) {
      assertThat(t.counts().reasons()).isEqualTo(expected);
      assertThat(expected).containsKey("DUPLICATE_ID");
      assertThat(t.counts().in()).isEqualTo(RECORDS);
      assertThat(t.counts().out()).isEqualTo(good.size()).isEqualTo(t.records());
      List<Found> found = found(t, 4);
      assertThat(found).extracting(Found::id).containsExactlyInAnyOrderElementsOf(good);
      assertThat(found)
          .allSatisfy(f -> assertThat(f.labels()).isEqualTo("{label=" + labels.get(f.id()) + "}"));
    }
    List<Row> told = spark().read().parquet(job.quarantine().path()).collectAsList();
    assertThat(told).hasSize(expected.values().stream().mapToInt(Long::intValue).sum());
    assertThat(told).allSatisfy(r -> assertThat(r.<String>getAs("run_id")).isEqualTo("run7"));
    assertThat(told)
        .filteredOn(r -> r.getAs("reason").equals("CORRUPT_IMAGE"))
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.<String>getAs("column")).isEqualTo("picture"));
  }

  @Test
  void theErrorBudgetAndThePolicyOfDuplicatesHold() {
    JobConfig tight = TestJob.in(folder).errors(0.05, Duplicates.QUARANTINE).build();
    assertThatThrownBy(() -> TrainingTable.read(unlabelled(tight), spark(), synthetic(16, 2)))
        .isInstanceOf(BudgetExceeded.class)
        .hasMessageStartingWith("Cannot finish the run: ")
        .hasMessageContaining("of 80 records quarantined (errors.max-fraction 0.05)");
    assertThat(Path.of(tight.quarantine().path())).exists();
    JobConfig none = TestJob.in(folder).errors(1, Duplicates.FAIL).build();
    assertThatThrownBy(() -> TrainingTable.read(unlabelled(none), spark(), synthetic(16, 2)))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageMatching("Invalid input: \\d+ ids stand more than once .*");
  }

  private static Dataset<Row> parts(int points, int perPart) {
    String cell =
        "transform(sequence(part * %1$d, part * %1$d + %2$d), i -> struct(cast(i as double) as t, array(sin(i), cos(i), i / 1e5) as values))"
            .formatted(perPart, perPart - 1);
    return spark()
        .range(points / perPart)
        .selectExpr("id as part")
        .crossJoin(spark().range(3).selectExpr("concat('long', id) as id"))
        .withColumn("sensors", expr(cell))
        .withColumn("caption", expr("if(part = 0, repeat(concat(id, ' \u00e9'), 5000), null)"));
  }

  /** 40,000 points and bytes: several pieces each. */
  @ParameterizedTest
  @ValueSource(ints = {20_000, 500})
  void rowsOfOneIdAreOneRecordHoweverLong(int perPart) {
    TestJob job = TestJob.in(folder).columns("text", "caption", "series", "sensors").part("part");
    List<List<Found>> found = new ArrayList<>();
    for (int rows : new int[] {40_000, perPart}) {
      Dataset<Row> table = parts(40_000, rows).orderBy(rand(rows));
      try (TrainingTable t = TrainingTable.read(unlabelled(job.build()), spark(), table)) {
        found.add(sorted(found(t, 2)));
        assertThat(t.modalities().get("series"))
            .extracting(ModalityCount::tokens)
            .isEqualTo(120_000L);
        assertThat(t.modalities().get("text"))
            .extracting(ModalityCount::tokens)
            .isEqualTo(120_000L);
        assertThat(t.counts().rows()).isEqualTo(3L * 40_000 / rows);
      }
    }
    assertThat(found.get(1)).hasSize(3).isEqualTo(found.get(0));
  }

  /** The second row of long1 is bad, after pieces of the first have gone out. */
  @Test
  void aRecordThatIsRejectedLateLeavesNothing() {
    TestJob job = TestJob.in(folder).columns("text", "caption", "series", "sensors").part("part");
    Dataset<Row> table =
        parts(40_000, 20_000)
            .withColumn(
                "sensors",
                expr(
                    "if(id = 'long1' and part = 1, array(struct(0d as t, array(double('NaN'), 0d, 0d) as values)), sensors)"));
    try (TrainingTable t = TrainingTable.read(unlabelled(job.build()), spark(), table)) {
      assertThat(t.counts().reasons()).isEqualTo(Map.of("NOT_FINITE", 1L));
      assertThat(found(t, 1)).extracting(Found::id).containsExactlyInAnyOrder("long0", "long2");
    }
  }

  @Test
  void membershipOfTheHeldOutDependsOnTheIdAlone() {
    JobConfig job = TestJob.in(folder).columns("text", "caption").build();
    Dataset<Row> all = synthetic(0, 3);
    Map<String, Boolean> whole = heldOut(wanted(job, new Validation(0.3, null)), all);
    Map<String, Boolean> half =
        heldOut(wanted(job, new Validation(0.3, null)), all.filter("hash(id) % 2 = 0"));
    assertThat(whole).hasSize(RECORDS).containsValues(true, false);
    assertThat(half).hasSizeBetween(20, 60);
    assertThat(whole).containsAllEntriesOf(half);
    Map<String, Boolean> told = heldOut(wanted(job, Validation.of("caption like '%a%'")), all);
    Map<String, Boolean> expected = new TreeMap<>();
    all.select(col("id"), expr("coalesce(caption like '%a%', false)"))
        .collectAsList()
        .forEach(r -> expected.put(r.getString(0), r.getBoolean(1)));
    assertThat(told).isEqualTo(expected).containsValues(true, false);
  }

  private static Map<String, Boolean> heldOut(TrainingTable.Wanted wanted, Dataset<Row> table) {
    try (TrainingTable t = TrainingTable.read(wanted, spark(), table)) {
      Map<String, Boolean> held = new TreeMap<>();
      found(t, 2).forEach(f -> held.put(f.id(), f.heldOut()));
      return held;
    }
  }

  private static Dataset<Row> captions(String... captions) {
    return spark()
        .createDataset(List.of(captions), org.apache.spark.sql.Encoders.STRING())
        .toDF("caption")
        .withColumn("id", expr("concat('id', monotonically_increasing_id())"))
        .withColumn("other", lit(null).cast("string"));
  }

  @Test
  void whatIsSeldomMeantIsSaid() {
    JobConfig job = TestJob.in(folder).columns("text", "caption").build();
    TrainingTable.Wanted wanted =
        new TrainingTable.Wanted(job, MODEL, 5, 4, Validation.DEFAULT, List.of(), "run");
    try (TrainingTable t = TrainingTable.read(wanted, spark(), captions("same", "same", "same"))) {
      assertThat(t.warnings())
          .contains(
              "3 records for 4 gradient shards: those from 3 on stay empty",
              "No record held out by validation 0.05 of 3 records",
              "Modality image is absent from all 3 records",
              "Modality text is constant: the same tokens in all 3 records that have it, of 3");
      assertThat(found(t, 4)).hasSize(3);
      assertThatThrownBy(() -> t.order(64))
          .isInstanceOf(Problems.Refused.class)
          .hasMessage("Invalid learn.batch: 64 (at most the table's 3 records)");
      assertThatThrownBy(() -> t.order(0)).hasMessage("Invalid learn.batch: 0 (at least 1)");
      assertThat(t.order(2).stepsPerEpoch()).isEqualTo(1);
      assertThatThrownBy(() -> t.rows(3))
          .hasMessage("Invalid tasks: 3 (a power of two up to 4, the gradient shards)");
    }
    try (TrainingTable t = TrainingTable.read(unlabelled(job), spark(), captions("alone"))) {
      assertThat(t.warnings())
          .contains(
              "One record to learn from: nothing tells it from others",
              "1 record for 8 gradient shards: those from 1 on stay empty")
          .noneMatch(w -> w.contains("constant"));
    }
  }

  @Test
  void refusesATableWithNothingToLearnFrom() {
    JobConfig job = TestJob.in(folder).columns("text", "caption").build();
    assertThatThrownBy(
            () -> TrainingTable.read(unlabelled(job), spark(), captions("a").filter("false")))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage("Invalid input: 0 records (at least 1 record to learn from; 0 quarantined {})");
    assertThatThrownBy(() -> TrainingTable.read(unlabelled(job), spark(), captions("", "")))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage("Invalid input: 2 records (a token at least; every cell is null or empty)");
    TrainingTable.Wanted all =
        new TrainingTable.Wanted(job, MODEL, 5, 8, Validation.of("true"), List.of(), "run");
    assertThatThrownBy(() -> TrainingTable.read(all, spark(), captions("a", "b")))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(
            "Invalid learn.validation: true (leaves a record to learn from; it holds out all 2 records)");
  }

  @Test
  void allThatIsWrongIsToldTogether() {
    JobConfig job = TestJob.in(folder).columns("text", "captoin").build();
    TrainingTable.Wanted wanted =
        new TrainingTable.Wanted(
            job, MODEL, 5, 8, Validation.of("length(caption)"), List.of("labl"), "run");
    assertThatThrownBy(() -> TrainingTable.read(wanted, spark(), synthetic(0, 1)))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("Invalid learn.label: labl (")
        .hasMessageContaining("did you mean label?")
        .hasMessageContaining(
            "Invalid learn.validation: length(caption) of type int (a share from 0 to below 1, or a condition over the columns of the input)")
        .hasMessageContaining("Invalid modalities.text.column: captoin (");
    TrainingTable.Wanted unsteady =
        new TrainingTable.Wanted(
            TestJob.in(folder).columns("text", "caption").build(),
            MODEL,
            5,
            8,
            Validation.of("rand() < 0.3"),
            List.of("uuid()"),
            "run");
    assertThatThrownBy(() -> TrainingTable.read(unsteady, spark(), synthetic(0, 1)))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("Invalid learn.label: uuid() (uuid gives other values at each")
        .hasMessageContaining("Invalid learn.validation: rand() < 0.3 (rand gives other values");
    for (String share : List.of("1", "-0.1", "NaN", " ")) {
      assertThatThrownBy(() -> Validation.of(share))
          .hasMessage(
              "Invalid learn.validation: "
                  + share
                  + " (a share from 0 to below 1, or a condition over the columns of the input)");
    }
  }

  /** The job's own input, by its format. */
  @Test
  void readsTheJobsInput() {
    Path in = folder.resolve("in");
    SyntheticTable.write(spark(), 20, 3, 100, 0.2, 0, in.toString());
    JobConfig job = TestJob.in(folder).input("parquet", in, Map.of()).build();
    try (TrainingTable t = TrainingTable.read(unlabelled(job), spark())) {
      assertThat(t.records()).isEqualTo(20);
      assertThat(found(t, 2)).hasSize(20);
    }
    JobConfig made = TestJob.in(folder).input("synthetic", folder, Map.of("records", "12")).build();
    try (TrainingTable t = TrainingTable.read(unlabelled(made), spark())) {
      assertThat(Stream.of(t.records(), (long) found(t, 2).size())).containsOnly(12L);
    }
  }
}
