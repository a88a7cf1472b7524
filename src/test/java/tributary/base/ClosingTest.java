package tributary.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {
  private final List<String> closed = new ArrayList<>();

  private AutoCloseable thing(String name) {
    return () -> closed.add(name);
  }

  private AutoCloseable broken(String name, Throwable why) {
    return () -> {
      closed.add(name);
      if (why instanceof Error error) {
        throw error;
      }
      throw (Exception) why;
    };
  }

  @Test
  void allAreClosedInOrderWhateverFails() {
    RuntimeException first = new IllegalStateException("Cannot close a");
    Error second = new AssertionError("b");
    assertThatThrownBy(
            () -> Closing.all(broken("a", first), thing("b"), broken("c", second), thing("d")))
        .isSameAs(first)
        .hasSuppressedException(second);
    assertThat(closed).containsExactly("a", "b", "c", "d");
  }

  @Test
  void anErrorGoesOnAndACheckedExceptionIsTold() {
    Error error = new AssertionError("a");
    assertThatThrownBy(() -> Closing.all(broken("a", error))).isSameAs(error);
    IOException full = new IOException("disk full");
    assertThatThrownBy(() -> Closing.all(broken("a", full)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot close: java.io.IOException: disk full")
        .hasCause(full);
    Closing.all(List.of());
  }
}
