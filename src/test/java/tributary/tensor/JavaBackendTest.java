package tributary.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tributary.tensor.Attention.FullyMasked;

class JavaBackendTest {
  private final Backend backend = new JavaBackend();
  private final Scope scope = backend.open(0);

  private Tensor tensor(int groups, int rows, int channels, float... values) {
    return scope.upload(new Shape(groups, rows, channels), values, 0);
  }

  private float[] values(Tensor x) {
    return scope.values(x);
  }

  private Linear layer() {
    Tensor weight = backend.constant(Shape.matrix(2, 3), new float[] {1, 2, 3, -1, 0, 1});
    return new Linear(weight, backend.constant(Shape.vector(2), new float[] {10, -1}));
  }

  @Test
  void linearMultipliesByTheTransposedWeight() {
    Tensor y = scope.linear(tensor(1, 2, 3, 1, 1, 1, 2, 0, 1), layer(), Activation.NONE);
    assertThat(y.shape()).isEqualTo(new Shape(1, 2, 2));
    assertThat(values(y)).containsExactly(16, -1, 15, -2);
  }

  @Test
  void linearWithoutBias() {
    Linear layer = new Linear(layer().weight(), null);
    assertThat(values(scope.linear(tensor(1, 1, 3, 1, 1, 1), layer, Activation.NONE)))
        .containsExactly(6, 0);
  }

  @Test
  void activations() {
    assertThat(Activations.apply(Activation.NONE, -2)).isEqualTo(-2);
    assertThat(Activations.apply(Activation.RELU, -2)).isZero();
    assertThat(Activations.apply(Activation.RELU, 2)).isEqualTo(2);
    assertThat(Activations.apply(Activation.SQUARED_RELU, 3)).isEqualTo(9);
    assertThat(Activations.apply(Activation.SQUARED_RELU, -3)).isZero();
    // PyTorch float64: gelu(1), gelu(-1), gelu(1, approximate="tanh")
    Tolerance close = Tolerance.roundings(1, 1e-6);
    check(close, Activations.apply(Activation.GELU, 1), 0.8413447460685429);
    check(close, Activations.apply(Activation.GELU, -1), -0.15865525393145707);
    check(close, Activations.apply(Activation.GELU_TANH, 1), 0.8411919906082768);
    check(close, Activations.erf(0.5), 0.5204998778130465);
    check(close, Activations.erf(3), 0.9999779095030014);
    assertThat(Activations.erf(7)).isEqualTo(1);
    assertThat(Activations.erf(-7)).isEqualTo(-1);
    assertThat(Activations.apply(Activation.GELU, Double.NaN)).isNaN();
  }

  private static void check(Tolerance tolerance, double actual, double expected) {
    assertThat(Math.abs(actual - expected)).isLessThanOrEqualTo(tolerance.absolute());
  }

  @Test
  void linearPlusBroadcastsTheResidualOverGroups() {
    Tensor x = tensor(2, 1, 3, 1, 1, 1, 2, 0, 1);
    assertThat(values(scope.linearPlus(x, layer(), tensor(1, 1, 2, 100, 200))))
        .containsExactly(116, 199, 115, 198);
    assertThat(values(scope.linearPlus(x, layer(), tensor(2, 1, 2, 100, 200, 300, 400))))
        .containsExactly(116, 199, 315, 398);
  }

  @Test
  void normalizesEveryRow() {
    Tensor weight = backend.constant(Shape.vector(2), new float[] {1, 2});
    Tensor bias = backend.constant(Shape.vector(2), new float[] {0, 10});
    Tensor x = tensor(1, 2, 2, 1, 3, 5, 5);
    // row 1: mean 2, variance 1, + 3 = 4: (-1, 1) / 2
    assertThat(values(scope.normalize(x, new LayerNorm(weight, bias, 3))))
        .containsExactly(-0.5f, 11, 0, 10);
  }

  @Test
  void attendsByHeadsAndBroadcastsQueries() {
    // Two heads of one channel; scores 0 and ln 3, so weights 1/4 and 3/4.
    float ln3 = (float) Math.log(3);
    Tensor q = tensor(1, 1, 2, 1, 1);
    Tensor k = tensor(2, 2, 2, 0, ln3, ln3, 0, 0, 0, 0, 0);
    Tensor v = tensor(2, 2, 2, 4, 4, 8, 8, 4, 4, 8, 8);
    Tensor y = scope.attend(q, k, v, Attention.of(2, 2), null);
    assertThat(y.shape()).isEqualTo(new Shape(2, 1, 2));
    Tolerance.roundings(4, 8).check("attend", values(y), new float[] {7, 5, 6, 6});
  }

  @Test
  void aKeyCountsAsItsWeight() {
    // Scores 0 and ln 3: weights 3 and 1 make them equal; 1 and 5 give 1/16 and 15/16.
    Tensor q = tensor(1, 1, 1, 1);
    Tensor k = tensor(2, 2, 1, 0, (float) Math.log(3), 0, (float) Math.log(3));
    Tensor v = tensor(2, 2, 1, 4, 8, 16, 32);
    KeyWeights weights = new KeyWeights(new float[] {3, 1, 1, 5}, 2, 2);
    Tensor y = scope.attend(q, k, v, Attention.of(1, 1), null, weights);
    Tolerance.roundings(4, 32).check("attend", values(y), new float[] {6, 31});
    KeyWeights same = new KeyWeights(new float[] {3, 1}, 1, 2);
    y = scope.attend(q, k, v, Attention.of(1, 1), null, same);
    Tolerance.roundings(4, 32).check("one group", values(y), new float[] {6, 24});
  }

  @Test
  void weightsCountAmongTheKeysThatAreAllowed() {
    Tensor q = tensor(1, 3, 1, 0, 0, 0);
    Tensor k = tensor(1, 3, 1, 5, 6, 7);
    Tensor v = tensor(1, 3, 1, 4, 8, 1000);
    boolean[] allowed = {true, true, false, false, true, false, false, false, false};
    Mask mask = new Mask(allowed, 1, 3, 3);
    KeyWeights weights = new KeyWeights(new float[] {1, 3, 100}, 1, 3);
    Attention zero = new Attention(1, 1, FullyMasked.ZERO);
    assertThat(values(scope.attend(q, k, v, zero, mask, weights))).containsExactly(7, 8, 0);
    // Without any key the mean is the plain one: (4 + 8 + 1000) / 3.
    Attention uniform = new Attention(1, 1, FullyMasked.UNIFORM);
    Tensor y = scope.attend(q, k, v, uniform, mask, weights);
    Tolerance.roundings(2, 512).check("uniform", values(y), new float[] {7, 8, 1012 / 3f});
  }

  @Test
  void maskLeavesKeysOut() {
    Mask mask = new Mask(new boolean[] {true, false}, 1, 1, 2);
    assertThat(values(masked(mask, FullyMasked.ZERO))).containsExactly(4, 4, 4);
  }

  @Test
  void queryWithoutKeysIsZeroOrTheMean() {
    Mask mask = new Mask(new boolean[] {false, false, false, true, true, true}, 1, 3, 2);
    assertThat(values(masked(mask, FullyMasked.ZERO))).containsExactly(0, 8, 6);
    assertThat(values(masked(mask, FullyMasked.UNIFORM))).containsExactly(6, 8, 6);
  }

  private Tensor masked(Mask mask, FullyMasked fullyMasked) {
    return scope.attend(
        tensor(1, 3, 1, 0, 0, 0),
        tensor(1, 2, 1, 5, 6),
        tensor(1, 2, 1, 4, 8),
        new Attention(1, 1, fullyMasked),
        mask);
  }

  @Test
  void noKeysGiveZero() {
    for (FullyMasked policy : FullyMasked.values()) {
      Tensor y =
          scope.attend(
              tensor(1, 2, 1, 1, 2),
              tensor(2, 0, 1),
              tensor(2, 0, 3),
              new Attention(1, 1, policy),
              null);
      assertThat(y.shape()).isEqualTo(new Shape(2, 2, 3));
      assertThat(values(y)).containsOnly(0);
    }
  }

  @Test
  void addBroadcastsGroupsAndRows() {
    Tensor x = tensor(2, 2, 1, 1, 2, 3, 4);
    assertThat(values(scope.add(x, tensor(2, 2, 1, 10, 20, 30, 40))))
        .containsExactly(11, 22, 33, 44);
    assertThat(values(scope.add(x, tensor(1, 2, 1, 10, 20)))).containsExactly(11, 22, 13, 24);
    assertThat(values(scope.add(x, tensor(2, 1, 1, 10, 20)))).containsExactly(11, 12, 23, 24);
    assertThat(values(scope.add(x, tensor(1, 1, 1, 10)))).containsExactly(11, 12, 13, 14);
  }

  @Test
  void lookupTakesRows() {
    Tensor table = tensor(1, 3, 2, 0, 1, 10, 11, 20, 21);
    assertThat(values(scope.lookup(table, new int[] {2, 0, 2})))
        .containsExactly(20, 21, 0, 1, 20, 21);
    assertThat(scope.lookup(table, new int[0]).shape()).isEqualTo(new Shape(1, 0, 2));
    assertThatThrownBy(() -> scope.lookup(table, new int[] {1, 3}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid index: 3 (a row of the table [1, 3, 2])");
    assertThatThrownBy(() -> scope.lookup(table, new int[] {-1}))
        .hasMessage("Invalid index: -1 (a row of the table [1, 3, 2])");
  }

  @Test
  void concatsRowsOfEachGroup() {
    Tensor y =
        scope.concatRows(
            List.of(tensor(2, 1, 1, 1, 2), tensor(2, 0, 1), tensor(2, 2, 1, 10, 11, 20, 21)));
    assertThat(y.shape()).isEqualTo(new Shape(2, 3, 1));
    assertThat(values(y)).containsExactly(1, 10, 11, 2, 20, 21);
  }

  @Test
  void meansOfRows() {
    Tensor y = scope.meanRows(tensor(2, 2, 2, 1, 10, 3, 20, 5, 50, 6, 60));
    assertThat(y.shape()).isEqualTo(new Shape(2, 1, 2));
    assertThat(values(y)).containsExactly(2, 15, 5.5f, 55);
    assertThat(values(scope.meanRows(tensor(1, 0, 2)))).containsExactly(0, 0);
  }

  @Test
  void viewsShareTheValues() {
    Tensor x = tensor(3, 1, 2, 0, 1, 2, 3, 4, 5);
    Tensor view = scope.groups(x, 1, 3);
    assertThat(values(view)).containsExactly(2, 3, 4, 5);
    Tensor reshaped = scope.reshape(view, Shape.matrix(4, 1));
    assertThat(values(reshaped)).containsExactly(2, 3, 4, 5);
    assertThat(values(scope.add(reshaped, tensor(1, 1, 1, 1)))).containsExactly(3, 4, 5, 6);
  }

  @Test
  void copiesFromAndToAnOffset() {
    Tensor x = scope.upload(Shape.vector(2), new float[] {0, 1, 2, 3}, 1);
    float[] values = new float[4];
    scope.download(x, values, 2);
    assertThat(values).containsExactly(0, 0, 1, 2);
  }

  @Test
  void theExampleOfThePackage() {
    try (Backend own = new JavaBackend();
        Scope batch = own.open(0)) {
      Tensor weight = own.constant(Shape.matrix(1, 2), new float[] {1, 10});
      Tensor x = batch.upload(new Shape(2, 1, 2), new float[] {1, 2, 3, 4}, 0);
      Tensor y = batch.linear(x, new Linear(weight, null), Activation.NONE);
      assertThat(y.shape()).isEqualTo(new Shape(2, 1, 1));
      assertThat(batch.values(y)).containsExactly(21, 43);
    }
  }

  @Test
  void copiesOutWhole() {
    Tensor x = tensor(2, 1, 2, 0, 1, 2, 3);
    float[] values = scope.values(scope.groups(x, 1, 2));
    assertThat(values).containsExactly(2, 3);
    values[0] = 7;
    assertThat(scope.values(x)).containsExactly(0, 1, 2, 3);
    assertThat(scope.values(tensor(1, 0, 3))).isEmpty();
  }

  @Test
  void mismatchesPrintBothSides() {
    Tensor x = tensor(1, 1, 2, 1, 2);
    refused(
        () -> scope.linear(x, layer(), Activation.NONE),
        "Invalid input of linear: [1, 1, 2] (weight [1, 2, 3] [1, out, in])");
    Tensor ok = tensor(2, 1, 3, 1, 2, 3, 4, 5, 6);
    refused(
        () -> scope.linearPlus(ok, layer(), tensor(3, 1, 2, new float[6])),
        "Invalid residual: [3, 1, 2] (result [2, 1, 2], or one group)");
    refused(
        () -> scope.normalize(ok, new LayerNorm(x, x, 0)),
        "Invalid norm weight: [1, 1, 2] (x [2, 1, 3])");
    refused(
        () -> scope.attend(x, ok, ok, Attention.of(1, 2), null),
        "Invalid queries: [1, 1, 2] (keys [2, 1, 3])");
    refused(
        () -> scope.attend(ok, ok, x, Attention.of(1, 3), null),
        "Invalid values: [1, 1, 2] (keys [2, 1, 3])");
    refused(
        () -> scope.attend(ok, ok, ok, Attention.of(2, 3), null),
        "Invalid heads: 2 (a divisor of the channels of keys [2, 1, 3] and of values [2, 1, 3])");
    refused(
        () -> scope.attend(ok, ok, ok, Attention.of(1, 3), new Mask(new boolean[2], 1, 1, 2)),
        "Invalid mask: [1, 1, 2] (queries [2, 1, 3], keys [2, 1, 3])");
    refused(
        () -> scope.attend(ok, ok, ok, Attention.of(1, 3), null, weights(3, 1)),
        "Invalid key weights: [3, 1] (keys [2, 1, 3], or one group)");
    refused(
        () -> scope.attend(ok, ok, ok, Attention.of(1, 3), null, weights(1, 2)),
        "Invalid key weights: [1, 2] (keys [2, 1, 3], or one group)");
    refused(
        () -> scope.attendPart(ok, ok, ok, Attention.of(1, 3), weights(2, 0)),
        "Invalid key weights: [2, 0] (keys [2, 1, 3], or one group)");
    refused(
        () -> scope.add(ok, x),
        "Invalid addend: [1, 1, 2] (x [2, 1, 3], or one group, or one row)");
    refused(
        () -> scope.concatRows(List.of(ok, x)), "Invalid part: [1, 1, 2] (first part [2, 1, 3])");
    refused(() -> scope.concatRows(List.of()), "Invalid parts: [] (at least one)");
    refused(
        () -> scope.reshape(ok, Shape.vector(5)),
        "Invalid shape: [1, 1, 5] (the size of [2, 1, 3])");
    refused(() -> scope.groups(ok, 1, 3), "Invalid groups: [1, 3) (of x [2, 1, 3])");
    refused(() -> scope.lookup(ok, new int[0]), "Invalid table: [2, 1, 3] ([1, rows, channels])");
    refused(
        () -> scope.upload(Shape.vector(3), new float[3], 1),
        "Invalid values: 3 from 1 on (shape [1, 1, 3], 3 elements)");
    refused(
        () -> backend.constant(Shape.vector(3), new float[2]),
        "Invalid constant: 2 values (shape [1, 1, 3])");
  }

  private static KeyWeights weights(int groups, int keys) {
    float[] ones = new float[groups * keys];
    Arrays.fill(ones, 1);
    return new KeyWeights(ones, groups, keys);
  }

  private static void refused(Runnable operation, String message) {
    assertThatThrownBy(operation::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void tensorsDieWithTheirScope() {
    Tensor x = tensor(1, 1, 1, 1);
    Tensor y;
    try (Scope inner = scope.inner()) {
      y = inner.add(x, x);
      assertThat(values(y)).containsExactly(2);
    }
    assertThatThrownBy(() -> scope.add(y, x))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot use tensor [1, 1, 1]: its scope has been closed");
    assertThat(values(x)).containsExactly(1);
    scope.close();
    assertThatThrownBy(() -> tensor(1, 1, 1, 1)).hasMessage("Cannot use scope: it has been closed");
  }
}
