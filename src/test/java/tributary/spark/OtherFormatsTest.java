package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.config.JobConfig.Sink.Mode;
import tributary.config.JobConfig.Source;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** ORC, Avro and a database as outputs; a query and a name as inputs. */
@NullUnmarked
final class OtherFormatsTest {
  private static final String FIRST = "('a', 'x'), ('b', 'y')";
  private static final String MORE = FIRST + ", ('c', 'z')";
  private static final String CHANGED = "('a', 'other'), ('c', 'z')";

  @TempDir Path folder;

  private static Dataset<Row> records(String values) {
    return SparkFixture.spark().sql("select * from values " + values + " as t(id, caption)");
  }

  private TestJob job(Sink output) {
    return TestJob.in(folder.resolve("beside")).columns("text", "caption").output(output);
  }

  private RunManifest.Counts run(Sink output, String records) {
    return FuseJob.run(job(output).build(), Map.of(), SparkFixture.spark(), records(records))
        .counts();
  }

  private static Map<String, Row> rows(String format, String path) {
    Map<String, Row> rows = new TreeMap<>();
    SparkFixture.spark()
        .read()
        .format(format)
        .load(path)
        .drop("run_id")
        .collectAsList()
        .forEach(r -> assertThat(rows.put(r.getAs("id"), r)).isNull());
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"orc", "avro"})
  void aFolderIsAddedToMergedAndReplaced(String format) {
    String out = folder.resolve("out").toString();
    run(new Sink(format, out, Mode.ERROR, Map.of()), FIRST);
    assertThat(run(new Sink(format, out, Mode.APPEND, Map.of()), MORE).unchanged()).isEqualTo(2);
    Sink merge = new Sink(format, out, Mode.MERGE, Map.of(), Deletes.REMOVE);
    assertThat(run(merge, CHANGED).unchanged()).isEqualTo(1);
    Sink whole = TestJob.sink(folder.resolve("whole"));
    run(whole, CHANGED);
    assertThat(rows(format, out)).isEqualTo(rows("parquet", whole.path())).hasSize(2);
    run(new Sink(format, out, Mode.OVERWRITE, Map.of()), FIRST);
    assertThat(rows(format, out)).containsOnlyKeys("a", "b");
  }

  @Test
  void aDatabaseHasEmbeddingsAsJsonWhereItHasNoArrays() {
    Map<String, String> h2 = Map.of("url", "jdbc:h2:mem:formats;DB_CLOSE_DELAY=-1");
    run(new Sink("jdbc", "E", Mode.ERROR, h2, Deletes.KEEP, true), FIRST);
    assertThatThrownBy(() -> run(new Sink("jdbc", "E", Mode.ERROR, h2, Deletes.KEEP, true), FIRST))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("output.table: E (exists already");
    Sink append = new Sink("jdbc", "E", Mode.APPEND, h2, Deletes.KEEP, true);
    RunManifest.Counts more = run(append, MORE);
    assertThat(List.of(more.unchanged(), more.out())).containsExactly(2L, 1L);
    Sink whole = TestJob.sink(folder.resolve("whole"));
    run(whole, MORE);
    assertThat(
            embeddings(
                table(h2).selectExpr("id", "from_json(embedding, 'array<float>') as embedding")))
        .isEqualTo(embeddings(SparkFixture.spark().read().parquet(whole.path())));
    run(new Sink("jdbc", "E", Mode.OVERWRITE, h2, Deletes.KEEP, true), FIRST);
    assertThat(table(h2).count()).isEqualTo(2);
    assertThatThrownBy(() -> run(new Sink("jdbc", "E", Mode.MERGE, h2, Deletes.KEEP, true), FIRST))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("Invalid output.mode: merge");
  }

  private static Dataset<Row> table(Map<String, String> options) {
    return SparkFixture.spark()
        .read()
        .format("jdbc")
        .options(options)
        .option("dbtable", "E")
        .load();
  }

  private static Map<String, List<Float>> embeddings(Dataset<Row> table) {
    Map<String, List<Float>> embeddings = new TreeMap<>();
    table
        .select("id", "embedding")
        .collectAsList()
        .forEach(r -> embeddings.put(r.getString(0), r.getList(1)));
    return embeddings;
  }

  @Test
  void aDatabaseThatCannotBeReachedIsRefused() {
    Map<String, String> nowhere = Map.of("url", "jdbc:h2:/none/nowhere;IFEXISTS=TRUE");
    assertThatThrownBy(
            () -> run(new Sink("jdbc", "E", Mode.ERROR, nowhere, Deletes.KEEP, true), FIRST))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("a database that can be reached");
  }

  @ParameterizedTest
  @CsvSource({
    "no.such.Driver, 'no class no.such.Driver (add its jar by --packages or --jars)'",
    "'', No suitable driver"
  })
  void aDatabaseWithoutItsDriverIsRefused(String driver, String lack) {
    Map<String, String> options = new TreeMap<>(Map.of("url", "jdbc:nowhere:x"));
    if (!driver.isEmpty()) {
      options.put("driver", driver);
    }
    assertThatThrownBy(
            () -> run(new Sink("jdbc", "E", Mode.ERROR, options, Deletes.KEEP, true), FIRST))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("a database that can be reached: " + lack);
  }

  @Test
  void deltaWithoutItsExtensionIsRefused() {
    Sink delta = new Sink("delta", folder.resolve("out").toString(), Mode.ERROR, Map.of());
    assertThatThrownBy(() -> run(delta, FIRST))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension");
  }

  private RunManifest.Counts run(Source source) {
    JobConfig job = job(TestJob.sink(folder.resolve("out"))).input(source).build();
    return FuseJob.run(job, Map.of(), SparkFixture.spark()).counts();
  }

  @Test
  void aQueryAndANameAreInputs() {
    records(MORE).createOrReplaceTempView("formats_input");
    Source named = new Source("", null, Map.of(), null, "id <> 'a'", "formats_input", null, false);
    assertThat(run(named).in()).isEqualTo(2);
    String query = "select id, upper(caption) as caption from formats_input where id = 'b'";
    assertThat(run(new Source("", null, Map.of(), null, null, null, query, false)).in())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select nothing from nowhere|a query: ",
        "select|a query: ",
        "drop view formats_input|a query that reads: select ...",
        "select uuid() as id, caption from formats_input|the same in every reading of a row, which uuid() is not"
      })
  void aQueryThatIsNoneIsRefused(String query, String rule) {
    records(MORE).createOrReplaceTempView("formats_input");
    assertThatThrownBy(() -> run(new Source("", null, Map.of(), null, null, null, query, false)))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("Invalid input.query: " + query + " (" + rule);
    assertThat(SparkFixture.spark().table("formats_input").count()).isEqualTo(3);
  }

  /** Spark runs a statement as soon as it is told of it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert overwrite directory '%s' using parquet select id, caption from formats_input",
        "insert overwrite directory '%s' using parquet select 1",
        "with t as (select 1 as id) insert overwrite local directory '%s' using csv select * from t",
        "execute immediate \"insert overwrite directory '%s' using parquet select 1\"",
        "call catalog.system.rollback('%s')",
        "from formats_input insert overwrite directory '%s' using json select id insert overwrite directory '%s' using json select caption"
      })
  void aStatementThatWritesIsNotRun(String statement) throws IOException {
    records(MORE).createOrReplaceTempView("formats_input");
    Path precious = Files.createDirectories(folder.resolve("precious")).resolve("mine.txt");
    Files.writeString(precious, "mine");
    String query = statement.replace("%s", precious.getParent().toString());
    assertThatThrownBy(() -> run(new Source("", null, Map.of(), null, null, null, query, false)))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("(a query that reads: select ...)");
    assertThat(precious).hasContent("mine");
  }
}
