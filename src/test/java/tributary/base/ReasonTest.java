package tributary.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ReasonTest {
  @Test
  void theOutermostSentenceOfOursIsTheReason() {
    Throwable inner = new IllegalArgumentException("Invalid rate: 0 (above 0)");
    Throwable ours =
        new IllegalStateException("Cannot learn: Invalid rate: 0 (above 0)\nmore", inner);
    assertThat(Reason.of(new RuntimeException("Job aborted", ours)))
        .isEqualTo("Cannot learn: Invalid rate: 0 (above 0)");
    assertThat(Reason.of(inner)).isEqualTo("Invalid rate: 0 (above 0)");
  }

  @Test
  void elseTheRootWithItsClass() {
    assertThat(Reason.of(new IllegalStateException("outer", new IOException("disk full\nat x"))))
        .isEqualTo("java.io.IOException: disk full");
    assertThat(Reason.of(new OutOfMemoryError())).isEqualTo("java.lang.OutOfMemoryError");
    assertThat(Reason.of(new IllegalStateException((String) null)))
        .isEqualTo("java.lang.IllegalStateException");
  }

  @Test
  void whatWentWrongIsBeforeThePaths() {
    assertThat(Reason.of(new FileSystemException("/a/model", "/b/model", "No space left")))
        .isEqualTo("No space left: /b/model, a copy of /a/model");
    assertThat(Reason.of(new FileSystemException("/a", null, "Read-only file system")))
        .isEqualTo("Read-only file system: /a");
    assertThat(Reason.of(new NoSuchFileException("/a")))
        .isEqualTo("java.nio.file.NoSuchFileException: /a");
  }
}
