package tributary.kernel;

import java.util.Random;
import java.util.function.Function;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tools.parity.Difference;

/** Seeded values on a backend, and the proof of an operation before it is timed. */
final class Fixture {
  /** Of max(1, largest |x|): float sums in another order. */
  private static final double TOLERANCE = 1e-4;

  private final Backend backend;
  private long seed; // so that every backend gets the same values

  Fixture(Backend backend) {
    this.backend = backend;
  }

  private float[] values(Shape shape, double size) {
    Random random = new Random(++seed);
    float[] x = new float[(int) shape.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (size * random.nextGaussian());
    }
    return x;
  }

  Tensor constant(Shape shape, double size) {
    return backend.constant(shape, values(shape, size));
  }

  Linear linear(int inputs, int outputs) {
    return new Linear(
        constant(Shape.matrix(outputs, inputs), 1 / Math.sqrt(inputs)),
        constant(Shape.vector(outputs), 1));
  }

  LayerNorm norm(int channels) {
    return new LayerNorm(
        constant(Shape.vector(channels), 1), constant(Shape.vector(channels), 1), 1e-5f);
  }

  /** An operation on operands that it holds. */
  interface Operation {
    Tensor apply(Scope scope);
  }

  /**
   * Makes an operation on the cpu backend, proved against the oracle.
   *
   * @param operation makes it, with operands from the fixture
   * @param scope to prove it in
   */
  static Operation proved(
      String name, Backend backend, Function<Fixture, Operation> operation, Scope scope) {
    Operation made = operation.apply(new Fixture(backend));
    Backend oracle = new JavaBackend();
    float[] expected;
    try (Scope plain = oracle.open(0)) {
      expected = download(plain, operation.apply(new Fixture(oracle)));
    }
    double error = Difference.ofLargest(download(scope, made), expected);
    if (!(error <= TOLERANCE)) {
      throw new IllegalStateException("Cannot time " + name + ": off by " + error);
    }
    return made;
  }

  private static float[] download(Scope scope, Operation operation) {
    try (Scope inner = scope.inner()) {
      return inner.values(operation.apply(inner));
    }
  }
}
