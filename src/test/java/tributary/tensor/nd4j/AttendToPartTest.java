package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.merge.AttentionState;
import tributary.tensor.Attention;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/** Parts of the keys, merged in double, against attention to all of them at once. */
class AttendToPartTest {
  private static final int HEADS = 3;
  private static final int D = 4;
  private static final int E = 5;

  private static final Backend ORACLE = new JavaBackend();

  /** With whole arrays, on the processor. */
  private static List<Backend> backends() {
    List<Backend> backends = new ArrayList<>(TestBackends.all());
    backends.add(new ArrayBackend(0, 1));
    return backends;
  }

  @ParameterizedTest(name = "{0} queries, {1} keys in parts of {2}, scores of {3}")
  @CsvSource({
    "1, 1, 1, 1",
    "3, 7, 4, 1",
    "7, 64, 63, 1",
    "65, 300, 255, 1",
    "13, 1000, 257, 1",
    "4, 1000, 8, 100",
    "5, 65, 13, 3000"
  })
  void partsMergeToTheWhole(int queries, int keys, int part, double size) {
    float[] whole = whole(ORACLE, queries, keys, size);
    for (Backend backend : backends()) {
      Tolerance.sum(keys + D, 16 / Math.sqrt(keys + D) * Math.max(1, size / 4))
          .check(backend.name(), inParts(backend, queries, keys, part, size), whole);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void noKeysAreTheIdentity(Backend backend) {
    float[] nothing = new float[2 * HEADS * (E + 2)];
    for (int n = 0; n < 2; n++) {
      int at = n * HEADS * (E + 2) + HEADS * E;
      Arrays.fill(nothing, at, at + HEADS, Float.NEGATIVE_INFINITY);
    }
    assertThat(part(backend, 2, 5, 5, 5, 1)).isEqualTo(nothing);
  }

  @Test
  void aPartDoesNotDependOnWhatElseIsThere() {
    try (Backend backend = new Nd4jBackend()) {
      float[] once = part(backend, 9, 1000, 300, 600, 1);
      assertThat(part(backend, 9, 1000, 300, 600, 1)).isEqualTo(once);
      assertThat(part(ORACLE, 9, 1000, 300, 600, 1)).hasSameSizeAs(once);
    }
  }

  private static float[] whole(Backend backend, int queries, int keys, double size) {
    try (Scope scope = backend.open(0)) {
      return scope.values(
          scope.attendTo(
              queries(scope, queries, size),
              Operation.tensor(scope, 2, new Shape(1, keys, 6)),
              Operation.layer(backend, 3, 6, HEADS * D, true),
              Operation.layer(backend, 5, 6, HEADS * E, true),
              attention(),
              null));
    }
  }

  /** Keys [from, to) of `keys`. */
  private static float[] part(
      Backend backend, int queries, int keys, int from, int to, double size) {
    float[] rows = Operation.random(2, new Shape(1, keys, 6), 1);
    try (Scope scope = backend.open(0)) {
      Linear key = Operation.layer(backend, 3, 6, HEADS * D, true);
      Linear value = Operation.layer(backend, 5, 6, HEADS * E, true);
      Tensor inputs =
          scope.upload(new Shape(1, to - from, 6), Arrays.copyOfRange(rows, from * 6, to * 6), 0);
      return scope.values(
          scope.attendToPart(queries(scope, queries, size), inputs, key, value, attention()));
    }
  }

  private static float[] inParts(Backend backend, int queries, int keys, int part, double size) {
    AttentionState[] states = new AttentionState[queries * HEADS];
    Arrays.setAll(states, i -> new AttentionState(E));
    int stride = HEADS * (E + 2);
    for (int from = 0; from < keys; from += part) {
      float[] rows = part(backend, queries, keys, from, Math.min(keys, from + part), size);
      for (int i = 0; i < states.length; i++) {
        int at = i / HEADS * stride;
        int head = i % HEADS;
        double shift = attention().scale() * rows[at + HEADS * E + head];
        double total = rows[at + HEADS * (E + 1) + head];
        states[i].merge(shift, total, rows, at + head * E);
      }
    }
    float[] out = new float[queries * HEADS * E];
    for (int i = 0; i < states.length; i++) {
      System.arraycopy(states[i].finish(), 0, out, i * E, E);
    }
    return out;
  }

  private static Tensor queries(Scope scope, int queries, double size) {
    Shape shape = new Shape(1, queries, HEADS * D);
    return scope.upload(shape, Operation.random(1, shape, size), 0);
  }

  private static Attention attention() {
    return Attention.of(HEADS, HEADS * D);
  }
}
