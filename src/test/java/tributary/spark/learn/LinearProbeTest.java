package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems;
import tributary.learn.probe.Division;
import tributary.learn.probe.ProbeReport;
import tributary.spark.SparkFixture;

class LinearProbeTest {
  @TempDir Path folder;
  private Dataset<Row> table;

  /** 300 records of three classes that two of the four numbers tell, roughly. */
  @BeforeEach
  void table() {
    table =
        SparkFixture.spark()
            .range(300)
            .selectExpr(
                "concat('r', id) as id",
                "concat('k', id % 3) as kind",
                "if(id % 4 = 0, 'test', 'train') as part",
                "array(float(id % 3 + 0.3 * sin(id * 12.9)), float((id % 3) * (id % 3) + 0.3 * sin(id * 78.2)),"
                    + " float(sin(id * 3.1)), float(5)) as embedding");
  }

  private String saved(String name, Dataset<Row> rows, int partitions) {
    String path = folder.resolve(name).toString();
    rows.repartition(partitions).write().format("parquet").save(path);
    return path;
  }

  private static ProbeReport probe(
      String path, @Nullable String fit, @Nullable String split, double fraction) {
    return new LinearProbe(SparkFixture.spark())
        .run(
            new LinearProbe.Request(
                "parquet", path, fit, "kind", split, new Division(1, fraction), 3));
  }

  @Test
  void partitionsChangeNoFigure() {
    ProbeReport one = probe(saved("one", table, 1), null, null, 0.7);
    ProbeReport seven = probe(saved("seven", table, 7), null, null, 0.7);
    assertThat(one.fitted() + one.probe().tested()).isEqualTo(300);
    assertThat(one.fitted()).isBetween(170, 250);
    assertThat(one.probe().accuracy()).isGreaterThan(0.9);
    assertThat(one.classes()).isEqualTo(3);
    assertThat(one.converged()).isTrue();
    assertThat(seven.probe()).isEqualTo(one.probe());
    assertThat(seven.vote()).isEqualTo(one.vote());
    assertThat(seven.l2()).isEqualTo(one.l2());
  }

  @Test
  void aColumnDividesAsWell() {
    ProbeReport report = probe(saved("t", table, 2), null, "part", 0.8);
    assertThat(report.fitted()).isEqualTo(225);
    assertThat(report.probe().tested()).isEqualTo(75);
    assertThat(report.division()).isEqualTo("by column part");
    assertThat(report.majority()).isEqualTo("k0");
    assertThat(report.majorityAccuracy()).isEqualTo(25 / 75.0);
  }

  /** What was fitted to one table meets the other's embeddings of records that it did not see. */
  @Test
  void anotherTableIsTestedByTheClassifierOfTheFirst() {
    String full = saved("full", table, 2);
    Dataset<Row> blind =
        table.selectExpr("id", "kind", "part", "array(float(0), float(0), float(0), 5f) embedding");
    ProbeReport own = probe(full, null, null, 0.7);
    ProbeReport same = probe(saved("same", table, 3), full, null, 0.7);
    assertThat(same.probe()).isEqualTo(own.probe());
    ProbeReport without = probe(saved("blind", blind, 3), full, null, 0.7);
    assertThat(without.fitted()).isEqualTo(own.fitted());
    assertThat(without.probe().tested()).isEqualTo(own.probe().tested());
    assertThat(without.probe().accuracy()).isLessThan(0.5);
    ProbeReport rest =
        probe(
            saved("rest", table.filter("id > 'r5'"), 1),
            saved("first", table.filter("id <= 'r5'"), 1),
            null,
            1);
    assertThat(rest.fitted() + rest.probe().tested()).isEqualTo(300);
    assertThat(rest.probe().accuracy()).isGreaterThan(0.9);
  }

  @Test
  void whatHasNoLabelOrEmbeddingIsLeftOutAndCounted() {
    Dataset<Row> holes =
        table.selectExpr(
            "id",
            "if(id = 'r3', null, kind) as kind",
            "if(id in ('r4', 'r5'), null, embedding) as embedding");
    ProbeReport report = probe(saved("holes", holes, 2), null, null, 0.7);
    assertThat(report.unlabelled()).isEqualTo(1);
    assertThat(report.bare()).isEqualTo(2);
    assertThat(report.fitted() + report.probe().tested()).isEqualTo(297);
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "id, 1 as k, embedding | Invalid --label: kind (one of the columns of PATH: [id, k, embedding])",
        "id, kind | Cannot probe PATH: it has no column embedding",
        "id, kind, 'x' as embedding | Cannot probe PATH: its column embedding is string (an array of numbers)",
        "id, cast(null as string) kind, embedding | Cannot probe PATH: none of 300 records has a label (column kind)",
        "id, kind, cast(null as array<float>) embedding | Cannot probe PATH: none of 300 records has an embedding",
        "id, 'x' as kind, embedding | Cannot probe PATH: one class in the 203 records to fit to, x (two or more)",
        "id, id as kind, embedding | Cannot probe PATH: 203 records to fit to, 300 classes of kind (a record per class)",
        "id, kind, slice(embedding, 1, if(id = 'r7', 2, 4)) embedding | Cannot probe PATH: its embeddings have 2 to 4 numbers (one width)",
        "if(id = 'r7', 'r8', id) id, kind, embedding | Cannot probe PATH: the id r8 occurs more than once"
      })
  void whatCanNotBeProbedIsRefused(String columns, String told) {
    table.createOrReplaceTempView("given");
    Dataset<Row> changed = SparkFixture.spark().sql("select " + columns + " from given");
    String path = saved("t", changed, 2);
    assertThatThrownBy(() -> probe(path, null, null, 0.7))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(told.replace("PATH", path));
  }

  @Test
  void tablesThatDoNotBelongTogetherAreRefused() {
    String four = saved("four", table.selectExpr("*", "'m' as model_hash"), 1);
    String other = saved("other", table.selectExpr("*", "'n' as model_hash"), 1);
    assertThatThrownBy(() -> probe(four, other, null, 0.7))
        .hasMessage("Cannot probe %s: made by model [m] (%s by [n])".formatted(four, other));
    String two =
        saved("two", table.selectExpr("id", "kind", "slice(embedding, 1, 2) embedding"), 1);
    assertThatThrownBy(() -> probe(four, two, null, 0.7))
        .hasMessage("Cannot probe %s: 2 numbers per embedding (%s has 4)".formatted(two, four));
    assertThatThrownBy(() -> probe(four, four, null, 1))
        .hasMessage(
            "Cannot probe %s: 300 records to fit to, 0 to test on (some of each)".formatted(four));
    assertThatThrownBy(() -> probe("none", null, null, 0.7))
        .hasMessageStartingWith("Cannot open table: parquet none: ");
  }

  @Test
  void aSplitIsTrainOrTest() {
    String path =
        saved(
            "t", table.selectExpr("id", "kind", "embedding", "if(id = 'r9', 'dev', part) part"), 1);
    assertThatThrownBy(() -> probe(path, null, "part", 0.8))
        .hasMessage("Cannot probe %s: column part of r9 is dev (train or test)".formatted(path));
  }

  @Test
  void aRecordIsNotFittedToAndTestedOn() {
    String train = saved("train", table, 1);
    String test = saved("test", table.selectExpr("id", "kind", "embedding", "'test' part"), 1);
    assertThatThrownBy(() -> probe(test, train, "part", 0.8))
        .hasMessage("Cannot probe %s: the id r1 is to be fitted to and tested on".formatted(test));
  }
}
