package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** Of a record of which one modality has changed that one alone is encoded, to the same bits. */
@NullUnmarked
final class RootsJobTest {
  private static final int RECORDS = 12;

  /** Tokens of a text above which a record is spread: two of the records are. */
  private static final int SPREAD = 300;

  @TempDir Path folder;

  /** Records whose text and numbers are of a version; one has no numbers. */
  private static Dataset<Row> table(int text, int numbers, int from, int to) {
    return SparkFixture.spark()
        .range(from, to)
        .selectExpr(
            "concat('r', id) as id",
            "cast(repeat(concat('caption of ', id, ' ', %d), if(id %% 6 = 0, 40, 1)) as binary) as caption"
                .formatted(text),
            "if(id = 3, null, array(float(id), float(%d), float(0.5))) as numbers"
                .formatted(numbers),
            "'label' as label");
  }

  private TestJob job(String name) {
    return TestJob.in(folder.resolve("beside-" + name))
        .columns("text", "caption", "vectors", "numbers")
        .keep("label")
        .run(2, 1 << 20, SPREAD)
        .output(TestJob.merged(folder.resolve(name), Deletes.REMOVE));
  }

  private JobConfig keeping() {
    return job("out").keepRoots().build();
  }

  private static RunManifest run(JobConfig job, Dataset<Row> table) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
  }

  private static Map<String, Row> rows(JobConfig job) {
    Map<String, Row> rows = new TreeMap<>();
    Dataset<Row> table = SparkFixture.spark().read().parquet(job.output().path()).drop("run_id");
    table.collectAsList().forEach(r -> rows.put(r.getAs("id"), r));
    return rows;
  }

  private int rebuilds;

  private void isRebuilt(JobConfig job, Dataset<Row> table) {
    JobConfig whole = job("whole" + rebuilds++).build();
    run(whole, table);
    assertThat(rows(job)).isEqualTo(rows(whole)).isNotEmpty();
  }

  private List<Path> portions() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("out.roots"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void oneModalityAloneIsEncodedWhereOneHasChanged() {
    JobConfig job = keeping();
    RunManifest first = run(job, table(1, 1, 0, RECORDS));
    assertThat(first.counts().spread()).isEqualTo(2);
    assertThat(first.roots()).isEqualTo(new RunManifest.Roots(0, 2 * RECORDS - 1));

    RunManifest text = run(job, table(2, 1, 0, RECORDS));
    assertThat(text.roots()).isEqualTo(new RunManifest.Roots(RECORDS - 1, RECORDS));
    assertThat(text.counts().out()).isEqualTo(RECORDS);
    assertThat(text.counts().spread()).isEqualTo(2);
    isRebuilt(job, table(2, 1, 0, RECORDS));

    RunManifest numbers = run(job, table(2, 2, 0, RECORDS));
    assertThat(numbers.roots()).isEqualTo(new RunManifest.Roots(RECORDS - 1, RECORDS - 1));
    assertThat(numbers.counts().unchanged()).as("of the one without numbers").isEqualTo(1);
    isRebuilt(job, table(2, 2, 0, RECORDS));

    assertThat(run(job, table(2, 2, 0, RECORDS)).roots()).isEqualTo(new RunManifest.Roots(0, 0));
  }

  /** The output is lost, its roots are not: all is there but the fusion, counts included. */
  @Test
  void ofALostOutputNothingIsDecodedAgain() throws IOException {
    TestJob job = job("out").column("text", TestJob.value("caption", 9)).keepRoots();
    RunManifest first = run(job.build(), table(1, 1, 0, RECORDS));
    assertThat(first.leftOut().get("text")).isPositive();
    Map<String, Row> rows = rows(job.build());
    Files.move(folder.resolve("out"), folder.resolve("lost"));
    RunManifest second = run(job.build(), table(1, 1, 0, RECORDS));
    assertThat(second.roots()).isEqualTo(new RunManifest.Roots(2 * RECORDS - 1, 0));
    assertThat(second.leftOut()).isEqualTo(first.leftOut());
    assertThat(second.tokens()).isEqualTo(first.tokens());
    assertThat(rows(job.build())).isEqualTo(rows);
  }

  @Test
  void whatIsDamagedIsComputedAnew() throws IOException {
    JobConfig job = keeping();
    run(job, table(1, 1, 0, RECORDS));
    List<Path> portions = portions();
    assertThat(portions).hasSizeGreaterThan(1);
    byte[] bytes = Files.readAllBytes(portions.get(0));
    bytes[60] ^= 1;
    Files.write(portions.get(0), bytes);
    byte[] cut = Files.readAllBytes(portions.get(1));
    Files.write(portions.get(1), java.util.Arrays.copyOf(cut, cut.length - 10));

    RunManifest text = run(job, table(2, 1, 0, RECORDS));
    assertThat(text.roots().used()).isPositive().isLessThan(RECORDS - 1);
    isRebuilt(job, table(2, 1, 0, RECORDS));
    assertThat(portions()).doesNotContain(portions.get(1));
  }

  @Test
  void rootsThatNothingAsksForGo() throws IOException {
    JobConfig job = keeping();
    run(job, table(0, 0, 0, RECORDS));
    long once = size();
    run(job, table(1, 0, 0, RECORDS));
    run(job, table(2, 0, 0, RECORDS));
    assertThat(size()).as("after two versions more the dead ones go").isLessThan(3 * once / 2);
    Files.createFile(portions().get(0).resolveSibling(".roots-left"));
    RunManifest numbers = run(job, table(2, 1, 0, RECORDS));
    assertThat(numbers.roots().used()).isEqualTo(RECORDS - 1);
    assertThat(portions()).noneMatch(p -> p.getFileName().toString().startsWith("."));

    run(job, table(2, 1, 0, 2));
    assertThat(size()).as("two of twelve records").isLessThan(once);
    assertThat(run(job, table(3, 1, 0, 2)).roots()).isEqualTo(new RunManifest.Roots(2, 2));
  }

  private long size() throws IOException {
    long size = 0;
    for (Path portion : portions()) {
      size += Files.size(portion);
    }
    return size;
  }

  @Test
  void aModelThatSeesARecordWholeAndPartsAreRefused() {
    Dataset<Row> table = table(1, 1, 0, 2);
    assertThatThrownBy(() -> run(job("out").model("tiny-hip", 1).keepRoots().build(), table))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("run.keep-roots: true (false with a model of the family hip");
    assertThatThrownBy(() -> run(job("out").part("label").keepRoots().build(), table))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("run.keep-roots: true (false where a record has parts)");
  }
}
