package tributary.spark;

import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.spark.publish.Point;
import tributary.write.RunManifest;

/**
 * Mode merge makes the table what a whole run would make it, and encodes only what is not in it.
 */
@NullUnmarked
final class MergeJobTest {
  private static final int HISTORIES = 20;
  private static final int STEPS = 4;
  private static final StructType SCHEMA =
      StructType.fromDDL("id string, caption binary, numbers array<float>, label string");

  @TempDir Path folder;

  /** One seed's records as they are after some inserts, updates and deletes. */
  private static final class History {
    private final int seed;
    private final Random random;
    private final Map<String, Row> records = new LinkedHashMap<>();
    private int born;

    History(int seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void step() {
      for (int i = 0; i < 4; i++) {
        put("h" + seed + "-" + born++);
      }
      for (String id : List.copyOf(records.keySet())) {
        switch (random.nextInt(6)) {
          case 0 -> records.remove(id);
          case 1 -> put(id);
          case 2 -> relabel(id);
          default -> {}
        }
      }
    }

    private void put(String id) {
      String caption = "caption ".repeat(1 + random.nextInt(4)) + random.nextInt(100);
      byte[] text = caption.getBytes(StandardCharsets.UTF_8);
      if (random.nextInt(8) == 0) {
        text[0] = (byte) 0xFF;
      }
      List<Float> numbers = new ArrayList<>();
      for (int i = random.nextInt(10) == 0 ? 1 : 0; i < 3; i++) {
        numbers.add(random.nextFloat());
      }
      records.put(id, row(id, text, random.nextInt(3) == 0 ? null : numbers, "l0"));
    }

    private void relabel(String id) {
      Row old = records.get(id);
      records.put(id, row(id, old.get(1), old.get(2), label()));
    }

    private String label() {
      return random.nextInt(4) == 0 ? null : "l" + random.nextInt(50);
    }

    private static Row row(Object... values) {
      return RowFactory.create(values);
    }

    /** Now and then a record twice, and one without an id. */
    List<Row> rows() {
      List<Row> rows = new ArrayList<>(records.values());
      if (random.nextInt(4) == 0 && !rows.isEmpty()) {
        rows.add(rows.get(random.nextInt(rows.size())));
      }
      if (random.nextInt(4) == 0) {
        rows.add(row(null, "none".getBytes(StandardCharsets.UTF_8), null, "none"));
      }
      return rows;
    }
  }

  private static Dataset<Row> table(List<Row> rows) {
    return SparkFixture.spark().createDataFrame(rows, SCHEMA);
  }

  private static Dataset<Row> records(String values) {
    return SparkFixture.spark()
        .sql(
            "select id, if(caption = 'BAD', X'FF', cast(caption as binary)) as caption, cast(null as array<float>) as numbers,"
                + " label from values "
                + values
                + " as t(id, caption, label)");
  }

  private TestJob job(Sink output) {
    return TestJob.in(folder.resolve("beside-" + Path.of(output.path()).getFileName()))
        .columns("text", "caption", "vectors", "numbers")
        .keep("label")
        .run(2, 1 << 20, 1 << 16)
        .output(output);
  }

  private Sink merged(Deletes deletes) {
    return TestJob.merged(folder.resolve("out"), deletes);
  }

  private static RunManifest run(JobConfig job, Dataset<Row> table) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
  }

  /** Rows by id, without the run that made them. */
  private static Map<String, Row> rows(JobConfig job) {
    Map<String, Row> rows = new TreeMap<>();
    Dataset<Row> table = SparkFixture.spark().read().parquet(job.output().path()).drop("run_id");
    table.collectAsList().forEach(r -> assertThat(rows.put(r.getAs("id"), r)).isNull());
    return rows;
  }

  private static List<String> quarantined(JobConfig job) {
    return SparkFixture.spark()
        .read()
        .parquet(job.quarantine().path())
        .drop("run_id")
        .collectAsList()
        .stream()
        .map(Row::toString)
        .sorted()
        .toList();
  }

  private static List<String> key(Row row) {
    return List.of(row.getAs("model_hash"), row.getAs("recipe_hash"), row.getAs("input_hash"));
  }

  /** All histories in one table, which takes four merges where each by itself would take eighty. */
  @Test
  void afterEachStepOfAnyHistoryTheTableIsThatOfAWholeRun() {
    List<History> histories = new ArrayList<>();
    for (int seed = 0; seed < HISTORIES; seed++) {
      histories.add(new History(seed));
    }
    long[] models = {7, 7, 8, 8};
    long[] limits = {0, 0, 0, 9};
    Map<String, Row> before = new HashMap<>();
    for (int step = 0; step < STEPS; step++) {
      List<Row> rows = new ArrayList<>();
      for (History history : histories) {
        history.step();
        rows.addAll(history.rows());
      }
      Dataset<Row> table = table(rows).repartition(1 + step % 3);
      JobConfig whole =
          cut(job(TestJob.sink(folder.resolve("whole"))), models, limits, step).build();
      JobConfig job = cut(job(merged(Deletes.REMOVE)), models, limits, step).keepRoots().build();
      RunManifest wanted = run(whole, table);
      RunManifest got = run(job, table);
      Map<String, Row> now = rows(job);
      assertThat(now).as("step %s", step).isEqualTo(rows(whole));
      assertThat(quarantined(job)).isEqualTo(quarantined(whole));
      assertThat(got.inputHash()).isEqualTo(wanted.inputHash());
      assertThat(got.counts().in()).isEqualTo(rows.size());
      assertThat(got.counts().reasons()).isEqualTo(wanted.counts().reasons());
      Map<String, Row> earlier = before;
      List<Row> fresh = now.values().stream().filter(r -> !isIn(earlier, r)).toList();
      assertThat(got.counts().out()).isEqualTo(fresh.size());
      assertThat(got.counts().unchanged()).isEqualTo(now.size() - fresh.size());
      assertThat(got.tokens().getOrDefault("text", 0L))
          .as("tokens of the records that were encoded, and of no others")
          .isEqualTo(fresh.stream().mapToLong(MergeJobTest::textTokens).sum());
      before = now;
    }
  }

  private static boolean isIn(Map<String, Row> before, Row row) {
    Row there = before.get(row.<String>getAs("id"));
    return there != null && key(there).equals(key(row));
  }

  private static long textTokens(Row row) {
    Map<String, Long> tokens = row.getJavaMap(row.fieldIndex("tokens"));
    return tokens.getOrDefault("text", 0L);
  }

  private static TestJob cut(TestJob job, long[] models, long[] limits, int step) {
    return job.model("tiny", models[step])
        .column("text", TestJob.value("caption", limits[step]))
        .run(step % 2 == 0 ? 2 : 3, 1 << 20, step < 2 ? 1 << 16 : 20);
  }

  /** The files of a table, by name, with what tells them from others of that name. */
  private static Map<String, Object> files(JobConfig job) {
    Map<String, Object> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(Path.of(job.output().path()))) {
      for (Path file : all.filter(f -> f.toString().endsWith(".parquet")).toList()) {
        files.put(
            file.getFileName().toString(),
            Files.readAttributes(file, BasicFileAttributes.class).fileKey());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  @ParameterizedTest
  @EnumSource(Deletes.class)
  void whatStaysAsItIsIsNotWrittenAgain(Deletes deletes) {
    JobConfig job = job(merged(deletes)).build();
    String old = "('a', 'x', 'old'), ('b', 'y', 'old'), ('c', 'z', 'old')";
    run(job, records(old));
    Map<String, Object> first = files(job);
    assertThat(run(job, records(old)).counts().unchanged()).isEqualTo(3);
    assertThat(files(job)).isEqualTo(first);
    assertThat(run(job, records(old + ", ('d', 'w', 'new')")).counts().out()).isEqualTo(1);
    Map<String, Object> second = files(job);
    assertThat(second).containsAllEntriesOf(first).hasSize(first.size() + 1);
    assertThat(rows(job)).containsOnlyKeys("a", "b", "c", "d");
    String relabelled = old.replace("'z', 'old'", "'z', 'other'") + ", ('d', 'w', 'new')";
    assertThat(run(job, records(relabelled)).counts().unchanged()).isEqualTo(4);
    assertThat(files(job)).doesNotContainKeys(second.keySet().toArray(String[]::new));
    assertThat(rows(job).get("c").<String>getAs("label")).isEqualTo("other");
    assertThat(rows(job).get("b").<String>getAs("label")).isEqualTo("old");
  }

  /** What a hash that passes over nulls takes for the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "named_struct('a', 'x', 'b', cast(null as string)) | named_struct('a', cast(null as string), 'b', 'x')",
        "array('a') | array('a', cast(null as string))",
        "cast(array() as array<string>) | cast(null as array<string>)",
        "array(array('a'), array('b')) | array(array('a', 'b'))",
        "0.0D | -0.0D",
        "map('k', cast(null as string)) | cast(map() as map<string, string>)"
      })
  void keptColumnsAreThoseOfTheInput(String values) {
    JobConfig job = job(merged(Deletes.KEEP)).build();
    for (String value : values.split(" \\| ")) {
      Dataset<Row> table = records("('a', 'x', 'old')").withColumn("label", expr(value));
      run(job, table);
      assertThat(rows(job).get("a").<Object>getAs("label"))
          .as(value)
          .isEqualTo(table.first().getAs("label"));
    }
  }

  /** Nothing was to be written, but what was to stay is gone: all is computed anew. */
  @Test
  void aTableThatGoesMeanwhileIsMadeAgain() {
    JobConfig job = job(merged(Deletes.KEEP)).build();
    Dataset<Row> table = records("('a', 'x', 'old'), ('b', 'y', 'old')");
    run(job, table);
    Map<String, Row> before = rows(job);
    Point.observe(
        point -> {
          if (point == Point.ENCODED) {
            files(job).keySet().forEach(f -> delete(Path.of(job.output().path(), f)));
          }
        });
    try {
      RunManifest.Counts counts = run(job, table).counts();
      assertThat(counts.out()).isEqualTo(2);
      assertThat(counts.unchanged()).isZero();
    } finally {
      Point.unobserved();
    }
    assertThat(rows(job)).isEqualTo(before);
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsNotInTheInputStaysOrGoes() {
    Dataset<Row> first = records("('a', 'x', 'old'), ('b', 'y', 'old'), ('c', 'z', 'old')");
    run(job(merged(Deletes.KEEP)).build(), first);
    Map<String, Row> before = rows(job(merged(Deletes.KEEP)).build());
    Dataset<Row> second = records("('b', 'y', 'new'), ('d', 'w', 'new'), ('c', 'BAD', 'new')");
    JobConfig keeping = job(merged(Deletes.KEEP)).build();
    RunManifest.Counts counts = run(keeping, second).counts();
    assertThat(counts.in()).isEqualTo(3);
    assertThat(counts.out()).isEqualTo(1);
    assertThat(counts.unchanged()).isEqualTo(1);
    assertThat(counts.quarantined()).isEqualTo(1);
    Map<String, Row> kept = rows(keeping);
    assertThat(kept).containsOnlyKeys("a", "b", "d");
    assertThat(kept.get("a")).isEqualTo(before.get("a"));
    assertThat(kept.get("b").<String>getAs("label")).isEqualTo("new");
    JobConfig removing = job(merged(Deletes.REMOVE)).where("id <> 'd'").build();
    assertThat(run(removing, second).counts().in()).isEqualTo(2);
    assertThat(rows(removing)).containsOnlyKeys("b");
    JobConfig none = job(merged(Deletes.REMOVE)).where("id = 'x'").build();
    assertThatThrownBy(() -> run(none, second))
        .as("an input of nothing removes nothing")
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(
            "Invalid output.deletes: remove (an input with records: it has none, and would leave"
                + " none of the table's 1)");
    assertThat(rows(removing)).containsOnlyKeys("b");
  }

  /** As when the disk of the captions is not there for a while. */
  @Test
  void aRecordThatCantBeReadKeepsItsRow() throws IOException {
    Path captions = Files.createDirectory(folder.resolve("captions"));
    for (String id : List.of("a", "b", "c")) {
      Files.writeString(captions.resolve(id), "caption of " + id);
    }
    JobConfig job =
        job(merged(Deletes.REMOVE))
            .columns()
            .column("text", new JobConfig.Column("path", JobConfig.Column.From.PATH, null, null, 0))
            .build();
    String all =
        "('a', '%1$s/a', 'l'), ('b', '%1$s/b', 'l'), ('c', '%1$s/c', 'l')".formatted(captions);
    run(job, paths(all));
    Map<String, Row> before = rows(job);
    Files.delete(captions.resolve("a"));
    Files.write(captions.resolve("b"), new byte[] {(byte) 0xFF});
    RunManifest.Counts counts = run(job, paths(all.replace("'l'", "'new'"))).counts();
    assertThat(counts.reasons()).isEqualTo(Map.of("MISSING_FILE", 1L, "NOT_UTF8", 1L));
    assertThat(counts.unchanged()).isEqualTo(1);
    assertThat(rows(job)).containsOnlyKeys("a", "c").containsEntry("a", before.get("a"));
  }

  private static Dataset<Row> paths(String values) {
    return SparkFixture.spark().sql("values " + values + " as t(id, path, label)");
  }

  /** Names of long structs are cut where people read them. */
  @Test
  void theLastFieldOfAStructIsCompared() {
    StructType fields = new StructType();
    for (int i = 0; i < 30; i++) {
      fields = fields.add("f" + i, "int");
    }
    StructType before = new StructType().add("label", fields.add("last", "int"));
    StructType now = new StructType().add("label", fields.add("last", "string"));
    assertThat(MergedTable.refused(before, before)).isEmpty();
    assertThat(MergedTable.refused(before, now)).isPresent();
  }

  /** The table of several appends has several rows of one id. */
  @Test
  void oneRowOfAnIdIsLeft() {
    Sink appended =
        new Sink("parquet", folder.resolve("out").toString(), Sink.Mode.APPEND, Map.of());
    run(job(appended).build(), records("('a', 'x', 'l'), ('b', 'x', 'l')"));
    run(job(appended).build(), records("('a', 'y', 'l')"));
    run(job(appended).build(), records("('a', 'z', 'l')"));
    JobConfig job = job(merged(Deletes.KEEP)).build();
    assertThat(run(job, records("('a', 'y', 'l')")).counts().unchanged()).isEqualTo(1);
    JobConfig whole = job(TestJob.sink(folder.resolve("whole"))).build();
    run(whole, records("('a', 'y', 'l'), ('b', 'x', 'l')"));
    assertThat(rows(job)).isEqualTo(rows(whole));
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "csv"})
  void textHoldsTheSameRows(String format) {
    Map<String, String> options = format.equals("csv") ? Map.of("header", "true") : Map.of();
    Sink merged =
        new Sink(
            format, folder.resolve("out").toString(), Sink.Mode.MERGE, options, Deletes.REMOVE);
    Sink whole = new Sink(format, folder.resolve("whole").toString(), Sink.Mode.OVERWRITE, options);
    Dataset<Row> second = records("('07', 'y', 'new'), ('8', 'z', 'l'), ('', 'e', 'l')");
    run(
        job(merged).build(),
        records("('07', 'y', 'l'), ('8', 'x', 'l'), ('9', 'x', 'l'), ('', 'e', 'l')"));
    assertThat(run(job(merged).build(), second).counts().unchanged()).isEqualTo(2);
    run(job(whole).build(), second);
    assertThat(text(merged)).isEqualTo(text(whole));
    assertThatThrownBy(() -> run(job(merged).build(), records("('8', 'z', 2)")))
        .as("a label that is no number would be null where its row stays")
        .isInstanceOf(Problems.Refused.class)
        .hasMessageEndingWith(
            "(a table without a column label of type int, which it has as other text)");
  }

  private static List<String> text(Sink sink) {
    return SparkFixture.spark()
        .read()
        .format(sink.format())
        .options(sink.options())
        .load(sink.path())
        .drop("run_id")
        .orderBy("id")
        .collectAsList()
        .stream()
        .map(Row::toString)
        .toList();
  }

  /** The second merge finds parts of one record in its input, all of them or none. */
  @Test
  void aRecordOfSeveralRowsIsKnownAsAWhole() {
    String rows = "('a', 1, 'x'), ('a', 2, 'y'), ('b', 1, 'x'), ('b', 2, 'y'), ('c', 1, 'z')";
    JobConfig job =
        job(merged(Deletes.REMOVE)).columns("text", "caption").keep().part("part").build();
    run(job, parts(rows));
    RunManifest.Counts counts =
        run(job, parts(rows.replace("'b', 2, 'y'", "'b', 2, 'w'"))).counts();
    assertThat(counts.rows()).isEqualTo(5);
    assertThat(counts.in()).isEqualTo(3);
    assertThat(counts.unchanged()).isEqualTo(2);
    assertThat(counts.out()).isEqualTo(1);
    assertThat(rows(job)).containsOnlyKeys("a", "b", "c");
  }

  private static Dataset<Row> parts(String values) {
    return SparkFixture.spark().sql("values " + values + " as t(id, part, caption)");
  }

  @Test
  void aTableWithoutRecipesIsEncodedAnew() {
    JobConfig job = job(merged(Deletes.KEEP)).build();
    Dataset<Row> table = records("('a', 'x', 'l'), ('b', 'y', 'l')");
    run(job, table);
    Map<String, Row> before = rows(job);
    String old = folder.resolve("old").toString();
    SparkFixture.spark()
        .read()
        .parquet(job.output().path())
        .drop("recipe_hash")
        .write()
        .parquet(old);
    JobConfig older = job(TestJob.merged(Path.of(old), Deletes.KEEP)).build();
    assertThat(run(older, table).counts().unchanged()).isZero();
    assertThat(rows(older)).isEqualTo(before);
  }

  @Test
  void aColumnOfAnotherTypeIsRefused() {
    run(job(merged(Deletes.KEEP)).build(), records("('a', 'x', 'l')"));
    assertThatThrownBy(() -> run(job(merged(Deletes.KEEP)).build(), records("('a', 'x', 3)")))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage(
            "Invalid output.path: "
                + folder.resolve("out")
                + " (a table without a column label of type int, which it has as string)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lable = 'l'", "label", "label ==", "rand() < 0.5"})
  void aConditionThatIsNoneIsRefused(String condition) {
    JobConfig job = job(merged(Deletes.KEEP)).where(condition).build();
    assertThatThrownBy(() -> run(job, records("('a', 'x', 'l')")))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageStartingWith("Invalid input.where: " + condition + " (");
  }
}
