package tributary.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
}
