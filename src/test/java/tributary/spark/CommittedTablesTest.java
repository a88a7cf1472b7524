package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.sql.DeltaSparkSessionExtension;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.runtime.BoxedUnit;
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

  /** In the JVM's context a session that Delta's parser and catalogs of both belong to. */
  @BeforeAll
  static void session() {
    SparkFixture.spark();
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
    spark =
        SparkSession.builder()
            .withExtensions(
                e -> {
                  new DeltaSparkSessionExtension().apply(e);
                  return BoxedUnit.UNIT;
                })
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .config("spark.sql.catalog.ice", "org.apache.iceberg.spark.SparkCatalog")
            .config("spark.sql.catalog.ice.type", "hadoop")
            .config("spark.sql.catalog.ice.warehouse", catalogs.resolve("ice").toString())
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.databricks.delta.snapshotPartitions", "1")
            .getOrCreate();
    SparkSession.setActiveSession(spark);
    spark.sql("create database committed location '" + catalogs.resolve("delta") + "'");
  }

  @AfterAll
  static void restored() {
    spark.sql("drop database committed cascade");
    SparkSession.setActiveSession(SparkFixture.spark());
    SparkSession.setDefaultSession(SparkFixture.spark());
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
            ? spark.read().table(sink.path() + ".snapshots")
            : spark.read().format("iceberg").load(sink.path() + "#snapshots"))
        .count();
  }

  @ParameterizedTest
  @CsvSource({"delta,''", "delta,committed.t", "iceberg,''", "iceberg,ice.db.t"})
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
