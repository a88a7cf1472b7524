package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import tributary.attention.FourierFeatures.Positions;
import tributary.tensor.Tolerance;

class FourierFeaturesTest {
  @Test
  void oneAxisByHand() {
    // 3 elements at -1, 0, 1; bands 1 and 3 / 2.
    float[] x = FourierFeatures.of(2, List.of(3)).grid(List.of(3));
    Tolerance.roundings(2, 1)
        .check("features", x, new float[] {-1, 0, 1, -1, 0, 0, 0, 0, 1, 1, 1, 0, -1, -1, 0});
  }

  @Test
  void axesFollowEachOtherAndTheLastIsFastest() {
    FourierFeatures f = FourierFeatures.of(3, List.of(2, 5));
    assertThat(f.channels()).isEqualTo(14);
    float[] x = f.grid(List.of(2, 5));
    float[] rows = FourierFeatures.of(3, List.of(2)).grid(List.of(2));
    float[] columns = FourierFeatures.of(3, List.of(5)).grid(List.of(5));
    for (int i = 0; i < 10; i++) {
      assertThat(x[i * 14]).isEqualTo(rows[i / 5 * 7]);
      assertThat(x[i * 14 + 1]).isEqualTo(columns[i % 5 * 7]);
      for (int k = 0; k < 3; k++) {
        assertThat(x[i * 14 + 2 + k]).as("sin").isEqualTo(rows[i / 5 * 7 + 1 + k]);
        assertThat(x[i * 14 + 5 + k]).as("sin").isEqualTo(columns[i % 5 * 7 + 1 + k]);
        assertThat(x[i * 14 + 8 + k]).as("cos").isEqualTo(rows[i / 5 * 7 + 4 + k]);
        assertThat(x[i * 14 + 11 + k]).as("cos").isEqualTo(columns[i % 5 * 7 + 4 + k]);
      }
    }
  }

  @Test
  void partsOfAGridAreThePartsOfTheWholeUnlessAskedForAsPublished() {
    FourierFeatures f = FourierFeatures.of(2, List.of(8));
    float[] whole = f.grid(List.of(8));
    float[] part = f.at(List.of(8), new int[] {3, 7}, Positions.INCLUSIVE);
    assertThat(part[0]).isEqualTo(whole[15]).isEqualTo(-1f / 7);
    float[] published = f.at(List.of(8), new int[] {0, 1, 7}, Positions.SUBSAMPLED);
    assertThat(published[0]).isEqualTo(-1f);
    assertThat(published[5]).isEqualTo(-0.75f);
    assertThat(published[10]).isEqualTo(0.75f);
  }

  @Test
  void theResolutionIsTheModelsNotTheGrids() {
    FourierFeatures f = new FourierFeatures(2, List.of(224));
    // Of a grid of one: position -1, frequencies 1 and 112.
    Tolerance.roundings(2, 1).check("features", f.grid(List.of(1)), new float[] {-1, 0, 0, -1, 1});
  }

  @Test
  void badSizesAreRefused() {
    assertThatThrownBy(() -> FourierFeatures.of(0, List.of(3)))
        .hasMessage("Invalid bands: 0 (at least 1)");
    assertThatThrownBy(() -> FourierFeatures.of(1, List.of()))
        .hasMessage("Invalid resolution: [] (a size >= 1 for each axis)");
    assertThatThrownBy(() -> FourierFeatures.of(1, List.of(2, 0)))
        .hasMessage("Invalid resolution: [2, 0] (a size >= 1 for each axis)");
    FourierFeatures f = FourierFeatures.of(1, List.of(2, 2));
    assertThatThrownBy(() -> f.grid(List.of(2)))
        .hasMessage("Invalid grid: [2] (2 axes, as resolution has)");
    assertThatThrownBy(() -> f.at(List.of(2, 2), new int[] {4}, Positions.INCLUSIVE))
        .hasMessage("Invalid index: 4 (an element of the grid [2, 2])");
  }
}
