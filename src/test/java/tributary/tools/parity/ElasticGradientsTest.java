package tributary.tools.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;

class ElasticGradientsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "elastic",
        "elastic_missing_modality",
        "elastic_proportional",
        "elastic_proportional_hidden"
      })
  void gradientsAreTheGoldenOnes(String name) {
    GoldenCase golden = new GoldenCase(Path.of("src/test/resources/golden", name + ".safetensors"));
    Map<String, Weight> expected = golden.gradients();
    assertThat(expected).isNotEmpty();
    try (Backend backend = new JavaBackend()) {
      Map<String, float[]> found = ElasticCase.gradients(golden, backend);
      assertThat(found.keySet()).containsAll(expected.keySet());
      expected.forEach(
          (weight, gradient) ->
              assertThat(Difference.ofLargest(found.get(weight), gradient.values()))
                  .as(weight)
                  .isLessThanOrEqualTo(10 * golden.tolerance()));
    }
  }
}
