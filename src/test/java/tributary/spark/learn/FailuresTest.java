package tributary.spark.learn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tributary.spark.learn.Failures.Began;
import tributary.spark.learn.Failures.Failed;

class FailuresTest {
  private final Failures failures = new Failures();

  @Test
  void ofAnAttemptTheFirstOwnReasonCounts() {
    Failed heardOf = new Failed(0, 1, false, "task 0 failed");
    Failed own = new Failed(0, 0, true, "disk full");
    failures.began(new Began(0));
    assertThat(failures.last()).isNull();
    failures.heard(heardOf);
    assertThat(failures.last()).isEqualTo(heardOf);
    failures.heard(own);
    failures.heard(new Failed(0, 2, true, "disk full, too"));
    failures.heard(heardOf);
    failures.began(new Began(0));
    assertThat(failures.last()).isEqualTo(own);
  }

  @Test
  void whatALaterAttemptRecoveredFromIsPast() {
    failures.heard(new Failed(0, 0, true, "disk full"));
    failures.began(new Began(1));
    assertThat(failures.last()).isNull();
    failures.heard(new Failed(0, 3, true, "late"));
    assertThat(failures.last()).as("of an attempt that is past").isNull();
    Failed next = new Failed(1, 3, false, "task 2 failed");
    failures.heard(next);
    assertThat(failures.last()).isEqualTo(next);
  }

  @Test
  void anAttemptIsKnownByItsFailureToo() {
    failures.heard(new Failed(0, 0, true, "disk full"));
    Failed next = new Failed(2, 3, false, "task 2 failed");
    failures.heard(next);
    assertThat(failures.last()).isEqualTo(next);
  }
}
