package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.profiler.OpProfiler;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.SelfCheck;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/**
 * The CUDA path on the device that ND4J has here, its CPU. That it agrees with the oracle,
 * operation by operation, is in {@link Nd4jBackendTest}.
 */
class ArrayBackendTest {
  private static final Backend ORACLE = new JavaBackend();
  private static final ArrayBackend ARRAYS = new ArrayBackend(0, 1);

  @AfterAll
  static void close() {
    ARRAYS.close();
    assertThat(ARRAYS.nativeUse().now()).isZero();
  }

  @Test
  void provesItself() {
    try (ArrayBackend backend = new ArrayBackend(0, 1)) {
      SelfCheck.prove(backend);
      assertThat(backend.nativeUse().now()).isZero();
    }
  }

  static List<Arguments> sizes() {
    return Nd4jBackendTest.sizes();
  }

  /**
   * What holds of the law: a group's values are those it has alone up to rounding, for a product of
   * more rows may add in another order.
   */
  @ParameterizedTest
  @MethodSource("sizes")
  void groupAloneIsGroupAmongOthersUpToRounding(int rows, int channels) {
    int groups = 5;
    float[] values = Operation.random(rows, new Shape(groups, rows, channels), 1);
    float[] together =
        new Chain(ARRAYS, channels).run(new Shape(groups, rows, channels), values, 0, groups, 0);
    int size = together.length / groups;
    for (int g = 0; g < groups; g++) {
      float[] alone =
          new Chain(ARRAYS, channels)
              .run(new Shape(1, rows, channels), values, g * rows * channels, 1, g + 1);
      float[] among = Arrays.copyOfRange(together, g * size, (g + 1) * size);
      Tolerance.sum(channels + rows, 16 / Math.sqrt(channels)).check("group " + g, alone, among);
    }
  }

  /** What {@link CudaTest} does on a GPU. */
  @Test
  void checksOfADevice() throws Exception {
    DeviceChecks.agreesWithTheOracleTwice(ARRAYS);
    DeviceChecks.sameBitsInEveryThread(ARRAYS, 3);
    DeviceChecks.goldenCasesAgree(ARRAYS);
    ARRAYS.close();
  }

  /** As many calls of ND4J for 16 groups of 8 heads as for two of one. */
  @Test
  void noLoopOverGroupsOrHeads() {
    assertThat(calls(16, 8)).isEqualTo(calls(2, 1)).isBetween(20L, 60L);
  }

  private static long calls(int groups, int heads) {
    Linear layer = Operation.layer(ARRAYS, 1, 16, 16, true);
    Nd4j.getExecutioner().setProfilingMode(OpExecutioner.ProfilingMode.ALL);
    OpProfiler.getInstance().reset();
    try (Scope scope = ARRAYS.open(0)) {
      Tensor x = Operation.tensor(scope, 1, new Shape(groups, 9, 16));
      Tensor y = scope.linear(x, layer, Activation.GELU);
      y = scope.normalize(y, Operation.norm(ARRAYS, 2, 16));
      y =
          scope.attendTo(
              Operation.tensor(scope, 3, new Shape(1, 4, 16)),
              y,
              layer,
              layer,
              new Attention(heads, 1, FullyMasked.ZERO),
              Operation.mask(1, groups, 1, 9),
              Operation.weights(2, groups, 9));
      scope.meanRows(scope.linearPlus(y, layer, y));
      return OpProfiler.getInstance().getInvocationsCount();
    } finally {
      Nd4j.getExecutioner().setProfilingMode(OpExecutioner.ProfilingMode.DISABLED);
    }
  }

  /** The product follows from the group alone, the transfer from what is free for a task. */
  @ParameterizedTest(name = "groups of {0} KiB, {1} MiB free, {2} tasks: {3}, {4}")
  @CsvSource({
    "8192, 128, 1, 8, 8",
    "8192, 255, 1, 8, 8",
    "8192, 256, 1, 8, 16",
    "8192, 81920, 1, 8, 1024",
    "8192, 81920, 4, 8, 1024",
    "8192, 8192, 4, 8, 128",
    "6000, 8192, 1, 8, 512",
    "65536, 128, 1, 1, 1",
    "200000, 1000, 1, 1, 2",
    "1, 1000, 1, 64, 1024",
    "0, 1, 1, 64, 1024",
  })
  void productsFollowFromTheGroupTransfersFromTheMemory(
      long kibibytes, long free, int tasks, int product, int transfer) {
    try (ArrayBackend backend = new ArrayBackend(0, tasks, free << 20)) {
      assertThat(backend.cut(kibibytes << 10, 1)).isEqualTo(new Backend.Cut(product, transfer));
      assertThat(backend.describe())
          .contains(", " + free + " MiB free for " + tasks + (tasks == 1 ? " task" : " tasks"));
    }
  }

  @Test
  void refusesAGroupThatDoesNotFit() {
    try (ArrayBackend backend = new ArrayBackend(0, 4, 256L << 20)) {
      assertThatThrownBy(() -> backend.cut(8L << 20, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "Cannot compute 8 groups of 8.0 MiB: a task's share of device 0 is 32.0 MiB (half of"
                  + " 256.0 MiB free, 4 tasks; give a task more of the GPU)");
    }
    assertThatThrownBy(() -> new Backend.Cut(4, 6))
        .hasMessage(
            "Invalid cut: transfers of 6 groups (a multiple of the product's 4, both at least 1)");
  }

  /** Groups in products of four have the bits they have in a call of four. */
  @ParameterizedTest
  @MethodSource("sizes")
  void productsInATransferHaveTheirOwnBits(int rows, int channels) {
    Shape all = new Shape(12, rows, channels);
    float[] values = Operation.random(rows, all, 1);
    Chain chain = new Chain(ARRAYS, channels);
    float[] together = chain.run(all, values, 0, 12, 0, 4);
    int size = together.length / 12;
    for (int g = 0; g < 12; g += 4) {
      float[] four =
          chain.run(new Shape(4, rows, channels), values, g * rows * channels, 4, g + 1, 4);
      assertThat(four)
          .as("groups from %s", g)
          .isEqualTo(Arrays.copyOfRange(together, g * size, (g + 4) * size));
    }
  }

  @Test
  void memoryIsGivenBack() {
    List<Operation> operations =
        List.of(
            Operation.linear(5, 8, 13, true, Activation.GELU),
            Operation.attend(5, 65, 2, 8, 1, Operation.mask(1, 2, 5, 65)),
            Operation.moves(7, 3));
    try (ArrayBackend backend = new ArrayBackend(0, 1)) {
      operations.forEach(o -> o.on(backend));
      backend.close();
      long before = backend.nativeUse().peak();
      for (int i = 0; i < 1000; i++) {
        operations.forEach(o -> o.on(backend));
        backend.close();
        assertThat(backend.nativeUse().now()).isZero();
      }
      assertThat(backend.nativeUse().peak()).isEqualTo(before);
    }
  }

  @Test
  void refusesWhatIsNotItsOwn() {
    assertThatThrownBy(() -> new ArrayBackend(7, 1)).hasMessage("Invalid device: 7 (ND4J sees 1)");
    try (Scope scope = ARRAYS.open(0)) {
      Tensor foreign = ORACLE.constant(Shape.vector(1), new float[1]);
      assertThatThrownBy(() -> scope.add(foreign, foreign))
          .hasMessage("Cannot use tensor [1, 1, 1]: it belongs to another backend than arrays");
      Tensor own = scope.upload(Shape.vector(1), new float[1], 0);
      assertThatThrownBy(() -> ARRAYS.free(own))
          .hasMessage("Cannot free tensor [1, 1, 1]: it belongs to a scope");
      Tensor constant = ARRAYS.constant(Shape.vector(1), new float[1]);
      ARRAYS.free(constant);
      assertThatThrownBy(() -> scope.add(constant, own))
          .hasMessage("Cannot use tensor [1, 1, 1]: it has been freed");
      Scope inner = scope.inner();
      Tensor lost = inner.add(own, own);
      inner.close();
      assertThatThrownBy(() -> scope.add(own, lost))
          .hasMessage("Cannot use tensor [1, 1, 1]: its scope has been closed");
    }
    assertThatThrownBy(() -> ARRAYS.constant(Shape.vector(2), new float[1]))
        .hasMessage("Invalid constant: 1 values (shape [1, 1, 2])");
  }
}
