package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import tributary.tensor.Mask;
import tributary.tensor.Tensor;

class PersistentMemoryAttentionTest {
  private static FormFixture weights() {
    return new FormFixture(1).attention("x", 6, 6, 4).keysAndValues("x.memory", 2, 3, 2);
  }

  @Test
  void aMaskHidesTheContextAndNeverTheMemory() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          PersistentMemoryAttention layer = PersistentMemoryAttention.of(weights, "x", 2);
          Tensor x = f.upload(scope, 2, 3, 6);
          Mask none = new Mask(new boolean[3], 1, 1, 3);
          float[] remembered = scope.values(layer.apply(scope, x, none));
          assertThat(remembered).isNotEqualTo(scope.values(layer.apply(scope, x, null)));
          // With the context hidden, a row is a function of its query and the memory alone.
          Tensor one = f.upload(scope, 2, 1, 6);
          Tensor two = scope.concatRows(List.of(one, f.upload(scope, 2, 2, 6)));
          float[] alone = scope.values(layer.apply(scope, one, new Mask(new boolean[1], 1, 1, 1)));
          float[] beside = scope.values(layer.apply(scope, two, none));
          for (int g = 0; g < 2; g++) {
            for (int c = 0; c < 6; c++) {
              assertThat(beside[g * 18 + c]).isEqualTo(alone[g * 6 + c]);
            }
          }
        });
  }

  @Test
  void whatDoesNotFitIsRefused() {
    FormFixture f = weights().attention("y", 6, 6, 4).add("y.memory.key", 2, 3, 2);
    f.add("y.memory.value", 3, 3, 2).attention("z", 6, 6, 4);
    f.add("z.memory.key", 2, 3, 2).add("z.memory.value", 2, 4, 2);
    f.onEveryBackend(
        (weights, scope) -> {
          assertThatThrownBy(() -> PersistentMemoryAttention.of(weights, "y", 2))
              .hasMessage(
                  "Invalid weight: y.memory.value [3, 3, 2] ([heads, vectors, channels], 2 heads)");
          assertThatThrownBy(() -> PersistentMemoryAttention.of(weights, "z", 2))
              .hasMessage("Invalid memoryValues: [1, 4, 4] (beside the context's: [1, 3, 4])");
          PersistentMemoryAttention layer = PersistentMemoryAttention.of(weights, "x", 2);
          Tensor x = f.upload(scope, 2, 3, 6);
          assertThatThrownBy(() -> layer.apply(scope, x, new Mask(new boolean[2], 1, 1, 2)))
              .hasMessage("Invalid mask: 2 keys (the context is [2, 3, 6])");
        });
  }
}
