package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

class SelfDocTest {
  private static final int CHANNELS = 4;

  private static FormFixture weights() {
    return new FormFixture(1).selfDoc("", CHANNELS);
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
          assertThat(scope.values(second.a())).isEqualTo(scope.values(scope.groups(all.a(), 1, 2)));
          assertThat(scope.values(second.b())).isEqualTo(scope.values(scope.groups(all.b(), 1, 2)));
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
    return Arrays.copyOf(scope.values(x), CHANNELS);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void bothStepsTakeTheirKeysInParts(long seed) {
    FormFixture f = weights();
    Random random = new Random(seed);
    int n = 1 + random.nextInt(20);
    f.onEveryBackend(
        (weights, scope) -> {
          SelfDoc step = SelfDoc.of(weights, "", 2);
          Tensor a = f.upload(scope, 1, n, CHANNELS);
          Tensor b = f.upload(scope, 1, n, CHANNELS);
          Tensor a1 = odd(scope, step.a(), a, b, random);
          Tensor b1 = odd(scope, step.b(), b, a, random);
          SelfDoc.Pair whole = step.apply(scope, a, b);
          Tolerance close = Tolerance.sum(256, 4);
          Tensor a2 = cross(scope, step.a(), a1, b1, random);
          close.check("a, seed " + seed, scope.values(a2), scope.values(whole.a()));
          Tensor b2 = cross(scope, step.b(), b1, a1, random);
          close.check("b, seed " + seed, scope.values(b2), scope.values(whole.b()));
        });
  }

  private static Tensor odd(Scope scope, SelfDoc.Side side, Tensor own, Tensor other, Random r) {
    MergeableAttention attention = side.oddInParts(scope, own);
    return side.finishOdd(scope, own, attended(scope, attention, other, own, r));
  }

  private static Tensor cross(Scope scope, SelfDoc.Side side, Tensor own, Tensor other, Random r) {
    MergeableAttention attention = side.crossInParts(scope, own);
    return side.finishCross(scope, own, attended(scope, attention, other, other, r));
  }

  /** In one part, and dealt at random to three that merge in another order: the same bits. */
  private static Tensor attended(
      Scope scope, MergeableAttention attention, Tensor keys, Tensor values, Random random) {
    float[] k = scope.values(keys);
    float[] v = scope.values(values);
    MergeableAttention.State one = attention.empty();
    attention.accept(one, k, v, null);
    List<MergeableAttention.State> parts =
        List.of(attention.empty(), attention.empty(), attention.empty());
    for (int row = k.length / CHANNELS - 1; row >= 0; row--) {
      int from = row * CHANNELS;
      int to = from + CHANNELS;
      attention.accept(
          parts.get(random.nextInt(3)),
          Arrays.copyOfRange(k, from, to),
          Arrays.copyOfRange(v, from, to),
          null);
    }
    parts.get(2).merge(parts.get(1));
    parts.get(0).merge(parts.get(2));
    assertThat(attention.finish(parts.get(0))).containsExactly(attention.finish(one));
    return attention.finish(scope, parts.get(0));
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
