package tributary.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;
import tributary.record.Fused;

class OutcomeTest {
  @Test
  void aRejectedRecordHasItsReasonAndDetail() {
    Outcome.Quarantined q =
        new Outcome.Quarantined(null, "id", new Rejected(Reason.NULL_ID, "the id is null"), null);
    assertThat(q)
        .isEqualTo(new Outcome.Quarantined(null, "id", Reason.NULL_ID, "the id is null", null));
  }

  @Test
  void isOneOfTwo() {
    Outcome good =
        new Outcome.Embedded(
            "a", new Fused(new float[] {1}, new TreeMap<>(), new TreeMap<>(), "hash"));
    Outcome bad = new Outcome.Quarantined("b", "text", Reason.NOT_UTF8, "byte 3", "digest");
    assertThat(good.<String>match(e -> "embedded " + e.id(), q -> "quarantined " + q.id()))
        .isEqualTo("embedded a");
    assertThat(bad.<String>match(e -> "embedded " + e.id(), q -> "quarantined " + q.id()))
        .isEqualTo("quarantined b");
  }
}
