package tributary.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitializationTest {
  @ParameterizedTest
  @CsvSource({
    "levels.0.cross.attention.key.weight, 400, 100, 0.1",
    "embed.image.weight, 300, 25, 0.2",
    "levels.0.latents, 100, 300, 0.1",
    "position.image.table, 400, 50, 0.05",
    "embed.text.table, 400, 50, 0.05",
    "levels.1.slots, 16, 2000, 0.25",
  })
  void tablesAndLinearsHaveTheirDeviation(String name, int rows, int columns, double deviation) {
    float[] x = Initialization.weight(name, new long[] {rows, columns}, 3).values();
    double mean = 0;
    double square = 0;
    double most = 0;
    for (float v : x) {
      mean += v / x.length;
      square += (double) v * v / x.length;
      most = Math.max(most, Math.abs(v));
    }
    assertThat(mean).isCloseTo(0, within(deviation * 0.05));
    assertThat(Math.sqrt(square)).isCloseTo(deviation, within(deviation * 0.03));
    assertThat(most).isLessThanOrEqualTo(2 * deviation / 0.8796);
  }

  @Test
  void biasesNormsAndUnembeddingsAreConstant() {
    assertThat(Initialization.weight("head.bias", new long[] {3}, 1).values())
        .containsExactly(0, 0, 0);
    assertThat(Initialization.weight("a.cross.input_norm.weight", new long[] {2}, 1).values())
        .containsExactly(1, 1);
    assertThat(Initialization.weight("a.self.0.norm.weight", new long[] {2}, 1).values())
        .containsExactly(1, 1);
    assertThat(Initialization.weight("a.self.0.norm.bias", new long[] {2}, 1).values())
        .containsExactly(0, 0);
    assertThat(Initialization.weight("unembed.x.weight", new long[] {1, 2}, 1).values())
        .containsExactly(0, 0);
  }

  @Test
  void aTensorFollowsFromSeedAndNameAlone() {
    float[] x = Initialization.weight("head.weight", new long[] {2, 2}, 1).values();
    assertThat(Initialization.weight("head.weight", new long[] {2, 2}, 1).values()).isEqualTo(x);
    assertThat(Initialization.weight("head.weight", new long[] {2, 2}, 2).values()).isNotEqualTo(x);
    assertThat(Initialization.weight("heap.weight", new long[] {2, 2}, 1).values()).isNotEqualTo(x);
  }
}
