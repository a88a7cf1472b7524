package tributary.tensor;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;

/**
 * Proves a backend against the oracle on a few small shapes, some milliseconds' work: run before
 * its first use in a JVM, for a library may load and compute wrongly (a kernel for another
 * processor, a mixture of versions).
 */
public final class SelfCheck {
  /** Of values about 1 in size; rounding alone stays below a tenth of it. */
  private static final double LIMIT = 1e-4;

  /** An operand just between two values of 8 bits may be rounded to either. */
  private static final double ROUNDED_LIMIT = 1e-2;

  private final Backend backend;
  private final Backend oracle;
  private final double limit;

  private SelfCheck(Backend backend, Precision precision) {
    this.backend = backend;
    this.oracle = new JavaBackend(precision);
    this.limit = precision == Precision.FLOAT32 ? LIMIT : ROUNDED_LIMIT;
  }

  /**
   * Returns if all results agree.
   *
   * @throws IllegalStateException with operation, shape and error if one does not
   */
  public static void prove(Backend backend) {
    prove(backend, Precision.FLOAT32);
  }

  /** As {@link #prove(Backend)}, for a backend whose linear layers round their operands. */
  public static void prove(Backend backend, Precision precision) {
    SelfCheck check = new SelfCheck(backend, precision);
    for (Activation activation : Activation.values()) {
      check.compare("linear " + activation, new Shape(2, 3, 33), activation, SelfCheck::linear);
    }
    check.compare("linear NONE", new Shape(1, 70, 20), Activation.NONE, SelfCheck::linear);
    check.compare("normalize", new Shape(2, 3, 37), Activation.NONE, SelfCheck::normalize);
    check.compare("attend", new Shape(2, 9, 12), Activation.NONE, SelfCheck::attend);
    check.compare("attend", new Shape(1, 260, 8), Activation.NONE, SelfCheck::attendFreely);
    check.compare("attend by weights", new Shape(2, 9, 12), Activation.NONE, SelfCheck::weigh);
    check.compare("add", new Shape(2, 3, 37), Activation.NONE, SelfCheck::add);
    Shape each = new Shape(1, 40, 16);
    check.compare("attend to each", each, Activation.NONE, SelfCheck::attendToEach);
    if (backend.rowsStandAlone()) {
      check.rowsStandAlone(new Shape(1, 277, 128));
    }
  }

  /** The law for products that rows of several groups share: a row has the bits it has alone. */
  private void rowsStandAlone(Shape shape) {
    float[] together = run(backend, shape, Activation.NONE, SelfCheck::linear);
    for (int row : new int[] {0, 255, 270, 276}) {
      float[] alone =
          run(
              backend,
              shape,
              Activation.NONE,
              (scope, x, layer, activation) -> {
                Tensor rows = scope.reshape(x, new Shape(shape.rows(), 1, shape.channels()));
                return linear(scope, scope.groups(rows, row, row + 1), layer, activation);
              });
      int at = row * shape.channels();
      if (!Arrays.equals(alone, Arrays.copyOfRange(together, at, at + shape.channels()))) {
        throw new IllegalStateException(
            "Cannot use kernels "
                + backend.name()
                + ": row "
                + row
                + " of linear "
                + shape
                + " has other bits alone ("
                + backend.describe()
                + ")");
      }
    }
  }

  private void compare(String operation, Shape shape, Activation activation, Step step) {
    float[] actual = run(backend, shape, activation, step);
    float[] expected = run(oracle, shape, activation, step);
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      double distance = Math.abs((double) actual[i] - expected[i]);
      // A NaN is no number and no agreement.
      error = distance <= error ? error : distance;
    }
    if (!(error <= limit)) {
      throw new IllegalStateException(
          "Cannot use kernels "
              + backend.name()
              + ": "
              + operation
              + " of "
              + shape
              + " is off by "
              + error
              + " (at most "
              + limit
              + "; "
              + backend.describe()
              + ")");
    }
  }

  private static float[] run(Backend backend, Shape shape, Activation activation, Step step) {
    try (Scope scope = backend.open(0)) {
      Tensor x = scope.upload(shape, random(shape, 1), 0);
      Tensor weight = backend.constant(matrix(shape), random(matrix(shape), 2));
      Tensor bias = backend.constant(vector(shape), random(vector(shape), 3));
      Tensor y = step.apply(scope, x, new Linear(weight, bias), activation);
      float[] values = scope.values(y);
      backend.free(weight);
      backend.free(bias);
      return values;
    }
  }

  private static Shape matrix(Shape x) {
    return Shape.matrix(x.channels(), x.channels());
  }

  private static Shape vector(Shape x) {
    return Shape.vector(x.channels());
  }

  /** Normally distributed, divided by the root of the channels. */
  private static float[] random(Shape shape, long seed) {
    Random random = new Random(seed);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(shape.channels()) * 2);
    }
    return values;
  }

  private static Tensor linear(Scope scope, Tensor x, Linear layer, Activation activation) {
    return scope.linearPlus(scope.linear(x, layer, activation), layer, x);
  }

  /** The layer's bias serves as weight and as bias. */
  private static Tensor normalize(Scope scope, Tensor x, Linear layer, Activation activation) {
    Tensor bias = Objects.requireNonNull(layer.bias());
    return scope.normalize(x, new LayerNorm(bias, bias, 1e-5f));
  }

  /** Two heads; the first query of the second group may attend to nothing, the rest to half. */
  private static Tensor attend(Scope scope, Tensor x, Linear layer, Activation activation) {
    int n = x.shape().rows();
    boolean[] allowed = new boolean[2 * n * n];
    for (int i = n * n; i < allowed.length; i++) {
      allowed[i] = i >= n * n + n && i % 2 == 0;
    }
    Arrays.fill(allowed, 0, n * n, true);
    Tensor y = scope.linear(x, layer, activation);
    return scope.attend(x, y, y, Attention.of(2, x.shape().channels()), new Mask(allowed, 2, n, n));
  }

  /** One query, more keys than are taken at a time. */
  private static Tensor attendFreely(Scope scope, Tensor x, Linear layer, Activation activation) {
    Tensor y = scope.linear(x, layer, activation);
    return scope.attend(scope.meanRows(x), y, y, Attention.of(1, x.shape().channels()), null);
  }

  /** Two heads; the keys of the second group count as 1/8 to 1 and a half. */
  private static Tensor weigh(Scope scope, Tensor x, Linear layer, Activation activation) {
    int n = x.shape().rows();
    float[] weights = new float[2 * n];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i < n ? 1 : (1 + i % 12) / 8f;
    }
    Tensor y = scope.linear(x, layer, activation);
    Attention attention = Attention.of(2, x.shape().channels());
    return scope.attend(x, y, y, attention, null, new KeyWeights(weights, 2, n));
  }

  /** The layer's weights are the queries; groups of 1 and of 39 rows. */
  private static Tensor attendToEach(Scope scope, Tensor x, Linear layer, Activation activation) {
    Attention attention = Attention.of(1, x.shape().channels());
    Lengths lengths = Lengths.of(1, x.shape().rows() - 1);
    return scope.attendTo(layer.weight(), x, lengths, layer, layer, attention, null);
  }

  private static Tensor add(Scope scope, Tensor x, Linear layer, Activation activation) {
    return scope.add(scope.add(x, x), Objects.requireNonNull(layer.bias()));
  }

  @FunctionalInterface
  private interface Step {
    Tensor apply(Scope scope, Tensor x, Linear layer, Activation activation);
  }
}
