package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tributary.model.Costs;
import tributary.model.Costs.Level;

class CostsTest {
  @Test
  void oneLevelByHand() {
    Level leaf = Costs.of(ModelConfigs.read(Path.of("conf/models/elastic.yaml"))).get(0);
    // 256 tokens of 64 channels, 32 latents of 128, one self-attention layer, widening 1 and 4.
    long cross = 256 * 64 * 128 + 32 * 256 * 128 + 32 * 64 * 128 + 2 * 32 * 128 * 128;
    long self = 4 * 32 * 128 * 128 + 32 * 32 * 256 + 2 * 32 * 128 * 128 * 4;
    assertThat(leaf.operations()).isEqualTo(cross + self);
    assertThat(leaf.perToken()).isEqualTo((cross + self) / 256.0);
    assertThat(leaf.bytes()).isEqualTo(4 * (256 * 4 * 64 + 4 * 32 * 128 + 32 * 128 * 4));
  }

  /** architectures: its 18-layer level is 63 % of HiP-16's 25.8 G multiply-adds, for any input. */
  @Test
  void theLargestLevelOfHip16HasItsKnownCost() {
    Level level =
        Costs.of(
                ModelConfigs.parse(
                    "encoder: hip\npreset: 16\nmodalities: [{name: x, length: 50176, channels: 3}]",
                    "x"))
            .get(2);
    assertThat(level.operations() / 25.8e9).isCloseTo(0.63, within(0.01));
  }

  /** BERT-base of 512 tokens has 109,482,240 parameters and 96.6 GMAC in its layers. */
  @Test
  void bertsLevelsAreItsEmbeddingsLayersAndPooler() {
    String yaml =
        "{encoder: bert, vocabulary: 30522, positions: 512, types: 2, hidden: 768, layers: 12,"
            + " heads: 12, intermediate: 3072, pooler: true}";
    List<Level> levels = Costs.of(ModelConfigs.parse(yaml, "x"));
    assertThat(levels).extracting(Level::name).containsExactly("embeddings", "layers", "pooler");
    assertThat(levels)
        .extracting(Level::parameters)
        .containsExactly(23_837_184L, 85_054_464L, 590_592L);
    long token = 12 * (4 * 768 * 768 + 2 * 512 * 768 + 2 * 768 * 3072L);
    assertThat(levels.get(1).perToken()).isEqualTo(token);
    assertThat(levels.get(1).operations()).isEqualTo(512 * token);
    assertThat(levels.get(1).bytes()).isEqualTo(4L * 512 * (6 * 768 + 3072));
    assertThat(levels.get(2).operations()).isEqualTo(768 * 768L);
  }

  @Test
  void bertsCrossAttentionCostsAsMuchAsItsSelfAttention() {
    String yaml =
        "{encoder: bert, vocabulary: 9, positions: 5, types: 1, hidden: 4, layers: 3, heads: 2,"
            + " intermediate: 6, cross_attention: %s}";
    Level plain = Costs.of(ModelConfigs.parse(yaml.formatted(false), "x")).get(1);
    Level cross = Costs.of(ModelConfigs.parse(yaml.formatted(true), "x")).get(1);
    assertThat(cross.operations() - plain.operations()).isEqualTo(3 * (4 * 5 * 16 + 2 * 25 * 4L));
  }

  @Test
  void labelsOfHipCostAtTheProcessorAlone() {
    String yaml =
        "encoder: hip\npreset: mini\nlabel_modalities: [y]\nmodalities: [{name: x, length: 160,"
            + " channels: 3}, {name: y, length: 7, channels: 2}]";
    List<Level> levels = Costs.of(ModelConfigs.parse(yaml, "x"));
    assertThat(levels).extracting(Level::inputs).containsExactly(10L, 16 * 128 + 7L);
    assertThat(levels).extracting(Level::parameters).doesNotContain(0L);
  }

  @Test
  void deeperLevelsOfTheElasticModelCostATokenLess() {
    List<Level> levels = Costs.of(ModelConfigs.read(Path.of("conf/models/elastic.yaml")));
    for (int i = 1; i < levels.size(); i++) {
      assertThat(levels.get(i).perToken()).isLessThan(levels.get(i - 1).perToken());
    }
  }
}
