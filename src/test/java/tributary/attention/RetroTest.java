package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

class RetroTest {
  private static final int CHANNELS = 3;

  private static FormFixture weights() {
    return new FormFixture(1).attention("r", CHANNELS, 5, 4).keysAndValues("r.null", 2, 2);
  }

  @Test
  void rowsBeforeTheFirstChunkEndsAndBeyondTheLastAreZero() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          Retro layer = Retro.of(weights, "r", 2, 4);
          Tensor x = f.upload(scope, 1, 10, CHANNELS);
          float[] y = scope.values(layer.apply(scope, x, f.upload(scope, 1, 6, 5), null));
          for (int t = 0; t < 10; t++) {
            float[] row = Arrays.copyOfRange(y, t * CHANNELS, (t + 1) * CHANNELS);
            if (t < 3 || t > 6) {
              assertThat(row).as("row %s", t).containsOnly(0);
            } else {
              assertThat(row).as("row %s", t).doesNotContain(0);
            }
          }
        });
  }

  @Test
  void aRowSeesWhatWasRetrievedForTheChunkThatEndsAtItOrBefore() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          Retro layer = Retro.of(weights, "r", 2, 4);
          Tensor x = f.upload(scope, 1, 11, CHANNELS);
          float[] retrieved = f.values(2 * 6 * 5);
          float[] before = apply(layer, scope, x, retrieved);
          for (int i = 30; i < 60; i++) { // what was retrieved for chunk 1
            retrieved[i] += 1;
          }
          float[] after = apply(layer, scope, x, retrieved);
          assertThat(Arrays.copyOf(after, 7 * CHANNELS))
              .isEqualTo(Arrays.copyOf(before, 7 * CHANNELS));
          assertThat(after[7 * CHANNELS]).isNotEqualTo(before[7 * CHANNELS]);
        });
  }

  private static float[] apply(Retro layer, Scope scope, Tensor x, float[] retrieved) {
    return scope.values(
        layer.apply(scope, x, scope.upload(new Shape(2, 6, 5), retrieved, 0), null));
  }

  @Test
  void fewerRowsThanAChunkOrNoChunksGiveZeros() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          Retro layer = Retro.of(weights, "r", 2, 4);
          Tensor x = f.upload(scope, 2, 3, CHANNELS);
          assertThat(scope.values(layer.apply(scope, x, f.upload(scope, 4, 6, 5), null)))
              .containsOnly(0);
          Tensor none = scope.upload(new Shape(0, 6, 5), new float[0], 0);
          assertThat(scope.values(layer.apply(scope, x, none, null))).containsOnly(0);
        });
  }

  @Test
  void whatDoesNotFitIsRefused() {
    FormFixture f = weights().attention("s", CHANNELS, 5, 4);
    f.add("s.null.key", 2, 3).add("s.null.value", 2, 2);
    f.onEveryBackend(
        (weights, scope) -> {
          assertThatThrownBy(() -> Retro.of(weights, "s", 2, 4))
              .hasMessage("Invalid nullKey: [1, 1, 6] (as projected: [1, 1, 4])");
          assertThatThrownBy(() -> Retro.of(weights, "r", 2, 0))
              .hasMessage("Invalid chunk: 0 (>= 1)");
          Retro layer = Retro.of(weights, "r", 2, 4);
          Tensor x = f.upload(scope, 2, 8, CHANNELS);
          Tensor three = f.upload(scope, 3, 6, 5);
          assertThatThrownBy(() -> layer.apply(scope, x, three, null))
              .hasMessage(
                  "Invalid neighbours: [3, 6, 5] (as many chunks for each group of x [2, 8, 3])");
          Tensor four = f.upload(scope, 4, 6, 5);
          assertThatThrownBy(() -> layer.apply(scope, x, four, new Mask(new boolean[7], 1, 1, 7)))
              .hasMessage("Invalid mask: [1, 1, 7] (neighbours [4, 6, 5], one row of queries)");
        });
  }
}
