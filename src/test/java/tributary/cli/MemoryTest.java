package tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MemoryTest {
  private static String said(Exception failure, int code) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    CommandLine line =
        Main.line(System.out, new PrintStream(err, true, StandardCharsets.UTF_8), new SparkJobs());
    CommandLine.ParseResult parsed = line.parseArgs("fuse", "job.yaml");
    CommandLine fuse = Objects.requireNonNull(line.getSubcommands().get("fuse"));
    assertThat(Failures.failure(failure, fuse, parsed)).isEqualTo(code);
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void oneSentenceSaysWhatToRaise() {
    String here = said(new RuntimeException(new OutOfMemoryError("Java heap space")), 52);
    assertThat(here)
        .startsWith("Out of memory: Java heap space. Give the job more: --driver-memory where")
        .contains("--executor-memory on a cluster", "run.batch-bytes", "learn.recompute")
        .hasLineCount(1);
    String native_ =
        said(new RuntimeException(new OutOfMemoryError("Cannot allocate 4096 bytes: full")), 52);
    assertThat(native_).startsWith("Out of memory: Cannot allocate 4096 bytes: full. Give");
  }

  /** Spark tells the driver of a task's failure in text. */
  @Test
  void aTaskThatHadNoneIsToldAlike() {
    String text =
        "Job aborted due to stage failure: Task 1 in stage 0.0 failed 1 times, most recent failure:"
            + " Lost task 1.0 in stage 0.0: java.lang.OutOfMemoryError: Java heap space\n"
            + "\tat java.base/java.nio.HeapByteBuffer.<init>(HeapByteBuffer.java:64)\n";
    assertThat(said(new SparkException(text), 52))
        .startsWith("Out of memory: Java heap space. Give");
    assertThat(said(new SparkException("java.lang.OutOfMemoryError"), 52))
        .startsWith("Out of memory: no memory left. Give");
  }

  @Test
  void otherFailuresAreNot() {
    assertThat(said(new RuntimeException("Cannot read it"), 1))
        .startsWith("Cannot run fuse: Cannot");
  }
}
