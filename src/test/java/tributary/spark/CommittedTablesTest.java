package tributary.spark;

import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.config.JobConfig.Sink.Mode;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.spark.publish.Point;
import tributary.write.RunManifest;

/**
 * Delta Lake's and Iceberg's own libraries: each write is one commit, of the rows that a folder
 * would have.
 */
@NullUnmarked
final class CommittedTablesTest {
  private static final String FIRST = "('a', 'x', 'old'), ('b', 'y', 'old'), ('c', 'z', 'old')";
  private static final String MORE = FIRST + ", ('d', 'w', 'new'), ('bad', 'BAD', 'new')";

  /** Of `a` the text, of `b` a kept column, `c` gone, `d` broken, `e` new. */
  private static final String CHANGED =
      "('a', 'other', 'old'), ('b', 'y', 'new'), ('d', 'BAD', 'new'), ('e', 'v', 'new')";

  @TempDir static Path catalogs;

  private static final Map<String, Map<String, Row>> WHOLE = new HashMap<>();

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

  @AfterEach
  void unobserved() {
    Point.unobserved();
  }

  private static Dataset<Row> records(String values) {
    return spark.sql(
        "select id, if(caption = 'BAD', X'FF', cast(caption as binary)) as caption, label"
            + " from values "
            + values
            + " as t(id, caption, label)");
  }

  private Sink sink(String format, String name, Mode mode) {
    boolean named = !name.isEmpty();
    String place = named ? name : folder.resolve("out").toString();
    return new Sink(format, place, mode, Map.of(), Deletes.REMOVE, named);
  }

  private JobConfig job(Sink output) {
    return TestJob.in(folder.resolve("beside"))
        .columns("text", "caption")
        .keep("label")
        .output(output)
        .build();
  }

  private static RunManifest.Counts run(JobConfig job, String records) {
    return FuseJob.run(job, Map.of(), spark, records(records)).counts();
  }

  private static Dataset<Row> table(Sink sink) {
    return sink.isNamed()
        ? spark.read().table(sink.path())
        : spark.read().format(sink.format()).load(sink.path());
  }

  /** Rows by id, without the run that made them. */
  private static Map<String, Row> rows(Sink sink) {
    Map<String, Row> rows = new TreeMap<>();
    table(sink)
        .drop("run_id")
        .collectAsList()
        .forEach(r -> assertThat(rows.put(r.getAs("id"), r)).isNull());
    return rows;
  }

  /** What a folder of Parquet has of these records. */
  private Map<String, Row> whole(String records) {
    return WHOLE.computeIfAbsent(
        records,
        r -> {
          Sink parquet = TestJob.sink(folder.resolve("whole"));
          run(job(parquet), r);
          return rows(parquet);
        });
  }

  private static long commits(Sink sink) {
    if (sink.format().equals("delta")) {
      String name = sink.isNamed() ? sink.path() : "delta.`" + sink.path() + "`";
      return spark.sql("describe history " + name).count();
    }
    return (sink.isNamed()
            ? spark.read().table(sink.path() + ".history")
            : spark.read().format("iceberg").load(sink.path() + "#history"))
        .count();
  }

  @ParameterizedTest
  @CsvSource({"delta,''", "delta,lake.t", "iceberg,''", "iceberg,ice.db.t"})
  void everyModeIsOneCommitOfTheRowsOfAFolder(String format, String name) {
    Sink error = sink(format, name, Mode.ERROR);
    assertThat(run(job(error), FIRST).out()).isEqualTo(3);
    Map<String, Row> first = rows(error);
    assertThat(first).isEqualTo(whole(FIRST));
    assertThatThrownBy(() -> run(job(error), FIRST))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("exists already");
    assertThat(commits(error)).isEqualTo(1);

    Sink append = sink(format, name, Mode.APPEND);
    RunManifest.Counts more = run(job(append), MORE);
    assertThat(List.of(more.unchanged(), more.out(), more.quarantined()))
        .containsExactly(3L, 1L, 1L);
    assertThat(run(job(append), MORE).out()).isZero();
    assertThat(rows(append)).isEqualTo(whole(MORE));
    assertThat(commits(append)).isEqualTo(2);

    Sink merge = sink(format, name, Mode.MERGE);
    RunManifest.Counts changed = run(job(merge), CHANGED);
    assertThat(List.of(changed.unchanged(), changed.out(), changed.quarantined()))
        .containsExactly(1L, 2L, 1L);
    assertThat(rows(merge)).isEqualTo(whole(CHANGED)).containsOnlyKeys("a", "b", "e");
    assertThat(commits(merge)).isEqualTo(3);
    assertThat(run(job(merge), CHANGED).out()).isZero();
    assertThat(commits(merge)).isEqualTo(3);

    Sink overwrite = sink(format, name, Mode.OVERWRITE);
    run(job(overwrite), FIRST);
    assertThat(rows(overwrite)).isEqualTo(first);
    assertThat(commits(overwrite)).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({"delta,''", "iceberg,''", "jdbc,q"})
  void aQuarantineThatAKilledRunLeftIsReplaced(String format, String name) {
    Map<String, String> options =
        format.equals("jdbc") ? Map.of("url", "jdbc:h2:mem:left;DB_CLOSE_DELAY=-1") : Map.of();
    String place = name.isEmpty() ? folder.resolve("quarantine-table").toString() : name;
    Sink quarantine = new Sink(format, place, Mode.ERROR, options, Deletes.KEEP, !name.isEmpty());
    JobConfig job = job(sink("parquet", "", Mode.ERROR)).quarantining(quarantine);
    Point.observe(
        point -> {
          if (point == Point.QUARANTINE_STAGED) {
            throw new OutOfMemoryError("the driver ends here");
          }
        });
    assertThatThrownBy(() -> run(job, MORE)).hasMessage("the driver ends here");
    Point.unobserved();
    assertThat(run(job, MORE).quarantined()).isEqualTo(1);
    Dataset<Row> told =
        format.equals("jdbc")
            ? spark.read().format(format).options(options).option("dbtable", name).load()
            : table(quarantine);
    assertThat(told.count()).isEqualTo(1);
    assertThatThrownBy(() -> run(job, MORE))
        .as("that of a run that ended stays")
        .hasMessageContaining("Invalid quarantine.")
        .hasMessageContaining("exists already");
  }

  @ParameterizedTest
  @CsvSource({
    "delta,the table did not take the commit",
    "iceberg,the table was changed by another run"
  })
  void ofTwoWritersOneCommits(String format, String reason) {
    Sink sink = sink(format, "", Mode.APPEND);
    Dataset<Row> row = spark.sql("select 'a' as id, 'run' as run_id");
    begin(sink, "first").write(row, Optional.empty(), row, "run");
    TableCommit one = begin(sink, "one");
    TableCommit other = begin(sink, "other");
    one.put(row);
    Dataset<Row> more = spark.sql("select 'b' as id, 'run' as run_id");
    MergedTable both = new MergedTable(table(sink), more, "", "");
    assertThatThrownBy(() -> other.write(more, Optional.of(both), more, "run"))
        .isInstanceOf(IllegalStateException.class)
        .isNotInstanceOf(TableCommit.Wrong.class)
        .hasMessageContaining(reason);
    assertThat(table(sink).select("id").as(Encoders.STRING()).collectAsList())
        .containsExactly("a", "a");
  }

  private static TableCommit begin(Sink sink, String run) {
    return TableCommit.begin(spark, sink, run, "test").orElseThrow();
  }

  /** Not to be sent to the tasks: they count on in it. */
  private static final AtomicLong COUNTER = new AtomicLong();

  /** Rows that are others in each reading. */
  private static Dataset<Row> counted() {
    return spark
        .sql("select 'a' as id")
        .withColumn(
            "n",
            udf(() -> COUNTER.incrementAndGet(), DataTypes.LongType).asNondeterministic().apply());
  }

  @Test
  void aCommitOfOtherRowsIsNamed() {
    Sink sink = sink("delta", "", Mode.OVERWRITE);
    Dataset<Row> rows = counted();
    assertThatThrownBy(() -> begin(sink, "the-run").write(rows, Optional.empty(), rows, "run"))
        .isInstanceOf(TableCommit.Wrong.class)
        .hasMessage(
            sink.path()
                + " is not what was written to it: it has 1 rows of 1, or others; this run's commit is"
                + " the-run, by which the table can be restored");
  }

  private static List<String> branches(Sink sink) {
    return (sink.isNamed()
            ? spark.read().table(sink.path() + ".refs")
            : spark.read().format("iceberg").load(sink.path() + "#refs"))
        .select("name")
        .as(Encoders.STRING())
        .collectAsList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ice.db.unseen"})
  void noReaderOfIcebergSeesWhatIsNotAsItShouldBe(String name) {
    Sink sink = sink("iceberg", name, Mode.OVERWRITE);
    Dataset<Row> first = spark.sql("select 'a' as id, 0L as n");
    begin(sink, "first").write(first, Optional.empty(), first, "run");
    Dataset<Row> rows = counted();
    assertThatThrownBy(() -> begin(sink, "the-run").write(rows, Optional.empty(), rows, "run"))
        .isNotInstanceOf(TableCommit.Wrong.class)
        .hasMessage(
            "Cannot publish "
                + sink.path()
                + " is not what was written to it: it has 1 rows of 1, or others; no reader saw it");
    assertThat(table(sink).collectAsList()).isEqualTo(first.collectAsList());
    assertThat(branches(sink)).containsExactly("main");
  }

  /** As a killed run does, and one that another has overtaken. */
  @Test
  void aBranchThatWasLeftIsRemovedAndOneThatFellBehindIsNotTaken() {
    Sink sink = sink("iceberg", "", Mode.APPEND);
    Dataset<Row> row = spark.sql("select 'a' as id, 'run' as run_id");
    begin(sink, "first").put(row);
    CommittedTable table = CommittedTable.of(spark, sink).orElseThrow();
    CommittedTable.Commit one = new CommittedTable.Commit("one", "test", table.state());
    CommittedTable.Commit other = new CommittedTable.Commit("other", "test", table.state());
    table.append(row, one);
    table.append(row, other);
    assertThat(branches(sink)).hasSize(3);
    assertThat(table(sink).count()).isEqualTo(1);
    assertThat(table.has("one")).as("readers don't see it").isFalse();
    table.publish(one);
    assertThat(table.has("one")).isTrue();
    assertThatThrownBy(() -> table.publish(other))
        .hasMessageContaining("the table was changed by another run meanwhile");
    table.append(row, new CommittedTable.Commit("killed", "test", table.state()));
    table.append(row, new CommittedTable.Commit("alive", "another", table.state()));
    begin(sink, "next");
    assertThat(branches(sink)).containsExactlyInAnyOrder("main", "tributary_another_alive");
    assertThat(table(sink).count()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"delta,''", "iceberg,ice.db.columns", "iceberg,''"})
  void columnsMayChangeWhereTheFormatLetsThem(String format, String name) {
    Sink merge = sink(format, name, Mode.MERGE);
    run(job(merge), FIRST);
    JobConfig bare = job(merge).keeping(List.of());
    if (format.equals("iceberg") && name.isEmpty()) {
      assertThatThrownBy(() -> run(bare, FIRST))
          .isInstanceOf(Problems.Refused.class)
          .hasMessageContaining("named by its path they can't be changed: use output.table");
      return;
    }
    assertThat(run(bare, FIRST).unchanged()).isEqualTo(3);
    assertThat(table(merge).columns()).doesNotContain("label");
    assertThat(table(merge).count()).isEqualTo(3);
  }

  @Test
  void aMergeLeavesOneRowOfAnIdThatHadSeveral() {
    run(job(sink("delta", "", Mode.ERROR)), FIRST);
    Sink append = sink("delta", "", Mode.APPEND);
    run(job(append), FIRST.replace("'x'", "'other'"));
    assertThat(table(append).filter("id = 'a'").count()).isEqualTo(2);
    Sink merge = sink("delta", "", Mode.MERGE);
    assertThat(run(job(merge), FIRST).unchanged()).isEqualTo(3);
    assertThat(rows(merge)).isEqualTo(whole(FIRST));
  }

  /** The next run finds the commit, and tells of it. */
  @ParameterizedTest
  @CsvSource({"delta,ERROR", "iceberg,APPEND"})
  void whatWasCommittedBeforeACrashCountsOnce(String format, Mode mode) {
    Sink sink = sink(format, "", mode);
    Point.observe(
        point -> {
          if (point == Point.COMMITTED) {
            throw new OutOfMemoryError("the driver ends here");
          }
        });
    assertThatThrownBy(() -> run(job(sink), FIRST)).hasMessage("the driver ends here");
    Point.unobserved();
    assertThat(folder.resolve("beside/manifest.json")).doesNotExist();
    RunManifest.Counts again = run(job(sink), FIRST);
    assertThat(again.out() + again.unchanged()).isEqualTo(3);
    assertThat(folder.resolve("beside/manifest.json")).exists();
    assertThat(rows(sink)).hasSize(3);
    assertThat(commits(sink)).isEqualTo(1);
  }
}
