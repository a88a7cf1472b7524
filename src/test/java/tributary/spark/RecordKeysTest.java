package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Errors.Duplicates;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** Ids of any type stay apart, parts have the order of their values; else the job is refused. */
class RecordKeysTest {
  @TempDir Path folder;

  private static Dataset<Row> sql(String query) {
    return SparkFixture.spark().sql(query);
  }

  private TestJob job() {
    return TestJob.in(folder).columns("text", "caption");
  }

  /** Values of a type, all different, and the texts that they become. */
  static Stream<Arguments> types() {
    return Stream.of(
        Arguments.of("binary", "X'FF00', X'FE00', X'', X'61'", List.of("", "61", "FE00", "FF00")),
        Arguments.of("string", "'b', 'a ', 'a', ''", List.of("", "a", "a ", "b")),
        Arguments.of(
            "bigint",
            "9007199254740993, 9007199254740992, -1, 0",
            List.of("-1", "0", "9007199254740992", "9007199254740993")),
        Arguments.of(
            "double",
            "0.1D, 0.30000000000000004D, 0.3D, 1e300D",
            List.of("0.1", "0.3", "0.30000000000000004", "1.0E300")),
        Arguments.of(
            "decimal", "1.10BD, 1.11BD, 2BD, 0BD", List.of("0.00", "1.10", "1.11", "2.00")),
        Arguments.of("boolean", "true, false", List.of("false", "true")),
        Arguments.of(
            "date", "DATE'2024-10-27', DATE'2024-10-28'", List.of("2024-10-27", "2024-10-28")),
        Arguments.of(
            "timestamp, when clocks go back",
            "TIMESTAMP'2024-10-27 00:30:00Z', TIMESTAMP'2024-10-27 01:30:00Z', TIMESTAMP'2024-10-27 01:30:00.000001Z', TIMESTAMP'0001-01-01 00:00:00Z'",
            List.of(
                "0001-01-01 00:00:00",
                "2024-10-27 00:30:00",
                "2024-10-27 01:30:00",
                "2024-10-27 01:30:00.000001")),
        Arguments.of(
            "timestamp without zone",
            "TIMESTAMP_NTZ'2024-10-27 02:30:00', TIMESTAMP_NTZ'2024-10-27 03:30:00'",
            List.of("2024-10-27 02:30:00", "2024-10-27 03:30:00")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("types")
  void idsStayApart(String type, String values, List<String> texts) {
    SparkSession spark = SparkFixture.spark();
    String zone = spark.conf().get("spark.sql.session.timeZone");
    spark.conf().set("spark.sql.session.timeZone", "Europe/Berlin");
    try {
      Dataset<Row> table =
          sql(
              "select id, p, concat('caption ', p) as caption from (select explode(array("
                  + values
                  + ")) as id) cross join (select explode(array(0, 1)) as p)");
      JobConfig whole = job().build();
      RunManifest one = FuseJob.run(whole, Map.of(), spark, table.filter("p = 0"));
      assertThat(one.counts().out()).isEqualTo(texts.size());
      assertThat(SparkFixture.embeddings(whole).keySet())
          .containsExactlyInAnyOrderElementsOf(texts);
      for (int partitions : new int[] {1, 3}) {
        JobConfig parts = job().part("p").run(partitions, 1 << 20, 1 << 16).build();
        RunManifest two = FuseJob.run(parts, Map.of(), spark, table);
        assertThat(two.counts().rows()).isEqualTo(2L * texts.size());
        assertThat(two.counts().out()).isEqualTo(texts.size());
        assertThat(SparkFixture.embeddings(parts).keySet())
            .containsExactlyInAnyOrderElementsOf(texts);
      }
    } finally {
      spark.conf().set("spark.sql.session.timeZone", zone);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, QUARANTINE", "false, FAIL", "true, QUARANTINE"})
  void stringsThatAreNoUtf8AreQuarantinedEachByItself(boolean parts, Duplicates duplicates) {
    Dataset<Row> table =
        sql(
            "select cast(id as string) as id, p, caption from values (X'FF', 1, 'a'), (X'FE', 1, 'b'), (X'EDA080', 1, 'c'), (X'61', 1, 'd'), (null, 1, 'e'), (X'EFBFBD', 1, 'f') as t(id, p, caption)");
    JobConfig job = job().part(parts ? "p" : null).errors(1, duplicates).build();
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
    assertThat(manifest.counts().in()).isEqualTo(6);
    assertThat(manifest.counts().reasons()).isEqualTo(Map.of("NOT_UTF8", 3L, "NULL_ID", 1L));
    assertThat(SparkFixture.embeddings(job)).containsOnlyKeys("a", "\uFFFD");
    List<Row> told = SparkFixture.spark().read().parquet(job.quarantine().path()).collectAsList();
    assertThat(told).allSatisfy(r -> assertThat(r.<String>getAs("column")).isEqualTo("id"));
    assertThat(told)
        .extracting(r -> r.<String>getAs("payload_digest"))
        .doesNotContainNull()
        .doesNotHaveDuplicates();
    assertThat(told)
        .extracting(r -> r.<String>getAs("detail"))
        .contains(
            "the id is no UTF-8: EDA080 in hexadecimal (of any bytes hex(...) makes an id)",
            "the id is null");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "id|uuid()|the same in every reading of a row, which uuid() is not",
        "id|concat(id, current_timestamp())|the same in every reading of a row, which current_timestamp() is not",
        "id|concat(id, now())|the same in every reading of a row, which now() is not",
        "id|concat(id, current_date)|the same in every reading of a row, which current_date() is not",
        "id|concat(id, localtimestamp())|the same in every reading of a row, which localtimestamp() is not",
        "id|monotonically_increasing_id()|the same in every reading of a row, which monotonically_increasing_id() is not",
        "part|rand()|the same in every reading of a row, which rand() is not",
      })
  void whatDiffersFromReadingToReadingIsNoKey(String key, String expression, String rule) {
    TestJob job = job();
    JobConfig config = (key.equals("id") ? job.id(expression) : job.part(expression)).build();
    assertThat(problems(config))
        .containsExactly("Invalid " + key + ": " + expression + " (" + rule + ")");
  }

  private static List<String> problems(JobConfig job) {
    Dataset<Row> table =
        sql(
            "select 'a' as id, 'b' as caption, X'01' as bytes, array(1) as list, true as flag, named_struct('a', 1) as fields");
    return Preflight.check(job, SparkFixture.spark(), table).problems();
  }

  @Test
  void whatMakesNoTextIsNoId() {
    assertThat(problems(job().id("fields").build()))
        .containsExactly(
            "Invalid id: fields of type struct<a:int> (a text, number, time or binary; to_json(...) makes a text of a struct)");
    assertThat(problems(job().id("to_json(fields)").build())).isEmpty();
    assertThat(problems(job().id("list").build())).hasSize(1);
    assertThat(problems(job().id("concat(id, input_file_name())").build())).isEmpty();
  }

  @Test
  void whatHasNoPlainOrderIsNoPart() {
    assertThat(problems(job().part("bytes").build()))
        .containsExactly(
            "Invalid part: bytes of type binary (a number, date or timestamp, for parts have an order: try_cast(conv(hex(bytes), 16, 10) as decimal(20)) of big-endian bytes)");
    assertThat(problems(job().part("caption").build()))
        .containsExactly(
            "Invalid part: caption of type string (a number, date or timestamp, for parts have an order: try_cast(caption as bigint) or try_cast(caption as timestamp))");
    for (String no : List.of("flag", "list", "fields")) {
      assertThat(problems(job().part(no).build())).as(no).hasSize(1);
    }
    for (String part :
        List.of(
            "try_cast(conv(hex(bytes), 16, 10) as decimal(20))",
            "try_cast(caption as bigint)",
            "DATE'2024-01-01'",
            "TIMESTAMP'2024-01-01 00:00:00'",
            "TIMESTAMP_NTZ'2024-01-01 00:00:00'",
            "1.5D")) {
      assertThat(problems(job().part(part).build())).as(part).isEmpty();
    }
  }

  /** A part that is no number is one record's fault, where it is cast as the refusal says. */
  @Test
  void aPartThatIsNoNumberIsQuarantined() {
    Dataset<Row> table =
        sql("values ('a', '1', 'x'), ('a', 'two', 'y'), ('b', '1', 'z') as t(id, n, caption)");
    JobConfig job = job().part("try_cast(n as bigint)").build();
    assertThat(FuseJob.run(job, Map.of(), SparkFixture.spark(), table).counts().reasons())
        .isEqualTo(Map.of("NULL_PART", 1L));
    assertThat(SparkFixture.embeddings(job)).containsOnlyKeys("b");
  }

  @Test
  void duplicatesAreRefusedWithTheirId() {
    Dataset<Row> table = sql("values (X'FF01', 'a'), (X'FF01', 'b') as t(id, caption)");
    JobConfig job = job().errors(1, Duplicates.FAIL).build();
    assertThatThrownBy(() -> FuseJob.run(job, Map.of(), SparkFixture.spark(), table))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(
            "Invalid input: 1 ids stand more than once (errors.duplicates: fail), such as FF01");
  }
}
