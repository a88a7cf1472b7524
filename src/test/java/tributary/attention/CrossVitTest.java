package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tributary.tensor.Tensor;

class CrossVitTest {
  private static final int SMALL = 4;
  private static final int LARGE = 6;

  private static FormFixture weights() {
    return new FormFixture(1)
        .branch("v.small", SMALL, LARGE, LARGE)
        .branch("v.large", LARGE, SMALL, SMALL);
  }

  @Test
  void classTokensAreReplacedAndPatchesStay() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          CrossVit fusion = CrossVit.of(weights, "v", 3, 2);
          Tensor small = f.upload(scope, 1, 3, SMALL);
          Tensor large = f.upload(scope, 1, 1, LARGE); // no patches
          CrossVit.Pair y = fusion.apply(scope, small, large);
          float[] before = scope.values(small);
          float[] after = scope.values(y.small());
          assertThat(Arrays.copyOfRange(after, SMALL, 3 * SMALL))
              .isEqualTo(Arrays.copyOfRange(before, SMALL, 3 * SMALL));
          assertThat(after[0]).isNotEqualTo(before[0]);
          assertThat(y.large().shape()).isEqualTo(large.shape());
        });
  }

  @Test
  void branchesThatDoNotFitAreRefused() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          CrossVit fusion = CrossVit.of(weights, "v", 3, 2);
          Tensor small = f.upload(scope, 2, 3, SMALL);
          Tensor none = f.upload(scope, 2, 0, LARGE);
          assertThatThrownBy(() -> fusion.apply(scope, small, none))
              .hasMessage(
                  "Invalid branches: small [2, 3, 4], large [2, 0, 6] (equal groups, and a class"
                      + " token in row 0 of each)");
          assertThatThrownBy(() -> CrossVit.of(weights, "v", 4, 2))
              .hasMessage("Invalid heads: 4 (divides the widths of query 6 and value 6)");
        });
  }
}
