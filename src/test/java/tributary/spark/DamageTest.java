package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

/** What is computed anew, and what would only fail a second time. */
class DamageTest {
  private static final String SERIALIZER = "org.apache.spark.serializer.JavaDeserializationStream";
  private static final String COLUMNS = "org.apache.spark.sql.execution.columnar.ByteBufferHelper$";
  private static final String GENERATED =
      "org.apache.spark.sql.catalyst.expressions.GeneratedClass$GeneratedIterator";

  /** As a task throws it, and as the driver gets it. */
  private static SparkException job(Throwable task, String... classes) {
    task.setStackTrace(
        Stream.of(classes)
            .map(c -> new StackTraceElement(c, "next", null, 1))
            .toArray(StackTraceElement[]::new));
    return new SparkException("Job aborted due to stage failure", task);
  }

  @Test
  void whatCanNotBeReadAgainIsDamage() {
    assertThat(
            Stream.of(
                job(new StreamCorruptedException("type"), "java.io.ObjectInputStream", SERIALIZER),
                job(new EOFException(), "java.io.DataInputStream", SERIALIZER),
                job(new ClassNotFoundException("Roe"), "java.lang.Class", SERIALIZER),
                job(new NegativeArraySizeException("-5"), COLUMNS),
                job(new AssertionError("size"), "org.apache.spark.unsafe.Platform", GENERATED),
                new Damage.RowsMissing("Cannot publish"),
                new IllegalStateException("a task: " + Damage.ROW)))
        .allMatch(Damage::isCauseOf);
  }

  @Test
  void whatOthersThrowIsNot() {
    assertThat(
            Stream.of(
                job(new NullPointerException(), "java.util.Objects", "tributary.Any", COLUMNS),
                job(new EOFException(), "java.io.DataInputStream", "org.apache.parquet.Any"),
                job(new IOException("No space left on device"), SERIALIZER),
                job(new SparkException("a user's raise_error"), GENERATED),
                new SparkException("ExecutorLostFailure")))
        .noneMatch(Damage::isCauseOf);
  }
}
