package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import tributary.read.Rejected.Reason;
import tributary.record.Fused;
import tributary.write.Outcome;

/** A portion gives back what was put in, or says how much of it is gone; never anything else. */
final class CheckpointPortionTest {
  private static final CheckpointPlan PLAN = new CheckpointPlan("", "model", "recipe", "limits");
  private static final Row KEEP = RowFactory.create("kept");

  private static final List<Staged.Finished> RECORDS =
      List.of(
          embedded("a", 1, -0.0f, Float.MIN_VALUE),
          new Staged.Finished(
              new Outcome.Quarantined("b", "picture", Reason.CORRUPT_IMAGE, "no end", null),
              KEEP,
              "hash of b"),
          new Staged.Finished(
              new Outcome.Quarantined("", "", Reason.NOT_FINITE, "ü", "digest"), KEEP, "hash"),
          embedded("ü", 0.1f));

  private static Staged.Finished embedded(String id, float... values) {
    Fused fused =
        new Fused(
            values,
            new TreeMap<>(Map.of("text", 5L, "image", 1L << 40)),
            new TreeMap<>(Map.of("text", 2L)),
            "hash of " + id);
    return new Staged.Finished(new Outcome.Embedded(id, fused), KEEP);
  }

  private static byte[] portion() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(CheckpointPortion.header(PLAN));
    RECORDS.forEach(r -> out.writeBytes(CheckpointPortion.record(r)));
    return out.toByteArray();
  }

  private static List<List<Object>> told(List<Staged.Finished> records) {
    return records.stream().map(CheckpointPortionTest::told).toList();
  }

  private static List<Object> told(Staged.Finished record) {
    return record
        .outcome()
        .match(
            e ->
                Arrays.asList(
                    e.id(),
                    record.contentHash(),
                    Arrays.toString(e.fused().embedding()),
                    e.fused().tokens(),
                    e.fused().leftOut()),
            q -> Arrays.asList(q, record.contentHash()));
  }

  @Test
  void whatWasPutInComesOut() {
    CheckpointPortion.Read read = CheckpointPortion.read(portion(), PLAN);
    assertThat(read.wrong()).isZero();
    assertThat(told(read.records())).isEqualTo(told(RECORDS));
  }

  @Test
  void noChangedBitComesThrough() {
    byte[] whole = portion();
    List<List<Object>> told = told(RECORDS);
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] changed = whole.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      CheckpointPortion.Read read = CheckpointPortion.read(changed, PLAN);
      assertThat(read.wrong()).as("bit %s", bit).isPositive();
      assertThat(told).containsAll(told(read.records()));
      assertThat(read.records()).hasSizeLessThan(told.size());
    }
  }

  @Test
  void aCutPortionGivesWhatIsWhole() {
    byte[] whole = portion();
    int header = CheckpointPortion.header(PLAN).length;
    int first = header + CheckpointPortion.record(RECORDS.get(0)).length;
    for (int length = 0; length < whole.length; length++) {
      CheckpointPortion.Read read = CheckpointPortion.read(Arrays.copyOf(whole, length), PLAN);
      assertThat(told(read.records())).isEqualTo(told(RECORDS.subList(0, read.records().size())));
      if (length < header || length > header && length < first) {
        assertThat(read.records()).isEmpty();
        assertThat(read.wrong()).isEqualTo(1);
      }
    }
  }

  @Test
  void nothingIsTakenOfAnotherModelOrRecipeAndNoQuarantineOfOtherLimits() {
    byte[] portion = portion();
    for (CheckpointPlan other :
        List.of(
            new CheckpointPlan("", "other", "recipe", "limits"),
            new CheckpointPlan("", "model", "other", "limits"))) {
      CheckpointPortion.Read read = CheckpointPortion.read(portion, other);
      assertThat(read.records()).isEmpty();
      assertThat(read.wrong()).isEqualTo(1);
    }
    CheckpointPortion.Read limits =
        CheckpointPortion.read(portion, new CheckpointPlan("", "model", "recipe", "other"));
    assertThat(told(limits.records())).isEqualTo(told(List.of(RECORDS.get(0), RECORDS.get(3))));
    assertThat(limits.wrong()).isZero();
  }
}
