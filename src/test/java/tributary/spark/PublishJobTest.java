package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.spark.publish.Point;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * Whatever happens to a run, its output is right, or as it was, and the next run is let through.
 */
class PublishJobTest {
  @TempDir Path folder;

  @AfterEach
  void unobserved() {
    Point.unobserved();
  }

  private Sink sink(String name, String format, Sink.Mode mode) {
    Map<String, String> options = format.equals("csv") ? Map.of("header", "true") : Map.of();
    return new Sink(format, folder.resolve(name).toString(), mode, options);
  }

  private JobConfig job(Sink.Mode mode) {
    return job("parquet", mode, 1);
  }

  private JobConfig job(String format, Sink.Mode mode, double budget) {
    return TestJob.in(folder)
        .columns("text", "caption")
        .output(sink("out", format, mode))
        .errors(budget, JobConfig.Errors.Duplicates.QUARANTINE)
        .build()
        .quarantining(sink("bad", format, mode));
  }

  private static Dataset<Row> rows(String values) {
    return SparkFixture.spark().sql("values " + values + " as t(id, caption)");
  }

  private static Dataset<Row> first() {
    return rows("('a', X'61'), ('b', X'FF'), ('c', X'6363')");
  }

  private static Dataset<Row> second() {
    return rows("('a', X'61'), ('d', X'FE'), ('e', X'6565')");
  }

  private RunManifest run(JobConfig job, Dataset<Row> table) {
    return FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
  }

  private List<String> out(JobConfig job) {
    return rows(job.output(), "id", "embedding", "input_hash");
  }

  private List<String> bad(JobConfig job) {
    return rows(job.quarantine(), "id", "reason");
  }

  private static List<String> rows(Sink sink, String... columns) {
    return SparkFixture.spark()
        .read()
        .format(sink.format())
        .options(sink.options())
        .load(sink.path())
        .selectExpr(columns)
        .orderBy("id")
        .collectAsList()
        .stream()
        .map(Row::toString)
        .toList();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> !n.endsWith(".crc"))
          .sorted()
          .toList();
    }
  }

  /** With what file systems throw. */
  private static void stopAt(Point stop, int times) {
    int[] left = {times};
    Point.observe(
        point -> {
          if (point == stop && --left[0] == 0) {
            throw new UncheckedIOException(new IOException("stopped at " + stop));
          }
        });
  }

  /** Whether the run counts is decided by the journal alone: before it, all is as it was. */
  @ParameterizedTest
  @EnumSource(
      value = Point.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"COMMITTED", "PORTION_WRITTEN", "PORTION_MOVED"})
  void stoppedAnywhereTheNextRunMakesItRight(Point stop) throws IOException {
    JobConfig job = job(Sink.Mode.OVERWRITE);
    run(job, second());
    List<String> right = out(job);
    List<String> rightBad = bad(job);
    List<String> names = names();
    run(job, first());
    List<String> before = out(job);
    assertThat(before).isNotEqualTo(right);
    stopAt(stop, 1);
    assertThatThrownBy(() -> run(job, second())).hasMessageContaining("stopped at " + stop);
    Point.unobserved();
    if (stop.compareTo(Point.INTENDED) < 0) {
      assertThat(out(job)).isEqualTo(before);
      assertThat(names()).isEqualTo(names);
    }
    run(job, second());
    assertThat(out(job)).isEqualTo(right);
    assertThat(bad(job)).isEqualTo(rightBad);
    assertThat(names()).isEqualTo(names);
  }

  /** The quarantine's lease can't be had: that of the output is given back. */
  @Test
  void aSecondLeaseThatFailsHoldsNothing() {
    JobConfig job = job(Sink.Mode.OVERWRITE);
    stopAt(Point.WANTED, 2);
    assertThatThrownBy(() -> run(job, first())).hasMessageContaining("stopped at WANTED");
    Point.unobserved();
    run(job, first());
    assertThat(out(job)).hasSize(2);
  }

  /** Nobody has to remove anything by hand after a driver was killed. */
  @ParameterizedTest
  @EnumSource(
      value = Point.class,
      names = {"OUTPUT_STAGED", "INTENDED", "MOVED", "TOLD"})
  void aFirstRunThatStoppedIsFinishedNotRefused(Point stop) throws IOException {
    JobConfig job = job(Sink.Mode.ERROR);
    stopAt(stop, 1);
    assertThatThrownBy(() -> run(job, first())).hasMessageContaining("stopped at " + stop);
    Point.unobserved();
    RunManifest manifest = run(job, first());
    assertThat(manifest.counts().out()).isEqualTo(2);
    assertThat(out(job)).hasSize(2);
    assertThat(bad(job)).hasSize(1);
    assertThatThrownBy(() -> run(job, first()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining("exists already");
    assertThat(names()).containsExactly("bad", "manifest.json", "out", "out.runs");
  }

  /** After the data was mended the same job is let through, though its quarantine is there. */
  @Test
  void aFirstRunOverBudgetDoesNotBlockTheNext() throws IOException {
    JobConfig job = job("parquet", Sink.Mode.ERROR, 0);
    assertThatThrownBy(() -> run(job, first())).isInstanceOf(BudgetExceeded.class);
    run(job, rows("('a', X'61'), ('b', X'62')"));
    assertThat(out(job)).hasSize(2);
    assertThat(bad(job)).isEmpty();
  }

  /** Two outputs, one quarantine: one after the other. */
  @Test
  void aQuarantineOfTwoOutputsHasOneWriter() {
    JobConfig job = job(Sink.Mode.APPEND);
    JobConfig other =
        TestJob.in(folder)
            .columns("text", "caption")
            .output(sink("other", "parquet", Sink.Mode.APPEND))
            .build()
            .quarantining(job.quarantine());
    AtomicInteger refused = new AtomicInteger();
    Point.observe(
        point -> {
          if (point == Point.ENCODED && refused.get() == 0) {
            assertThatThrownBy(() -> run(other, second()))
                .isInstanceOf(Problems.Refused.class)
                .hasMessageMatching(
                    "Invalid quarantine.path: \\S+ \\(another run is writing it: .*");
            refused.incrementAndGet();
          }
        });
    run(job, first());
    run(other, second());
    assertThat(refused).hasValue(1);
    assertThat(bad(job)).hasSize(2);
    assertThat(folder.resolve("bad.runs")).doesNotExist();
  }

  /** What was finished was over its budget: that is what the rerun ends with, too. */
  @Test
  void aRunOverBudgetThatStoppedIsOverBudgetStill() {
    JobConfig job = job("parquet", Sink.Mode.ERROR, 0);
    stopAt(Point.INTENDED, 1);
    assertThatThrownBy(() -> run(job, first())).hasMessageContaining("stopped at INTENDED");
    Point.unobserved();
    assertThatThrownBy(() -> run(job, first())).isInstanceOf(BudgetExceeded.class);
    assertThat(bad(job)).hasSize(1);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"OVERWRITE", "APPEND", "ERROR"})
  void aSecondWriterIsRefused(Sink.Mode mode) throws IOException {
    JobConfig job = job(mode);
    AtomicInteger refused = new AtomicInteger();
    Point.observe(
        point -> {
          if (point == Point.ENCODED || point == Point.INTENDED) {
            assertThatThrownBy(() -> run(job, second()))
                .isInstanceOf(Problems.Refused.class)
                .hasMessageContaining("Invalid output.path: ")
                .hasMessageContaining("another run is writing it: run ");
            refused.incrementAndGet();
          }
        });
    run(job, first());
    assertThat(refused).hasValue(2);
    assertThat(out(job)).hasSize(2);
    assertThat(names()).containsExactly("bad", "manifest.json", "out", "out.runs");
  }

  @ParameterizedTest
  @CsvSource({"parquet", "orc", "json", "csv"})
  void whatIsLostWhileItIsWrittenIsNotPublished(String format) throws IOException {
    JobConfig job = job(format, Sink.Mode.OVERWRITE, 1);
    run(job, first());
    List<String> before = out(job);
    Point.observe(
        point -> {
          if (point == Point.WRITTEN) {
            removeOneFile();
          }
        });
    assertThatThrownBy(() -> run(job, second()))
        .hasMessageMatching("(?s)Cannot publish \\S+: it has [01] rows of 2 that were written .*");
    Point.unobserved();
    assertThat(out(job)).isEqualTo(before);
    assertThat(names()).containsExactly("bad", "manifest.json", "out", "out.runs");
  }

  private void removeOneFile() {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> parts =
          files
              .filter(f -> f.toString().contains("_out.staging-"))
              .filter(f -> f.getFileName().toString().startsWith("part-"))
              .filter(f -> f.toFile().length() > 0)
              .toList();
      Path largest =
          parts.stream()
              .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
              .orElseThrow();
      Files.delete(largest);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** In what is kept on disk between encoder and sink: rows that are others, or none any more. */
  @ParameterizedTest
  @EnumSource(Damage.class)
  void whatADiskChangesIsComputedAnew(Damage damage) {
    JobConfig job = job(Sink.Mode.OVERWRITE);
    run(job, first());
    List<String> right = out(job);
    List<Float> embedding = Objects.requireNonNull(SparkFixture.embeddings(job).get("a"));
    ByteBuffer floats = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    embedding.subList(0, 4).forEach(floats::putFloat);
    byte[] pattern = floats.array();
    AtomicInteger damaged = new AtomicInteger();
    Point.observe(
        point -> {
          if (point == Point.ENCODED && damaged.get() == 0) {
            damaged.set(damage(damage, pattern));
          }
        });
    run(job, first());
    assertThat(damaged.get()).isPositive();
    assertThat(out(job)).isEqualTo(right);
  }

  /** What becomes of a block. */
  private enum Damage {
    /** A byte of an embedding is another. */
    VALUE,
    /** What a stream of Java's begins with is. */
    START,
    /** Its second half is gone. */
    CUT
  }

  private static int damage(Damage damage, byte[] pattern) {
    int count = 0;
    List<File> blocks = new ArrayList<>();
    SparkEnv.get()
        .blockManager()
        .diskBlockManager()
        .getAllFiles()
        .foreach(
            f -> {
              if (f.getName().startsWith("rdd_")) {
                blocks.add(f);
              }
              return null;
            });
    for (File block : blocks) {
      try (RandomAccessFile file = new RandomAccessFile(block, "rw")) {
        switch (damage) {
          case VALUE -> count += flip(file, pattern);
          case START -> {
            file.write(0);
            count++;
          }
          case CUT -> {
            file.setLength(file.length() / 2);
            count++;
          }
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    return count;
  }

  /** Where the pattern is, in all places. */
  private static int flip(RandomAccessFile file, byte[] pattern) throws IOException {
    byte[] all = new byte[(int) file.length()];
    file.readFully(all);
    int count = 0;
    for (int i = 0; i + pattern.length <= all.length; i++) {
      if (Arrays.equals(all, i, i + pattern.length, pattern, 0, pattern.length)) {
        file.seek(i + 1);
        file.write(~all[i + 1]);
        count++;
      }
    }
    return count;
  }

  @Test
  void everyRunIsRemembered() throws IOException {
    JobConfig job = job("parquet", Sink.Mode.OVERWRITE, 1);
    run(job, first());
    run(job, second());
    stopAt(Point.ENCODED, 1);
    assertThatThrownBy(() -> run(job, first())).isInstanceOf(UncheckedIOException.class);
    Point.unobserved();
    assertThatThrownBy(() -> run(job("parquet", Sink.Mode.OVERWRITE, 0), first()))
        .isInstanceOf(BudgetExceeded.class);
    List<String> told = new ArrayList<>();
    try (Stream<Path> runs = Files.list(folder.resolve("out.runs")).sorted()) {
      for (Path run : runs.toList()) {
        told.add(Files.readString(run).replaceAll("(?s).*?\"status\" ?: ?\"([^\"]*)\".*", "$1"));
      }
    }
    assertThat(told).containsExactly("done", "done", "failed", "budget-exceeded");
    assertThat(out(job)).hasSize(2);
  }

  /** A task's failure is an exception that no method declares: the run is told of all the same. */
  @Test
  void aRunWhoseTaskFailsIsRemembered() throws IOException {
    SparkFixture.spark()
        .udf()
        .register(
            "fails",
            (UDF1<String, String>)
                id -> {
                  throw new IllegalStateException("no more");
                },
            DataTypes.StringType);
    Dataset<Row> table = first().selectExpr("id", "fails(id) as caption");
    assertThatThrownBy(() -> run(job(Sink.Mode.OVERWRITE), table))
        .isInstanceOf(SparkException.class);
    assertThat(names()).containsExactly("out.runs");
    try (Stream<Path> runs = Files.list(folder.resolve("out.runs"))) {
      assertThat(Files.readString(runs.findFirst().orElseThrow())).contains("\"failed\"");
    }
  }

  /** The lease needs a folder beside the output. */
  @Test
  void aLeaseThatCannotBeMadeIsRefused() throws IOException {
    Files.writeString(folder.resolve("out.runs"), "a file");
    assertThatThrownBy(() -> run(job(Sink.Mode.OVERWRITE), first()))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageMatching("(?s)Invalid output.path: \\S+ \\(a place for a lease: .*out.runs.*");
  }

  /** What CSV would trim or break in two comes back as it was. */
  @Test
  void blanksAndLinesInAnIdStay() {
    JobConfig job = job("csv", Sink.Mode.OVERWRITE, 1);
    run(job, rows("(' a ', X'61'), ('b\\nc', X'62'), ('d\"e', X'63')"));
    assertThat(
            SparkFixture.spark()
                .read()
                .option("header", "true")
                .option("multiLine", "true")
                .option("ignoreLeadingWhiteSpace", "false")
                .format("csv")
                .load(job.output().path())
                .selectExpr("id")
                .collectAsList())
        .extracting(r -> r.getString(0))
        .containsExactlyInAnyOrder(" a ", "b\nc", "d\"e");
  }
}
