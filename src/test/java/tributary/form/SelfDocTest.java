package tributary.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tributary.form.FormFixture.download;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

class SelfDocTest {
  private static final int CHANNELS = 4;

  private static FormFixture weights() {
    FormFixture f = new FormFixture(1);
    for (String side : new String[] {"a", "b"}) {
      for (String step : new String[] {"odd", "cross"}) {
        f.attention(side + "." + step, CHANNELS, CHANNELS, CHANNELS);
        f.norm(side + "." + step + "_norm", CHANNELS);
      }
    }
    return f;
  }

  @Test
  void groupsDependOnThemselvesAlone() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          SelfDoc step = SelfDoc.of(weights, "", 2);
          Tensor a = f.upload(scope, 3, 5, CHANNELS);
          Tensor b = f.upload(scope, 3, 5, CHANNELS);
          SelfDoc.Pair all = step.apply(scope, a, b);
          SelfDoc.Pair second = step.apply(scope, scope.groups(a, 1, 2), scope.groups(b, 1, 2));
          assertThat(download(scope, second.a()))
              .isEqualTo(download(scope, scope.groups(all.a(), 1, 2)));
          assertThat(download(scope, second.b()))
              .isEqualTo(download(scope, scope.groups(all.b(), 1, 2)));
        });
  }

  @Test
  void rowsThatMayNotBeAttendedToChangeNothingElsewhere() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          SelfDoc step = SelfDoc.of(weights, "", 2);
          Tensor a = f.upload(scope, 1, 2, CHANNELS);
          float[] b = f.values(2 * CHANNELS);
          Tensor before = scope.upload(a.shape(), b, 0);
          b[CHANNELS] += 3; // row 1 of b
          Tensor after = scope.upload(a.shape(), b, 0);
          Mask first = new Mask(new boolean[] {true, false}, 1, 1, 2);
          assertThat(firstRow(scope, step.apply(scope, a, after, first).b()))
              .isEqualTo(firstRow(scope, step.apply(scope, a, before, first).b()));
          assertThat(firstRow(scope, step.apply(scope, a, after).b()))
              .isNotEqualTo(firstRow(scope, step.apply(scope, a, before).b()));
        });
  }

  private static float[] firstRow(Scope scope, Tensor x) {
    return Arrays.copyOf(download(scope, x), CHANNELS);
  }

  @Test
  void sequencesThatAreNotAlignedAreRefused() {
    FormFixture f = weights();
    f.onEveryBackend(
        (weights, scope) -> {
          SelfDoc step = SelfDoc.of(weights, "", 2);
          Tensor a = f.upload(scope, 2, 5, CHANNELS);
          Tensor b = f.upload(scope, 2, 6, CHANNELS);
          assertThatThrownBy(() -> step.apply(scope, a, b))
              .hasMessage("Invalid b: [2, 6, 4] (aligned with a [2, 5, 4], row by row)");
          assertThatThrownBy(() -> SelfDoc.of(weights, "", 3))
              .hasMessage("Invalid heads: 3 (divides the widths of query 4 and value 4)");
        });
  }
}
