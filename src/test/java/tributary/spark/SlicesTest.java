package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.rand;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** Partitions of files that are read in slices hold every row once. */
@NullUnmarked
final class SlicesTest {
  @TempDir static Path folder;

  @Test
  void asManySlicesAsKeepTheCoresBusy() {
    assertThat(Slices.number(List.of(10L, 10L), 0, 2)).isEqualTo(1);
    assertThat(Slices.number(List.of(10L, 5L), 0, 2)).as("halves").isEqualTo(2);
    assertThat(Slices.number(List.of(10L), 0, 2)).isEqualTo(2);
    assertThat(Slices.number(List.of(10L, 10L, 10L), 0, 2)).isEqualTo(2);
    assertThat(Slices.number(List.of(10L), 0, 4)).isEqualTo(4);
    assertThat(Slices.number(List.of(10L, 10L), 10, 2)).as("row groups").isEqualTo(2);
    assertThat(Slices.number(List.of(10L, 10L), 10, 1)).as("nobody waits").isEqualTo(1);
    assertThat(Slices.number(List.of(100L, 101L), 1, 2)).as("a tiny piece").isEqualTo(1);
    assertThat(Slices.number(List.of(10L), 0, 16)).as("too few").isZero();
    assertThat(Slices.number(List.of(1L, 100L), 0, 64)).as("too few").isZero();
  }

  @Test
  void everyRowIsInOneSlice() {
    Dataset<Row> table = oneFile("all", 700);
    Dataset<Row> sliced = Slices.of(table, 3, 9).orElseThrow().rows();
    assertThat(sliced.rdd().getNumPartitions()).isEqualTo(3);
    assertThat(sliced.filter(col("id").isNull()).count()).isEqualTo(100);
    assertThat(ids(sliced)).isEqualTo(ids(table));
  }

  @Test
  void onlyAPlainScanIsReadAgain() {
    Dataset<Row> table = oneFile("plain", 20);
    SparkSession spark = SparkFixture.spark();
    assertThat(Slices.of(table, 2, 6)).isPresent();
    assertThat(Slices.of(table.selectExpr("cast(id as int) id"), 2, 6)).isPresent();
    Dataset<Row> some = table.filter("id > '10'").selectExpr("cast(id as int) id");
    assertThat(Slices.of(some, 2, 6)).isPresent();
    Dataset<Row> random = table.filter(rand().gt(0.5)).selectExpr("cast(id as int) id");
    assertThat(Slices.of(random, 2, 6)).as("not the same twice").isEmpty();
    assertThat(Slices.of(table.selectExpr("id || 'x' id"), 2, 6)).as("computed").isEmpty();
    assertThat(Slices.of(table.withColumn("r", rand()), 2, 6)).as("not the same twice").isEmpty();
    assertThat(Slices.of(table.limit(10), 2, 6)).as("any ten rows").isEmpty();
    assertThat(Slices.of(table.repartition(2), 2, 6)).isEmpty();
    Dataset<Row> kept = oneFile("kept", 20).cache();
    assertThat(Slices.of(kept.select("id"), 2, 6)).isEmpty();
    kept.unpersist();
    assertThat(Slices.of(spark.range(10).selectExpr("cast(id as string) id"), 2, 6)).isEmpty();
  }

  @Test
  void aFileThatChangedBetweenTheReadingsIsToldOf() throws Exception {
    Dataset<Row> table = oneFile("changing", 50);
    Slices slices = Slices.of(table, 2, 6).orElseThrow();
    assertThatCode(slices::requireUnchanged).doesNotThrowAnyException();
    Path file = Path.of(slices.files().get(0).toPath().toUri());
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
    assertThatThrownBy(slices::requireUnchanged)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Cannot account for every record: ")
        .hasMessageContaining("changed while it was read");
    Files.delete(file);
    assertThatThrownBy(slices::requireUnchanged).hasMessageContaining("changed while it was read");
  }

  /** One file of one partition on two cores is read twice; nothing else differs. */
  @Test
  void aJobOverOneFileGivesThePlainLoopsBits() {
    Dataset<Row> records = SyntheticTable.frame(SparkFixture.spark(), 30, 5, 300, 0.3, 0, 2);
    Path input = folder.resolve("one");
    records.coalesce(1).write().parquet(input.toString());
    JobConfig job =
        TestJob.in(folder.resolve("job"))
            .input("parquet", input, Map.of())
            .run(0, 5000, 1 << 16)
            .build();
    Dataset<Row> stored = SparkFixture.spark().read().parquet(input.toString());
    Preflight preflight = Preflight.check(job, SparkFixture.spark());
    Dataset<Row> projected = preflight.prepared().frame().projected();
    int given = projected.rdd().getNumPartitions(); // 1, or 2 where Spark cuts small files
    InputRows rows = new InputRows(job, projected, 6, 2);
    InputRows.Arranged arranged = rows.arranged(0);
    assertThat(arranged.rows().rdd().getNumPartitions()).as("slices").isEqualTo(2 * given);
    assertThat(arranged.shuffled()).isFalse();
    assertThat(rows.arranged(22).slices()).as("22 of 30 are known").isNotNull();
    assertThat(rows.arranged(23).slices()).as("23 of 30 are known").isNull();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark());
    assertThat(manifest.counts().rows()).isEqualTo(30);
    assertThat(SparkFixture.embeddings(job)).isEqualTo(PlainLoop.fuse(job, stored));
  }

  private static Dataset<Row> oneFile(String name, int rows) {
    String path = folder.resolve(name).toString();
    SparkFixture.spark()
        .range(rows)
        .coalesce(1)
        .withColumn("id", when(col("id").mod(lit(7)).notEqual(lit(3)), col("id").cast("string")))
        .write()
        .parquet(path);
    return SparkFixture.spark().read().parquet(path);
  }

  private static List<String> ids(Dataset<Row> rows) {
    List<String> ids = new ArrayList<>();
    rows.collectAsList().forEach(r -> ids.add(String.valueOf(r.<String>getAs("id"))));
    ids.sort(null);
    return ids;
  }
}
