package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import tributary.read.Rejected.Reason;

/** That a payload is rejected, and what the quarantine table tells about it. */
public final class Rejections {
  private Rejections() {}

  public static void rejected(ThrowingCallable call, Reason reason, String detail) {
    Rejected rejected = catchThrowableOfType(Rejected.class, call);
    assertThat(rejected).hasMessage(detail);
    assertThat(rejected.reason()).isEqualTo(reason);
  }
}
