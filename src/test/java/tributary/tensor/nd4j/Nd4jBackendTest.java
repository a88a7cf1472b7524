package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.Backend.NativeUse;
import tributary.tensor.JavaBackend;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

class Nd4jBackendTest {
  private static final Backend ORACLE = new JavaBackend();
  private static final Backend CPU = new Nd4jBackend();
  private static final Backend SCALAR = new Nd4jBackend(1, new ScalarRows());

  private static final Backend ARRAYS = new ArrayBackend(0, 1);

  static List<Operation> operations() {
    return Operation.all();
  }

  @AfterAll
  static void close() {
    CPU.close();
    SCALAR.close();
    assertThat(CPU.nativeUse().now()).isZero();
    assertThat(SCALAR.nativeUse().now()).isZero();
  }

  @ParameterizedTest
  @MethodSource("operations")
  void agreesWithTheOracle(Operation operation) {
    float[] expected = operation.on(ORACLE);
    operation.tolerance().check("cpu, " + operation, operation.on(CPU), expected);
    operation.tolerance().check("cpu scalar, " + operation, operation.on(SCALAR), expected);
    operation.tolerance().check("arrays, " + operation, operation.on(ARRAYS), expected);
  }

  @Test
  void sameBitsEveryTimeAndInEveryThread() throws Exception {
    DeviceChecks.sameBitsInEveryThread(CPU, 4);
  }

  /** The law: a group among others, wherever it lies, has the bits it has alone. */
  @ParameterizedTest
  @MethodSource("sizes")
  void groupAloneIsGroupAmongOthers(int rows, int channels) {
    int groups = 5;
    Shape all = new Shape(groups, rows, channels);
    Shape one = new Shape(1, rows, channels);
    float[] values = Operation.random(rows, all, 1);
    float[] together = new Chain(CPU, channels).run(all, values, 0, groups, 0);
    int size = together.length / groups;
    for (int g = 0; g < groups; g++) {
      float[] alone = new Chain(CPU, channels).run(one, values, g * rows * channels, 1, g + 1);
      float[] among = Arrays.copyOfRange(together, g * size, (g + 1) * size);
      assertThat(alone).as("group %s", g).isEqualTo(among);
    }
  }

  static List<int[]> sizeList() {
    return List.of(
        new int[] {1, 8},
        new int[] {3, 40},
        new int[] {64, 256},
        new int[] {65, 56},
        new int[] {255, 24},
        new int[] {1000, 16},
        new int[] {2, 1000},
        new int[] {17, 136});
  }

  static List<Arguments> sizes() {
    return sizeList().stream().map(s -> Arguments.of(s[0], s[1])).toList();
  }

  @Test
  void memoryIsConstantOverManyRepetitions() throws Exception {
    Nd4jBackend backend = new Nd4jBackend();
    Linear layer = Operation.layer(backend, 1, 64, 64, true);
    try (Scope scope = backend.open(0)) {
      // A weight's panels are made at its first use.
      scope.linear(Operation.tensor(scope, 1, Shape.vector(64)), layer, Activation.NONE);
    }
    NativeUse idle = backend.nativeUse();
    long resident = resident();
    float[] values = new float[4 * 64 * 64];
    for (int i = 0; i < 10_000; i++) {
      try (Scope scope = backend.open(1 << 20)) {
        Tensor x = scope.upload(new Shape(4, 64, 64), values, 0);
        for (int j = 0; j < 3; j++) {
          try (Scope inner = scope.inner()) {
            inner.linear(inner.linear(x, layer, Activation.GELU), layer, Activation.NONE);
            Operation.tensor(inner, 1, new Shape(1, 1, 1 << 10));
          }
        }
      }
      assertThat(backend.nativeUse().now()).isEqualTo(idle.now());
    }
    assertThat(backend.nativeUse().peak() - idle.now()).isLessThanOrEqualTo(3L << 20);
    // The heap may have grown to its limit; 10,000 scopes of 2 MiB are 20 GiB.
    assertThat(resident() - resident).isLessThan(Runtime.getRuntime().maxMemory() + (500L << 20));
    backend.close();
    assertThat(backend.nativeUse().now()).isZero();
  }

  /** Bytes of this process in memory. */
  private static long resident() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm"));
    return Long.parseLong(pages.split(" ")[1]) * 4096;
  }

  @Test
  void extremeScoresAreNoNumberProblem() {
    for (float size : new float[] {1e4f, -1e4f, 1e-40f, 0, 1e18f}) {
      Operation operation =
          new Operation(
              "scores of " + size,
              Tolerance.roundings(4, 1),
              (backend, scope) ->
                  scope.attend(
                      scope.upload(Shape.vector(1), new float[] {1}, 0),
                      scope.upload(Shape.matrix(3, 1), new float[] {size, 0.5f * size, -size}, 0),
                      scope.upload(Shape.matrix(3, 1), new float[] {1, 0.5f, 0.25f}, 0),
                      new Attention(1, 1, FullyMasked.ZERO),
                      null));
      operation.tolerance().check(operation.name(), operation.on(CPU), operation.on(ORACLE));
    }
  }

  @Test
  void maskedKeysWeighNothing() {
    Operation operation =
        new Operation(
            "masked",
            Tolerance.exact(),
            (backend, scope) ->
                scope.attend(
                    scope.upload(Shape.vector(1), new float[] {1}, 0),
                    scope.upload(Shape.matrix(2, 1), new float[] {-1e4f, 1e4f}, 0),
                    scope.upload(Shape.matrix(2, 1), new float[] {3, 1e30f}, 0),
                    new Attention(1, 1, FullyMasked.ZERO),
                    new Mask(new boolean[] {true, false}, 1, 1, 2)));
    assertThat(operation.on(CPU)).containsExactly(3);
    assertThat(operation.on(SCALAR)).containsExactly(3);
  }

  @Test
  void innerScopesGiveBackWhatTheyHeld() {
    try (Nd4jBackend backend = new Nd4jBackend();
        Scope scope = backend.open(0)) {
      Tensor x = Operation.tensor(scope, 1, Shape.matrix(3, 4));
      float[] before = scope.values(x);
      Tensor sum;
      Tensor lost;
      try (Scope inner = scope.inner()) {
        lost = inner.add(x, x);
        sum = scope.add(x, lost);
      }
      long held = backend.nativeUse().now();
      try (Scope inner = scope.inner()) {
        Operation.tensor(inner, 2, Shape.matrix(300, 40));
      }
      assertThat(backend.nativeUse().now()).isEqualTo(held);
      assertThat(scope.values(x)).isEqualTo(before);
      assertThat(scope.values(sum)[0]).isEqualTo(before[0] + 2 * before[0]);
      assertThatThrownBy(() -> scope.add(x, lost))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Cannot use tensor [1, 3, 4]: its scope has been closed");
    }
  }

  @Test
  void refusesWhatIsNotItsOwn() {
    try (Scope scope = CPU.open(0)) {
      Tensor foreign = ORACLE.constant(Shape.vector(1), new float[1]);
      assertThatThrownBy(() -> scope.add(foreign, foreign))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Cannot use tensor [1, 1, 1]: it belongs to another backend than cpu");
      Tensor own = scope.upload(Shape.vector(1), new float[1], 0);
      assertThatThrownBy(() -> CPU.free(own))
          .hasMessage("Cannot free tensor [1, 1, 1]: it belongs to a scope");
      Tensor constant = CPU.constant(Shape.vector(1), new float[1]);
      CPU.free(constant);
      assertThatThrownBy(() -> scope.add(constant, own))
          .hasMessage("Cannot use tensor [1, 1, 1]: it has been freed");
      assertThatThrownBy(() -> scope.lookup(own, new int[] {1}))
          .hasMessage("Invalid index: 1 (a row of the table [1, 1, 1])");
    }
    assertThatThrownBy(() -> new Nd4jBackend(0)).hasMessage("Invalid threads: 0 (>= 1)");
    assertThatThrownBy(() -> CPU.constant(Shape.vector(2), new float[1]))
        .hasMessage("Invalid constant: 1 values (shape [1, 1, 2])");
  }

  @Test
  void saysWhatItRunsOn() {
    assertThat(CPU.name()).isEqualTo("cpu");
    assertThat(CPU.describe())
        .contains("ND4J 1.0.0-M2.1", "oneDNN 3.11.0", "1 thread per product", "vectors of");
    assertThat(SCALAR.describe()).contains("scalar rows (no jdk.incubator.vector)");
  }
}
