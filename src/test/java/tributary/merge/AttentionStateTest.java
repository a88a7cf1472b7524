package tributary.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Normal;

class AttentionStateTest {
  private static final int CHANNELS = 5;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyGroupingAndOrderGivesTheSameFloats(long seed) {
    Random random = new Random(seed);
    int n = 1 + random.nextInt(200);
    double[] scores = random.doubles(n).map(x -> (x - 0.5) * 40).toArray();
    float[] values = Normal.values(n * CHANNELS, 1, random);
    float[] whole = state(scores, values, 0, n).finish();
    for (int parts : new int[] {1, 2, 7, 64}) {
      List<AttentionState> states = new ArrayList<>();
      for (int p = 0; p < parts; p++) {
        states.add(state(scores, values, n * p / parts, n * (p + 1) / parts));
      }
      Collections.shuffle(states, random);
      AttentionState merged = new AttentionState(CHANNELS);
      states.forEach(merged::merge);
      assertThat(merged.finish()).containsExactly(whole);
    }
  }

  @Test
  void emptyAndEmptyIsEmptyAndFinishesAsZero() {
    AttentionState empty = new AttentionState(2);
    empty.merge(new AttentionState(2));
    assertThat(empty.empty()).isTrue();
    assertThat(empty.finish()).containsExactly(0, 0);
  }

  @Test
  void theEmptyStateIsTheIdentityOnBothSides() {
    AttentionState left = state(new double[] {1, 2}, new float[10], 0, 2);
    float[] alone = left.finish();
    left.merge(new AttentionState(CHANNELS));
    assertThat(left.finish()).containsExactly(alone);
    AttentionState right = new AttentionState(CHANNELS);
    right.merge(left);
    assertThat(right.finish()).containsExactly(alone);
  }

  @Test
  void maskedKeysWeighNothingAndHugeScoresDoNotOverflow() {
    AttentionState state = new AttentionState(1);
    state.accept(Double.NEGATIVE_INFINITY, new float[] {100}, 0);
    assertThat(state.empty()).isTrue();
    state.accept(1e4, new float[] {3}, 0);
    state.accept(-1e4, new float[] {7}, 0);
    assertThat(state.finish()).containsExactly(3);
  }

  @Test
  void aScoreThatIsNoNumberIsNotTakenForNothing() {
    AttentionState state = new AttentionState(1);
    state.accept(Double.NaN, new float[] {3}, 0);
    state.accept(1, new float[] {3}, 0);
    assertThat(state.empty()).isFalse();
    assertThat(state.finish()).containsExactly(Float.NaN);
  }

  @Test
  void refusesStatesOfOtherWidths() {
    assertThatThrownBy(() -> new AttentionState(2).merge(new AttentionState(3)))
        .hasMessage("Cannot merge states: 3 channels into 2");
  }

  private static AttentionState state(double[] scores, float[] values, int from, int to) {
    AttentionState state = new AttentionState(CHANNELS);
    for (int i = from; i < to; i++) {
      state.accept(scores[i], values, i * CHANNELS);
    }
    return state;
  }
}
