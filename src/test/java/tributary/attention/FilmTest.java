package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tributary.model.Weight;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

class FilmTest {
  @Test
  void aGeneratorOfZerosChangesNothing() {
    FormFixture f = new FormFixture(1);
    f.weights.put("film.generator.weight", new Weight(new long[] {6, 2}, new float[12]));
    f.onEveryBackend(
        (weights, scope) -> {
          Film film = Film.of(weights, "film");
          Tensor x = f.upload(scope, 2, 4, 3);
          Tensor y = film.apply(scope, x, f.upload(scope, 2, 1, 2));
          assertThat(scope.values(y)).isEqualTo(scope.values(x));
          assertThat(film.channels()).isEqualTo(3);
        });
  }

  @Test
  void firstHalfScalesSecondHalfShifts() {
    FormFixture f = new FormFixture(1);
    float[] identity = {1, 0, 0, 1};
    f.weights.put("generator.weight", new Weight(new long[] {2, 2}, identity));
    f.onEveryBackend(
        (weights, scope) -> {
          Tensor x = scope.upload(new Shape(2, 1, 1), new float[] {10, 100}, 0);
          Tensor own = scope.upload(new Shape(2, 1, 2), new float[] {1, 5, 2, 7}, 0);
          Film film = Film.of(weights, "");
          assertThat(scope.values(film.apply(scope, x, own))).containsExactly(25, 307);
          Tensor same = scope.groups(own, 0, 1);
          assertThat(scope.values(film.apply(scope, x, same))).containsExactly(25, 205);
        });
  }

  @Test
  void noRowsStayNoRows() {
    FormFixture f = new FormFixture(1).linear("generator", 2, 6);
    f.onEveryBackend(
        (weights, scope) -> {
          Tensor y =
              Film.of(weights, "").apply(scope, f.upload(scope, 2, 0, 3), f.upload(scope, 1, 1, 2));
          assertThat(y.shape()).isEqualTo(new Shape(2, 0, 3));
        });
  }

  @Test
  void whatDoesNotFitIsRefused() {
    FormFixture f = new FormFixture(1).linear("odd.generator", 2, 5).linear("generator", 2, 6);
    f.onEveryBackend(
        (weights, scope) -> {
          assertThatThrownBy(() -> Film.of(weights, "odd"))
              .hasMessage("Invalid generator: 5 outputs (even: as many scales as shifts)");
          assertThatThrownBy(() -> Film.of(weights, "absent"))
              .hasMessage("Invalid weight: absent.generator.weight (one of the model's)");
          Film film = Film.of(weights, "");
          Tensor x = f.upload(scope, 2, 4, 3);
          for (Shape s : Arrays.asList(new Shape(2, 3, 2), new Shape(3, 1, 2))) {
            Tensor condition = f.upload(scope, s.groups(), s.rows(), s.channels());
            assertThatThrownBy(() -> film.apply(scope, x, condition))
                .hasMessage(
                    "Invalid condition: "
                        + s
                        + " (one row for each group of x [2, 4, 3], or one for all)");
          }
          Tensor wide = f.upload(scope, 2, 4, 5);
          assertThatThrownBy(() -> film.apply(scope, wide, f.upload(scope, 2, 1, 2)))
              .hasMessage("Invalid x: [2, 4, 5] (the generator modulates 3 channels)");
        });
  }
}
