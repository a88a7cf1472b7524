package tributary.tensor.nd4j;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/** Keys and values made on the way, in one block and in several, against the oracle. */
class AttendToTest {
  private static final int HEADS = 2;

  @ParameterizedTest(name = "{0} queries, {1} keys of {2} channels, {3}")
  @CsvSource({
    "1, 1, 4, none",
    "3, 255, 8, zero",
    "7, 257, 12, uniform",
    "65, 300, 64, zero",
    "13, 1000, 8, uniform",
    "64, 1000, 64, none"
  })
  void agreesWithTheOracle(int queries, int keys, int channels, String masked) {
    float[] expected = run(new JavaBackend(), queries, keys, channels, masked);
    try (Backend backend = new Nd4jBackend()) {
      float[] actual = run(backend, queries, keys, channels, masked);
      Tolerance.sum(keys + channels, 1).check(queries + " x " + keys, actual, expected);
    }
  }

  private static float[] run(Backend backend, int queries, int keys, int channels, String masked) {
    Random random = new Random(queries * 31L + keys);
    try (Scope scope = backend.open(0)) {
      Tensor q =
          scope.upload(
              new Shape(1, queries, channels), Normal.values(queries * channels, 0.5, random), 0);
      Tensor x = scope.upload(new Shape(2, keys, 5), Normal.values(2 * keys * 5, 0.5, random), 0);
      Linear key = linear(backend, random, channels);
      Linear value = linear(backend, random, channels);
      FullyMasked policy = masked.equals("uniform") ? FullyMasked.UNIFORM : FullyMasked.ZERO;
      Attention attention = new Attention(HEADS, 0.5, policy);
      Tensor y = scope.attendTo(q, x, key, value, attention, mask(random, queries, keys, masked));
      return scope.values(y);
    }
  }

  private static Linear linear(Backend backend, Random random, int channels) {
    return new Linear(
        backend.constant(Shape.matrix(channels, 5), Normal.values(channels * 5, 0.5, random)),
        backend.constant(Shape.vector(channels), Normal.values(channels, 0.5, random)));
  }

  /** Half of the keys; the first query of the second group may attend to none. */
  private static @Nullable Mask mask(Random random, int queries, int keys, String masked) {
    if (masked.equals("none")) {
      return null;
    }
    boolean[] allowed = new boolean[2 * queries * keys];
    for (int i = 0; i < allowed.length; i++) {
      boolean none = i / keys == queries;
      allowed[i] = random.nextBoolean() && !none;
    }
    return new Mask(allowed, 2, queries, keys);
  }
}
