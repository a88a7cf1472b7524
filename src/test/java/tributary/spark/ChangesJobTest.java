package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.config.JobConfig.Source;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** With input.changes a run reads what changed, and leaves the tables of a run that reads all. */
@NullUnmarked
final class ChangesJobTest {
  private static final int STEPS = 2;

  @TempDir static Path catalogs;

  @TempDir Path folder;

  private static SparkSession spark;

  @BeforeAll
  static void session() {
    spark = LakeFixture.session(catalogs);
  }

  @AfterAll
  static void restored() {
    LakeFixture.close();
  }

  private static void create(String table) {
    spark.sql("drop table if exists " + table);
    String format =
        table.startsWith("ice.")
            ? "iceberg"
            : "delta tblproperties (delta.enableChangeDataFeed = true)";
    spark.sql(
        "create table "
            + table
            + " (id string, part int, caption binary, label string) using "
            + format);
  }

  /** Values of rows: id, caption (BAD is none), label. */
  private static void insert(String table, String values) {
    spark.sql(
        "insert into %s select id, 1, if(caption = 'BAD', X'FF', cast(caption as binary)), label from values %s as t(id, caption, label)"
            .formatted(table, values));
  }

  private static Source source(String table, boolean changes) {
    return new Source("", null, Map.of(), null, "label <> 'left out'", table, null, changes);
  }

  private TestJob job(String table, String output, Sink.Mode mode, Deletes deletes) {
    Sink sink = new Sink("parquet", folder.resolve(output).toString(), mode, Map.of(), deletes);
    return TestJob.in(folder.resolve("beside-" + output))
        .columns("text", "caption")
        .keep("label")
        .run(2, 1 << 20, 1 << 16)
        .input(source(table, mode == Sink.Mode.MERGE))
        .output(sink);
  }

  private TestJob changes(String table) {
    return job(table, "out", Sink.Mode.MERGE, Deletes.REMOVE);
  }

  private static RunManifest run(JobConfig job) {
    return FuseJob.run(job, Map.of(), spark);
  }

  private static Map<String, Row> rows(JobConfig job) {
    Map<String, Row> rows = new TreeMap<>();
    spark
        .read()
        .format(job.output().format())
        .load(job.output().path())
        .drop("run_id")
        .collectAsList()
        .forEach(r -> assertThat(rows.put(r.getAs("id"), r)).isNull());
    return rows;
  }

  private static List<String> quarantined(JobConfig job) {
    return spark.read().parquet(job.quarantine().path()).drop("run_id").collectAsList().stream()
        .map(Row::toString)
        .sorted()
        .toList();
  }

  private static @Nullable String since(RunManifest manifest) {
    return manifest.read().since();
  }

  /** Some statements, each a commit. */
  private static void step(String table, Random random) {
    for (int i = 0; i < 3; i++) {
      String id = "'r" + random.nextInt(12) + "'";
      switch (random.nextInt(5)) {
        case 0 -> spark.sql("delete from " + table + " where id = " + id);
        case 1 ->
            spark.sql(
                "update %s set caption = cast('now %d' as binary) where id = %s"
                    .formatted(table, random.nextInt(9), id));
        case 2 ->
            spark.sql(
                "update %s set label = '%s' where id = %s"
                    .formatted(table, random.nextBoolean() ? "left out" : "l" + i, id));
        case 3 ->
            insert(
                table, "(%s, 'BAD', 'b'), ('n%d', 'new', 'n')".formatted(id, random.nextInt(99)));
        default -> insert(table, "(%s, 'more %d', 'm')".formatted(id, random.nextInt(9)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lake.history", "ice.db.history"})
  void afterAHistoryTheTablesAreThoseOfAWholeRun(String table) {
    create(table);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      values.add("('r%d', '%s', 'l')".formatted(i, i == 3 ? "BAD" : "caption " + i));
    }
    insert(table, String.join(", ", values) + ", (null, 'nameless', 'l'), ('r5', 'twice', 'l')");
    JobConfig job = changes(table).build();
    RunManifest got = run(job);
    assertThat(since(got)).as("a first run").isNull();
    Random random = new Random(5);
    for (int step = 0; step < STEPS; step++) {
      String before = got.read().version();
      step(table, random);
      got = run(job);
      assertThat(since(got)).as("step %s", step).isEqualTo(before);
    }
    JobConfig whole = job(table, "whole", Sink.Mode.OVERWRITE, Deletes.KEEP).build();
    RunManifest wanted = run(whole);
    assertThat(rows(job)).isEqualTo(rows(whole));
    assertThat(quarantined(job)).isEqualTo(quarantined(whole));
    assertThat(got.inputHash()).isEqualTo(wanted.inputHash());
    assertThat(got.counts().in()).isEqualTo(wanted.counts().in());
    assertThat(got.counts().rows()).isEqualTo(wanted.counts().rows());
    assertThat(got.counts().reasons()).isEqualTo(wanted.counts().reasons());
    assertThat(got.counts().out()).isLessThan(wanted.counts().out());
  }

  @Test
  void whereChangesCantBeToldAllIsRead() throws IOException {
    String table = "lake.told";
    create(table);
    insert(table, "('a', 'x', 'l'), ('b', 'y', 'l'), ('c', 'z', 'l')");
    Deletes keep = Deletes.KEEP;
    JobConfig keeping = job(table, "out", Sink.Mode.MERGE, keep).build();
    run(keeping);
    spark.sql("delete from " + table + " where id = 'c'");
    RunManifest second = run(keeping);
    assertThat(since(second)).isNotNull();
    RunManifest.Counts kept = second.counts();
    assertThat(List.of(kept.in(), kept.unchanged())).containsExactly(2L, 2L);
    assertThat(rows(keeping)).as("deletes: keep").containsOnlyKeys("a", "b", "c");
    assertThat(since(run(changes(table).build()))).as("rows were kept before").isNull();
    assertThat(rows(keeping)).containsOnlyKeys("a", "b");
    assertThat(since(run(changes(table).model("tiny", 8).build()))).as("another model").isNull();
    try (Stream<Path> files = Files.list(folder.resolve("beside-out/quarantine"))) {
      Files.delete(files.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow());
    }
    assertThat(since(run(changes(table).model("tiny", 8).build())))
        .as("the quarantine was changed")
        .isNull();
    create(table);
    insert(table, "('a', 'x', 'l'), ('d', 'w', 'l')");
    assertThat(since(run(changes(table).model("tiny", 8).build()))).as("another table").isNull();
    assertThat(rows(keeping)).containsOnlyKeys("a", "d");
  }

  @Test
  void aRecordOfSeveralRowsIsLookedAtAsAWhole() {
    String table = "lake.parts";
    create(table);
    String rows =
        "select id, part, cast(concat('caption ', id, part) as binary), 'l' from values %s as t(id, part)";
    spark.sql(
        ("insert into lake.parts " + rows)
            .formatted(
                "('a', 0), ('a', 1), ('b', 0), ('b', 1), ('b', 2), ('c', 0), ('d', 0), (null, 0)"));
    JobConfig job = changes(table).part("part").build();
    assertThat(run(job).counts().out()).isEqualTo(4);
    spark.sql("update lake.parts set caption = cast('new' as binary) where id = 'a' and part = 1");
    spark.sql("delete from lake.parts where id = 'b' and part = 2");
    spark.sql("delete from lake.parts where id = 'c'");
    spark.sql(("insert into lake.parts " + rows).formatted("('e', 1), ('e', 0), ('d', 1)"));
    RunManifest got = run(job);
    assertThat(since(got)).isNotNull();
    RunManifest.Counts counts = got.counts();
    assertThat(List.of(counts.in(), counts.out(), counts.unchanged(), counts.quarantined()))
        .containsExactly(5L, 4L, 0L, 1L);
    JobConfig whole = job(table, "whole", Sink.Mode.OVERWRITE, Deletes.KEEP).part("part").build();
    RunManifest wanted = run(whole);
    assertThat(rows(job)).isEqualTo(rows(whole)).containsOnlyKeys("a", "b", "d", "e");
    assertThat(got.inputHash()).isEqualTo(wanted.inputHash());
    assertThat(counts.rows()).isEqualTo(wanted.counts().rows());
  }

  /** As VACUUM does, whose least age of files this test does not wait for. */
  @Test
  void versionsThatAreGoneNeedAWholeReading() throws IOException {
    String table = "lake.gone";
    create(table);
    insert(table, "('a', 'x', 'l'), ('b', 'y', 'l')");
    JobConfig job = changes(table).build();
    run(job);
    spark.sql("update lake.gone set caption = cast('new' as binary) where id = 'a'");
    Path feed = catalogs.resolve("delta/gone/_change_data");
    try (Stream<Path> files = Files.walk(feed)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    RunManifest got = run(job);
    assertThat(since(got)).isNull();
    assertThat(got.counts().out()).isEqualTo(1);
    assertThat(got.counts().unchanged()).isEqualTo(1);
  }

  @Test
  void whatTellsNoChangesIsRefused() {
    spark.sql(
        "create table lake.mute using delta as select 'a' as id, X'61' as caption, 'l' as label");
    assertThatThrownBy(() -> run(changes("lake.mute").build()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(
            "Invalid input.changes: true (a table that tells its changes: ALTER TABLE lake.mute SET"
                + " TBLPROPERTIES (delta.enableChangeDataFeed = true))");
    spark.sql(
        "create table lake.plain using parquet as select 'a' as id, X'61' as caption, 'l' as label");
    assertThatThrownBy(() -> run(changes("lake.plain").build()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageStartingWith("Invalid input.changes: true (a table of Delta or Iceberg");
  }
}
