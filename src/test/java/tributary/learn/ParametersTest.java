package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems.Refused;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.Weight;
import tributary.model.WeightTable;
import tributary.models.ModelConfigs;

class ParametersTest {
  private static final Map<String, Weight> WEIGHTS =
      Map.of(
          "b.bias", new Weight(new long[] {2}, new float[] {7, 8}),
          "a.weight", new Weight(new long[] {2, 3}, new float[] {1, 2, 3, 4, 5, 6}),
          "c", new Weight(new long[] {}, new float[] {9}));

  @Test
  void namesAscendWithoutGaps() {
    Parameters parameters = Parameters.ofWeights(WEIGHTS);
    assertThat(parameters.size()).isEqualTo(9);
    assertThat(parameters.tensors().stream().map(Parameters.Tensor::name))
        .containsExactly("a.weight", "b.bias", "c");
    assertThat(parameters.tensors().stream().map(Parameters.Tensor::offset))
        .containsExactly(0, 6, 8);
    assertThat(parameters.pack(WEIGHTS)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void aModelComesBackBitByBit() {
    Model model =
        Initialization.random(ModelConfigs.read(Path.of("src/test/resources/models/tiny.yaml")), 3);
    Parameters parameters = Parameters.of(WeightTable.of(model.config()).shapes());
    assertThat(parameters.size()).isEqualTo(WeightTable.of(model.config()).parameters());
    Map<String, Weight> back = parameters.unpack(parameters.pack(model.weights()));
    assertThat(back.keySet()).containsExactlyInAnyOrderElementsOf(model.weights().keySet());
    model
        .weights()
        .forEach(
            (name, w) -> {
              assertThat(Named.at(back, name).values()).as(name).isEqualTo(w.values());
              assertThat(Named.at(back, name).shape()).as(name).isEqualTo(w.shape());
            });
  }

  @Test
  void whatComesBackIsACopy() {
    Parameters parameters = Parameters.ofWeights(WEIGHTS);
    float[] flat = parameters.pack(WEIGHTS);
    Named.at(parameters.unpack(flat), "c").values()[0] = 0;
    assertThat(flat[8]).isEqualTo(9);
  }

  @ParameterizedTest
  @CsvSource({
    "levels.0.cross.attention.query.weight, 2, true",
    "levels.0.cross.attention.query.bias, 1, false",
    "levels.0.cross.mlp_norm.weight, 1, false",
    "head.weight, 2, true",
    "unembed.text.weight, 2, true",
    "position.text.projection.weight, 2, true",
    "position.text.table, 2, false",
    "embed.text.table, 2, false",
    "embed.image.weight, 2, true",
    "modality.text, 1, false",
    "levels.0.latents, 2, false",
    "merge.slots, 2, false",
    "fusion.self.0.attention.memory.key, 3, false",
    "fusion.cross.attention.null.value, 2, false",
    "embeddings.position_embeddings.weight, 2, false",
    "output.queries, 2, false",
  })
  void onlyMatricesOfLinearLayersDecay(String name, int axes, boolean decays) {
    long[] shape = Stream.generate(() -> 4L).limit(axes).mapToLong(n -> n).toArray();
    assertThat(Parameters.decays(name, shape)).isEqualTo(decays);
    assertThat(Parameters.of(Map.of(name, shape)).tensors().get(0).decays()).isEqualTo(decays);
  }

  @Test
  void ofADefaultModelBothKindsAreThere() {
    var config = ModelConfigs.read(Path.of("conf/models/elastic.yaml"));
    Map<Boolean, List<String>> names =
        Parameters.of(WeightTable.of(config).shapes()).tensors().stream()
            .collect(
                Collectors.partitioningBy(
                    Parameters.Tensor::decays,
                    Collectors.mapping(Parameters.Tensor::name, Collectors.toList())));
    assertThat(names.get(true)).isNotEmpty().allMatch(n -> n.endsWith(".weight"));
    assertThat(names.get(true)).noneMatch(n -> n.contains("norm"));
    assertThat(names.get(false)).contains("levels.0.latents", "merge.slots");
  }

  @Test
  void whatDoesNotFitIsListed() {
    Parameters parameters = Parameters.ofWeights(WEIGHTS);
    Map<String, Weight> other =
        Map.of(
            "a.weight", new Weight(new long[] {3, 2}, new float[6]),
            "b.bias", new Weight(new long[] {2}, new float[2]),
            "d", new Weight(new long[] {1}, new float[1]));
    assertThatThrownBy(() -> parameters.pack(other))
        .isInstanceOf(Refused.class)
        .extracting(e -> ((Refused) e).problems())
        .isEqualTo(
            List.of(
                "Invalid weights: a.weight [3, 2] (shape [2, 3])",
                "Invalid weights: c is missing (shape [])",
                "Invalid weights: d (not of this model)"));
    assertThatThrownBy(() -> parameters.unpack(new float[8]))
        .hasMessage("Invalid vector: 8 values (parameters: 9)");
    assertThatThrownBy(() -> Parameters.of(Map.of("a", new long[] {1 << 16, 1 << 16})))
        .hasMessage("Invalid parameters: 4294967296 (less than 2^31 values)");
  }

  @Test
  void noneIsALayout() {
    Parameters none = Parameters.of(Map.of());
    assertThat(none.unpack(none.pack(Map.of()))).isEmpty();
  }
}
