package tributary.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.Problems.Refused;
import tributary.model.ModalitySpec.Image.Order;
import tributary.models.ModelConfigs;
import tributary.tokenize.Morton;

class PositionsTest {
  private static final Positions FOURIER = new Positions(Positions.FOURIER, 32);

  private static final String ELASTIC =
      """
      {encoder: elastic, group_size: 16, fan_in: 2, embedding_channels: 6,
       levels: [{latents: 3, channels: 8, self_layers: 1, self_heads: 2}],
       merge: {latents: 3, channels: 8, self_layers: 0},
       fusion: {latents: 2, channels: 4, self_layers: 0}, embedding_dim: 5, %s
       modalities: [{name: text, kind: text},
                    {name: image, kind: image, canvas: 16, patch: 4, order: %s}]}
      """;

  private static final String HIP =
      """
      {encoder: hip, num_groups: [2, 1, 2], num_self_attends_per_block: [1, 1, 1],
       z_index_dim: [4, 6, 4], num_z_channels: [8, 12, 8], num_self_attend_heads: [2, 3, 1],
       num_embedding_channels: 6, %s
       modalities: [{name: image, length: 16, kind: image, canvas: 16, patch: 4, order: raster},
                    {name: audio, length: 9, channels: 2}]}
      """;

  private static ModelConfig config(String yaml, Object... options) {
    return ModelConfigs.parse(yaml.formatted(options), "test");
  }

  private static Model model(String yaml, Object... options) {
    return Initialization.random(config(yaml, options), 5);
  }

  @Test
  void theDefaultIsLearnedAndNotWritten() {
    ModelConfig plain = config(ELASTIC, "", "raster");
    ModelConfig learned = config(ELASTIC, "positions: learned,", "raster");
    assertThat(learned).isEqualTo(plain);
    assertThat(ModelJson.canonical(learned)).doesNotContain("position");
    assertThat(ModelJson.canonical(config(HIP, "positions: learned,")))
        .isEqualTo(ModelJson.canonical(config(HIP, "")))
        .doesNotContain("\"positions\"", "position_bands");
  }

  @Test
  void othersAreWrittenAndMakeAnotherModel() {
    for (String yaml : List.of(ELASTIC, HIP)) {
      ModelConfig fourier = config(yaml, "positions: fourier,", "raster");
      assertThat(ModelJson.canonical(fourier))
          .contains("\"positions\":\"fourier\",\"position_bands\":8");
      ModelConfig few = config(yaml, "positions: fourier, position_bands: 3,", "raster");
      ModelConfig none = config(yaml, "positions: none,", "raster");
      assertThat(ModelJson.canonical(none))
          .contains("\"positions\":\"none\"")
          .doesNotContain("bands");
      for (ModelConfig c : List.of(fourier, few, none)) {
        assertThat(ModelConfigs.stored(ModelJson.canonical(c), "again")).isEqualTo(c);
        assertThat(model(yaml, "", "raster").hash())
            .isNotEqualTo(Initialization.random(c, 5).hash());
      }
      assertThat(Initialization.random(few, 5).hash())
          .isNotEqualTo(Initialization.random(fourier, 5).hash());
    }
  }

  @Test
  void theWeightsAreATableOrAProjectionOrNone() {
    assertThat(positionWeights(config(ELASTIC, "", "raster")))
        .containsExactly("position.text.table [16, 6]", "position.image.table [16, 6]");
    // Text has one axis of 16 with 8 bands; the picture two of 4 with 2 bands each.
    assertThat(positionWeights(config(ELASTIC, "positions: fourier,", "raster")))
        .containsExactly(
            "position.text.projection.weight [6, 17]",
            "position.text.projection.bias [6]",
            "position.image.projection.weight [6, 10]",
            "position.image.projection.bias [6]");
    assertThat(positionWeights(config(ELASTIC, "positions: none,", "raster"))).isEmpty();
    assertThat(positionWeights(config(HIP, "label_modalities: [audio],")))
        .containsExactly(
            "position.image.table [16, 6]",
            "position.image.projection.weight [6, 6]",
            "position.audio.table [9, 8]");
    assertThat(positionWeights(config(HIP, "label_modalities: [audio], positions: fourier,")))
        .containsExactly(
            "position.image.projection.weight [6, 10]",
            "position.image.projection.bias [6]",
            "position.audio.projection.weight [8, 9]",
            "position.audio.projection.bias [8]");
    assertThat(positionWeights(config(HIP, "positions: none,"))).isEmpty();
  }

  private static List<String> positionWeights(ModelConfig config) {
    return WeightTable.of(config).shapes().entrySet().stream()
        .filter(e -> e.getKey().startsWith("position."))
        .map(e -> e.getKey() + " " + Arrays.toString(e.getValue()))
        .toList();
  }

  @ParameterizedTest(name = "{0} patches a side, {1}, groups of {2}")
  @CsvSource({
    "16, RASTER, 256, 16 16, 8",
    "16, RASTER, 64, 4 16, 8",
    "16, RASTER, 16, 1 16, 8",
    "16, RASTER, 40, 40, 20",
    "8, RASTER, 256, 32 8, 16",
    "7, RASTER, 49, 7 7, 3",
    "16, MORTON, 256, 16 16, 8",
    "16, MORTON, 64, 8 8, 4",
    "12, MORTON, 16, 4 4, 2",
    "8, MORTON, 256, 16 16, 8",
    "12, MORTON, 64, 64, 32",
    "12, MORTON, 36, 36, 18",
    "12, MORTON, 48, 48, 24",
    "16, MORTON, 1, 1, 1"
  })
  void groupsThatAreRectanglesOfThePictureHaveTwoAxes(
      int side, Order order, int groupSize, String grid, int bands) {
    PositionSpec spec = FOURIER.ofGroup(new ModalitySpec.Image(4 * side, 4, order), groupSize, 64);
    assertThat(spec.grid())
        .isEqualTo(List.of(grid.split(" ")).stream().map(Integer::valueOf).toList());
    assertThat(spec.bands()).isEqualTo(bands);
    assertThat(spec.places()).isEqualTo(groupSize);
    assertThat(spec.morton()).isEqualTo(order == Order.MORTON && spec.grid().size() == 2);
  }

  @ParameterizedTest(name = "{0} patches a side, {1}, groups of {2}")
  @CsvSource({
    "16, RASTER, 256, 16 16",
    "16, RASTER, 64, 4 16",
    "16, RASTER, 512, 2 16 16",
    "8, RASTER, 256, 4 8 8",
    "8, RASTER, 96, 96", // a layer and a half
    "16, RASTER, 48, 48", // three rows: the sixth group is in two layers
    "16, RASTER, 40, 40",
    "16, MORTON, 64, 8 8",
    "16, MORTON, 256, 16 16",
    "8, MORTON, 256, 256", // four layers, of which each is a square
    "12, MORTON, 64, 64"
  })
  void groupsThatAreLayersOfAVideoHaveThreeAxes(int side, Order order, int groupSize, String grid) {
    PositionSpec spec =
        FOURIER.ofGroup(new ModalitySpec.Video(4 * side, 4, 5, 2, order), groupSize, 64);
    assertThat(spec.grid())
        .isEqualTo(List.of(grid.split(" ")).stream().map(Integer::valueOf).toList());
    assertThat(spec.places()).isEqualTo(groupSize);
    assertThat(spec.morton()).isEqualTo(order == Order.MORTON && spec.grid().size() == 2);
  }

  @Test
  void aVideoOfFixedLengthHasThreeAxesWhereItIsWholeLayers() {
    ModalitySpec video = new ModalitySpec.Video(32, 4, 5, 2, Order.RASTER);
    assertThat(FOURIER.ofWhole(video, 192, 8, false).grid()).containsExactly(3, 8, 8);
    assertThat(FOURIER.ofWhole(video, 64, 8, false).grid()).containsExactly(8, 8);
    assertThat(FOURIER.ofWhole(video, 72, 8, false).grid()).containsExactly(72);
  }

  @Test
  void aModelOfVideosIsReadAsItIsWritten() {
    String video =
        ELASTIC.replace(
            "kind: image, canvas: 16, patch: 4, order: %s",
            "kind: video, canvas: 16, patch: 4, rate: 2.5, frames: 3, order: %s");
    ModelConfig config = config(video, "positions: fourier,", "morton");
    assertThat(config.modalities().get("image"))
        .isEqualTo(new ModalitySpec.Video(16, 4, 2.5, 3, Order.MORTON));
    assertThat(Objects.requireNonNull(config.modalities().get("image")).channels()).isEqualTo(144);
    assertThat(ModelConfigs.stored(ModelJson.canonical(config), "again")).isEqualTo(config);
    assertThatThrownBy(() -> config(video.replace("patch: 4", "patch: 5"), "", "raster"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("patch: 5 (divides canvas 16)");
    assertThatThrownBy(() -> config(video.replace("rate: 2.5", "rate: 0"), "", "raster"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("rate: 0");
  }

  /**
   * What two axes rest on: each group's patches are one square, in the order of the square alone.
   */
  @ParameterizedTest
  @CsvSource({"12, 4", "16, 8", "24, 8", "12, 2"})
  void aRunOfTheZOrderIsASquareInZOrder(int side, int root) {
    int[] order = Morton.grid(side, side);
    int[] square = Morton.grid(root, root);
    int n = root * root;
    for (int first = 0; first < order.length; first += n) {
      int corner = order[first];
      for (int i = 0; i < n; i++) {
        int place = corner + square[i] / root * side + square[i] % root;
        assertThat(order[first + i]).as("token %d", first + i).isEqualTo(place);
      }
    }
  }

  @Test
  void aModalityOfFixedLengthHasTwoAxesWhereItIsOnePicture() {
    ModalitySpec raster = new ModalitySpec.Image(32, 4, Order.RASTER);
    ModalitySpec morton = new ModalitySpec.Image(24, 4, Order.MORTON);
    assertThat(FOURIER.ofWhole(raster, 64, 8, false).grid()).containsExactly(8, 8);
    assertThat(FOURIER.ofWhole(raster, 63, 8, false).grid()).containsExactly(63);
    assertThat(FOURIER.ofWhole(morton, 36, 8, false))
        .isEqualTo(new PositionSpec("fourier", 3, List.of(6, 6), true, 8, true));
    assertThat(FOURIER.ofWhole(new ModalitySpec.Pixels(28, 32), 784, 8, false).grid())
        .containsExactly(28, 28);
    assertThat(FOURIER.ofWhole(new ModalitySpec.Text(), 64, 8, false).grid()).containsExactly(64);
    assertThat(new Positions(Positions.NONE, 0).ofWhole(raster, 64, 8, true).projected()).isFalse();
  }

  @Test
  void positionsOfOneModelGoToAnotherOfTheSamePlaces() {
    Model from = model(ELASTIC, "", "raster");
    ModelConfig wider =
        config(ELASTIC.replace("embedding_dim: 5", "embedding_dim: 9"), "", "raster");
    Map<String, Weight> found = Positions.transfer(from, wider);
    assertThat(found).containsOnlyKeys("position.text.table", "position.image.table");
    found.forEach((name, w) -> assertThat(w).isSameAs(from.weight(name)));
    Model fourier = model(ELASTIC, "positions: fourier,", "morton");
    assertThat(Positions.transfer(fourier, fourier.config()))
        .containsOnlyKeys(positionNames(fourier.config()));
  }

  private static String[] positionNames(ModelConfig config) {
    return WeightTable.of(config).shapes().keySet().stream()
        .filter(n -> n.startsWith("position."))
        .toArray(String[]::new);
  }

  /** The pretraining's hip projects its table, the elastic model takes what comes out. */
  @Test
  void aProjectedTableBecomesATable() {
    Model hip = model(HIP, "");
    ModelConfig elastic = config(ELASTIC, "", "raster");
    Map<String, Weight> found = Positions.transfer(hip, elastic);
    assertThat(found).containsOnlyKeys("position.image.table"); // text is not in the other model
    Weight codes = Objects.requireNonNull(found.get("position.image.table"));
    assertThat(codes.shape()).containsExactly(16, 6);
    float[] table = hip.weight("position.image.table").values();
    float[] w = hip.weight("position.image.projection.weight").values();
    for (int place : new int[] {0, 7, 15}) {
      for (int c = 0; c < 6; c++) {
        double sum = 0;
        for (int k = 0; k < 6; k++) {
          sum += table[place * 6 + k] * w[c * 6 + k];
        }
        assertThat((double) codes.values()[place * 6 + c]).isCloseTo(sum, within(1e-6));
      }
    }
    Map<String, Weight> plain =
        Positions.transfer(model(HIP, "position_projection: false,"), elastic);
    assertThat(plain).containsOnlyKeys("position.image.table");
  }

  @Test
  void whatDoesNotFitIsRefusedWithBothSides() {
    Model raster = model(ELASTIC, "", "raster");
    refuses(
        raster,
        config(ELASTIC, "", "morton"),
        "Invalid position.image: learned, places [4, 4], 6 channels"
            + " (the other model: learned, places [4, 4] in Z-order, 6 channels)");
    refuses(
        raster,
        config(ELASTIC.replace("group_size: 16", "group_size: 12"), "", "raster"),
        "Invalid position.text: learned, places [16], 6 channels"
            + " (the other model: learned, places [12], 6 channels)",
        "Invalid position.image: learned, places [4, 4], 6 channels"
            + " (the other model: learned, places [3, 4], 6 channels)");
    refuses(
        raster,
        config(HIP, "positions: fourier,"),
        "Invalid position.image: learned, places [4, 4], 6 channels"
            + " (the other model: fourier of 2 bands, places [4, 4], 6 channels)");
    refuses(
        raster,
        config(HIP, ""),
        "Invalid position.image: learned, places [4, 4], 6 channels"
            + " (the other model: learned, places [4, 4], 6 channels, projected)");
    refuses(
        model(HIP, "positions: none,"),
        config(ELASTIC, "", "raster"),
        "Invalid position.image: none, places [4, 4], 6 channels"
            + " (the other model: learned, places [4, 4], 6 channels)");
    refuses(
        model(HIP, "positions: none,"),
        config(HIP, "positions: none,"),
        "Invalid positions of the modalities [image, audio]: none for another model"
            + " (position weights of one of its modalities [image, audio])");
  }

  private static void refuses(Model from, ModelConfig to, String... messages) {
    assertThatThrownBy(() -> Positions.transfer(from, to))
        .isInstanceOf(Refused.class)
        .hasMessage(String.join(System.lineSeparator(), messages));
  }
}
