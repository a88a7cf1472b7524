package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/** Mode append adds what is new, to both tables, or the job is refused before it runs. */
class AppendTest {
  @TempDir Path folder;

  private Sink sink(String name, String format, Map<String, String> options) {
    return new Sink(format, folder.resolve(name).toString(), Sink.Mode.APPEND, options);
  }

  private JobConfig job(String format, Map<String, String> options, double maxFraction) {
    return TestJob.in(folder)
        .columns("text", "caption")
        .output(sink("out", format, options))
        .errors(maxFraction, JobConfig.Errors.Duplicates.QUARANTINE)
        .build()
        .quarantining(sink("bad", format, options));
  }

  private static Dataset<Row> rows(String values) {
    return SparkFixture.spark().sql("values " + values + " as t(id, caption)");
  }

  private RunManifest run(JobConfig job, Dataset<Row> table) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
  }

  private static Dataset<Row> read(Sink sink) {
    return SparkFixture.spark()
        .read()
        .format(sink.format())
        .options(sink.options())
        .load(sink.path());
  }

  @ParameterizedTest
  @CsvSource({"parquet, false", "json, false", "csv, true"})
  void eachRowOfEitherTableIsWrittenOnce(String format, boolean header) {
    Map<String, String> options = header ? Map.of("header", "true") : Map.of();
    JobConfig job = job(format, options, 1);
    Dataset<Row> first =
        rows(
            "('a', X'61'), ('b', X'FF'), ('c', X'FE'), (null, X'61'), (null, X'61'), (null, null)");
    assertThat(run(job, first).counts().quarantined()).isEqualTo(5);
    RunManifest again = run(job, first);
    assertThat(again.counts().quarantined()).isEqualTo(5);
    assertThat(again.counts().unchanged()).isEqualTo(1);
    assertThat(read(job.quarantine()).count()).isEqualTo(5);
    assertThat(read(job.output()).count()).isEqualTo(1);

    Dataset<Row> more = first.union(rows("('d', X'FD'), (null, X'61'), ('e', X'62')"));
    assertThat(run(job, more).counts().out()).isEqualTo(1);
    assertThat(read(job.output()).select("id").orderBy("id").collectAsList())
        .extracting(r -> r.getString(0))
        .containsExactly("a", "e");
    assertThat(read(job.quarantine()).groupBy("reason").count().orderBy("reason").collectAsList())
        .extracting(Row::toString)
        .containsExactly("[NOT_UTF8,3]", "[NULL_ID,4]");
    assertThat(read(job.quarantine()).filter(col("run_id").isNull()).count()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"parquet, false", "json, false", "csv, true"})
  void aFindingIsToldOnceWhateverItsWords(String format, boolean header) {
    Map<String, String> options = header ? Map.of("header", "true") : Map.of();
    Sink sink = sink("bad", format, options);
    String columns = " as t(id, `column`, reason, detail, payload_digest, run_id)";
    Dataset<Row> first =
        SparkFixture.spark()
            .sql(
                "values (' a\\nb ', 'c', 'CORRUPT_AUDIO', 'after 1 s\\n@ 0x7f', 'd1', 'r'),"
                    + " ('e', 'c', 'MISSING_FILE', 'no f', null, 'r')"
                    + columns);
    Sinks.write(first, sink, org.apache.spark.sql.SaveMode.Append);
    Dataset<Row> second =
        SparkFixture.spark()
            .sql(
                "values (' a\\nb ', 'c', 'CORRUPT_AUDIO', 'after 2 s', 'd1', 'r'),"
                    + " (' a\\nb ', 'c', 'CORRUPT_AUDIO', 'after 2 s', 'd2', 'r'),"
                    + " ('e', 'c', 'MISSING_FILE', 'no f', null, 'r'),"
                    + " ('e', 'c', 'MISSING_FILE', 'no g', null, 'r')"
                    + columns);
    List<Row> untold = Existing.untold(second, "s", sink).orderBy("id").collectAsList();
    assertThat(untold)
        .extracting(Row::toString)
        .containsExactly(
            "[ a\nb ,c,CORRUPT_AUDIO,after 2 s,d2,s]", "[e,c,MISSING_FILE,no g,null,s]");
  }

  @Test
  void aRunOverBudgetToldTheQuarantineAlready() {
    JobConfig job = job("parquet", Map.of(), 0);
    Dataset<Row> table = rows("('a', X'61'), ('b', X'FF')");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> run(job, table)).isInstanceOf(BudgetExceeded.class);
    }
    assertThat(read(job.quarantine()).count()).isEqualTo(1);
  }

  /** A folder with nothing in it is no table yet. */
  @Test
  void anEmptyFolderIsAppendedTo() throws IOException {
    Files.createDirectories(folder.resolve("out"));
    JobConfig job = job("parquet", Map.of(), 1);
    assertThat(run(job, rows("('a', X'61')")).counts().out()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "text", "CSV"})
  void aFormatWithoutNamesIsRefused(String format) {
    JobConfig job = job(format, Map.of("header", "false"), 1);
    String rule =
        " (with mode append one that is read back by the names of its columns: parquet, json, or csv"
            + " with options.header: true)";
    assertThatThrownBy(() -> run(job, rows("('a', X'61')")))
        .isInstanceOfSatisfying(
            Problems.Refused.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "Invalid output.format: " + format + rule,
                        "Invalid quarantine.format: " + format + rule));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aTableOfOtherColumnsIsRefused() {
    rows("('a', X'61')").write().parquet(folder.resolve("out").toString());
    assertThatThrownBy(() -> run(job("parquet", Map.of(), 1), rows("('a', X'61')")))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(
            "Invalid output.path: "
                + folder.resolve("out")
                + " (with mode append a table with the columns [id, model_hash, input_hash], which has [id, caption])");
  }

  @Test
  void keptColumnsHaveNamesOfTheirOwn() {
    Dataset<Row> table =
        SparkFixture.spark().sql("select 'a' as id, X'61' as caption, 1 as norm, 2 as `Norm 2`");
    for (String taken : List.of("norm", "id", "Embedding", "RUN_ID")) {
      JobConfig job = TestJob.in(folder).columns("text", "caption").keep(taken).build();
      List<String> problems = Preflight.check(job, SparkFixture.spark(), table).problems();
      assertThat(problems)
          .filteredOn(p -> p.startsWith("Invalid keep: " + taken + " (other names than"))
          .hasSize(1);
      assertThatThrownBy(() -> run(job, table)).isInstanceOf(Problems.Refused.class);
    }
    JobConfig twice =
        TestJob.in(folder).columns("text", "caption").keep("caption", "CAPTION").build();
    assertThat(Preflight.check(twice, SparkFixture.spark(), table).problems())
        .anyMatch(p -> p.startsWith("Invalid keep: CAPTION (other names than"));
    JobConfig own = TestJob.in(folder).columns("text", "caption").keep("Norm 2").build();
    assertThat(run(own, table).counts().out()).isEqualTo(1);
  }
}
