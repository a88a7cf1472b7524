package tributary.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LengthsTest {
  @Test
  void saysWhereEachGroupLies() {
    Lengths lengths = Lengths.of(3, 1, 4);
    assertThat(lengths.groups()).isEqualTo(3);
    assertThat(lengths.total()).isEqualTo(8);
    assertThat(lengths.start(0)).isEqualTo(0);
    assertThat(lengths.start(2)).isEqualTo(4);
    assertThat(lengths.length(2)).isEqualTo(4);
    assertThat(lengths.equal()).isFalse();
    assertThat(Lengths.of(2, 2).equal()).isTrue();
    assertThat(lengths).hasToString("[3, 1, 4]");
  }

  @Test
  void refusesAGroupWithoutRows() {
    assertThatThrownBy(() -> Lengths.of(3, 0))
        .hasMessage("Invalid length: 0 of group 1 (at least 1)");
  }

  @Test
  void weightsAreCutByKeysAndByGroups() {
    KeyWeights weights = new KeyWeights(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    KeyWeights some = weights.ofKeys(1, 3);
    assertThat(new float[] {some.at(0, 0), some.at(0, 1), some.at(1, 0), some.at(1, 1)})
        .containsExactly(2, 3, 5, 6);
    KeyWeights flat = new KeyWeights(new float[] {1, 2, 3, 4, 5, 6}, 1, 6).of(3);
    assertThat(flat.groups()).isEqualTo(3);
    assertThat(flat.at(2, 1)).isEqualTo(6);
  }
}
