package tributary.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TapeTest {
  private final JavaBackend backend = new JavaBackend();

  @Test
  void gradientsOfOneLayerAreTheProductsByHand() {
    Tensor weight = backend.constant(Shape.matrix(1, 2), new float[] {3, 5});
    Tensor bias = backend.constant(Shape.vector(1), new float[] {1});
    try (Scope scope = backend.open(0)) {
      Tape tape = new Tape(scope, List.of(weight, bias));
      Tensor x = tape.upload(new Shape(2, 1, 2), new float[] {1, 2, 4, 8}, 0);
      Tensor y = tape.linear(x, new Linear(weight, bias), Activation.SQUARED_RELU);
      assertThat(tape.read(y)).containsExactly(196, 53 * 53);

      tape.seed(y, new float[] {1, 10});
      tape.backward();

      float first = 2 * 14;
      float second = 10 * 2 * 53;
      assertThat(tape.gradient(weight)).containsExactly(first + 4 * second, 2 * first + 8 * second);
      assertThat(tape.gradient(bias)).containsExactly(first + second);
    }
  }

  @Test
  void whatIsUsedTwiceGetsBothGradients() {
    Tensor weight = backend.constant(Shape.matrix(2, 1), new float[] {3, 5});
    try (Scope scope = backend.open(0)) {
      Tape tape = new Tape(scope, List.of(weight));
      Tensor rows = tape.lookup(weight, new int[] {1, 0, 1});
      Tensor y = tape.add(tape.add(rows, rows), tape.rows(rows, 0, 1));
      tape.seed(y, new float[] {1, 10, 100});
      tape.backward();
      // Row 0 of the lookup also goes to all three rows of y.
      assertThat(tape.gradient(weight)).containsExactly(20, 2 + 200 + 111);
    }
  }

  @Test
  void whatIsNotLearntHasNoGradientAndWhatIsDoesNotLeaveByTheHeap() {
    Tensor weight = backend.constant(Shape.vector(1), new float[] {3});
    Tensor other = backend.constant(Shape.vector(1), new float[] {3});
    try (Scope scope = backend.open(0)) {
      Tape tape = new Tape(scope, List.of(weight));
      Tensor y = tape.add(weight, other);
      tape.seed(y, new float[] {7});
      tape.backward();
      assertThat(tape.gradient(weight)).containsExactly(7);
      assertThat(tape.gradient(other)).containsExactly(0);
      assertThat(tape.values(other)).containsExactly(3);
      assertThatThrownBy(() -> tape.values(y))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Cannot copy tensor [1, 1, 1] out of a tape: its gradient would be lost");
      assertThatThrownBy(tape::backward)
          .hasMessage("Cannot go back: this tape has gone back already");
    }
  }
}
