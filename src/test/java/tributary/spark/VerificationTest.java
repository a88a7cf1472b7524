package tributary.spark;

import static org.apache.spark.sql.functions.array_repeat;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.config.JobConfigs;
import tributary.config.Problems;

/** What a history tells of an output, and what is found in one that somebody has changed. */
class VerificationTest {
  @TempDir Path folder;
  private SparkSession spark;
  private String output;

  @BeforeEach
  void run() throws Exception {
    spark = SparkFixture.spark();
    output = folder.resolve("out").toString();
    Files.writeString(
        folder.resolve("job.yaml"),
        """
        input: {format: synthetic, options: {records: 30, seed: 3, long: 40}}
        model: {init: src/test/resources/models/tiny.yaml}
        modalities: {text: caption}
        output: {path: %s}
        errors: {max-fraction: 1}
        kernels: cpu
        """
            .formatted(output));
    JobConfigs.Loaded job =
        JobConfigs.load(
            folder.resolve("job.yaml"), java.util.Map.of(), java.util.Map.of(), List.of());
    FuseJob.run(job.config(), job.fusing(), spark);
  }

  private Verification.Found verify(int sample, String... sets) {
    return Verification.verify(spark, RunHistory.of(output), sample, List.of(sets));
  }

  /** Puts a changed table in the output's place, behind its back. */
  private void change(UnaryOperator<Dataset<Row>> change) throws Exception {
    String beside = folder.resolve("beside").toString();
    Dataset<Row> table = spark.read().format("parquet").load(output);
    change.apply(table).write().format("parquet").save(beside);
    try (Stream<Path> files = Files.list(Path.of(output))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(Path.of(output));
    Files.move(Path.of(beside), Path.of(output));
  }

  private static List<String> wrong(Verification.Found found) {
    return found.lines().stream()
        .filter(l -> l.startsWith("WRONG"))
        .map(l -> l.split(" +")[1])
        .toList();
  }

  @Test
  void whatARunHasWrittenIsRight() {
    Verification.Found found = verify(50);
    assertThat(found.right()).isTrue();
    assertThat(found.lines()).hasSize(4).allMatch(l -> l.startsWith("right "));
    assertThat(found.lines().get(3)).contains("30 of 30 records encoded again");
    assertThat(RunHistory.of(output).lines())
        .hasSize(2)
        .last()
        .asString()
        .matches(
            "\\d{8}T\\d{9}Z-[0-9a-f]{8} +done +error +30 +30 +0 +0 +[0-9.]+ +[0-9.]+ +[0-9a-f]{12} +[0-9a-f]{12}");
  }

  @Test
  void aNumberThatWasChangedIsFound() throws Exception {
    change(
        t ->
            t.withColumn(
                "embedding",
                when(col("id").endsWith("7"), array_repeat(lit(1.5f), 1))
                    .otherwise(col("embedding"))));
    assertThat(wrong(verify(50))).containsExactly("norms", "bits");
  }

  @Test
  void rowsThatAreLostOrDoubledAreFound() throws Exception {
    change(t -> t.filter(not7()));
    assertThat(wrong(verify(0))).containsExactly("rows");
    change(t -> t.union(t.limit(1)));
    assertThat(wrong(verify(0))).contains("ids");
  }

  private static org.apache.spark.sql.Column not7() {
    return org.apache.spark.sql.functions.not(col("id").endsWith("7"));
  }

  /** Not the table's fault: the input has fewer records by now. */
  @Test
  void aRecordThatChangedSinceIsNoFault() {
    Verification.Found found = verify(50, "input.options.records=20");
    assertThat(found.right()).isTrue();
    assertThat(found.lines().get(3))
        .contains("20 of 30 records encoded again")
        .contains("10 have another content now, or none");
  }

  @Test
  void aSampleOfWhichNothingIsComparedIsWrong() {
    assertThat(wrong(verify(50, "input.options.seed=4"))).containsExactly("bits");
    Verification.Found others = verify(50, "kernels=java");
    assertThat(wrong(others)).containsExactly("bits");
    assertThat(others.lines().get(3)).contains("none were compared").contains("kernels: java");
    assertThat(wrong(verify(0, "kernels=java"))).isEmpty();
  }

  /** A relative path in the manifest is of another working folder. */
  @Test
  void theTableBesideTheHistoryIsLookedAt() {
    assertThat(verify(5, "output.path=elsewhere").right()).isTrue();
  }

  /** A cut file of the table is the table's fault, and named. */
  @Test
  void aFileThatWasCutIsFound() throws Exception {
    Path cut;
    try (Stream<Path> files = Files.list(Path.of(output))) {
      cut = files.filter(f -> f.toString().endsWith(".parquet")).sorted().findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(cut);
    Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Files.deleteIfExists(cut.resolveSibling("." + cut.getFileName() + ".crc"));
    Verification.Found found = verify(5);
    assertThat(wrong(found)).contains("files");
    assertThat(found.lines()).last().asString().contains(cut.getFileName().toString());
  }

  /** Half of a letter is no UTF-8. */
  @Test
  void aHistoryThatWasCutWithinALetterIsPassedOver() throws Exception {
    Files.write(
        folder.resolve("out.runs/20260101T000000000Z-cut.json"), new byte[] {'{', (byte) 0xC3});
    assertThat(RunHistory.of(output).lines())
        .anyMatch(l -> l.endsWith("cannot be read: its file was cut or changed"));
    assertThat(verify(5).right()).isTrue();
    assertThat(RunHistory.of(output + ".manifest.json").lines()).hasSize(3);
  }

  @Test
  void whatCannotBeLookedAtIsRefused() throws Exception {
    assertThatThrownBy(() -> RunHistory.of(folder.resolve("none").toString()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("there are none in");
    assertThatThrownBy(() -> verify(5, "input.format=nonesuch"))
        .isInstanceOf(Problems.Refused.class);
    Path run;
    try (Stream<Path> runs = Files.list(folder.resolve("out.runs"))) {
      run = runs.findFirst().orElseThrow();
    }
    Files.writeString(run, Files.readString(run).substring(0, 100));
    assertThat(RunHistory.of(output).lines())
        .last()
        .asString()
        .endsWith("cannot be read: its file was cut or changed");
    assertThatThrownBy(() -> verify(5))
        .isInstanceOf(Problems.Refused.class)
        .hasMessage("Cannot verify " + output + ": no run is done");
  }
}
