package tributary.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AttendedPartsTest {
  private static final float NOTHING = Float.NEGATIVE_INFINITY;

  /** Two queries, one head of one channel: attended value, shift, sum of exp(scale (s - shift)). */
  @Test
  void partsWeighAsMuchAsTheirSumsSay() {
    AttendedParts found = new AttendedParts(2, 1, 1, 2);
    assertThat(found.empty()).isTrue();
    found.accept(new float[] {10, 0, 3, 10, 0, 3});
    found.accept(new float[] {0, NOTHING, 0, 0, NOTHING, 0});
    // exp(2 (ln 2 - 0)) = 4 times the weight.
    found.accept(new float[] {20, (float) Math.log(2), 0.75f, 20, 0, 1});
    assertThat(found.empty()).isFalse();
    assertThat(found.finish()).containsExactly(15, 12.5f);
  }

  @Test
  void noPartGivesZeroAndNoNumberGivesNone() {
    AttendedParts found = new AttendedParts(1, 2, 1, 1);
    assertThat(found.finish()).containsExactly(0, 0);
    found.accept(new float[] {1, 1, Float.NaN, 0, Float.NaN, 1});
    assertThat(found.finish()).containsExactly(Float.NaN, 1);
  }

  @Test
  void refusesPartsOfOtherSizes() {
    assertThatThrownBy(() -> new AttendedParts(2, 3, 4, 1).accept(new float[35]))
        .hasMessage("Cannot merge part: 35 values ([2, 18])");
  }
}
