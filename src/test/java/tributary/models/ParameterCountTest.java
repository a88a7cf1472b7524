package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.model.WeightTable;
import tributary.models.hip.HipConfig;

/**
 * The official counts are of one model on two data sets, image + label and audio + label; the
 * position projections belong to the order of a modality within its data set, so two data sets of
 * two modalities share two of them where we have four. With labels at the processor, a data set has
 * one modality that is encoded, and the two share one projection where we have two.
 */
class ParameterCountTest {
  private static final String NONE = "";
  private static final String BOTH = "label_modalities: [imagenet_label, audioset_label]";

  private static long official(String preset, String labels) {
    HipConfig config =
        (HipConfig)
            ModelConfigs.parse(
                """
                encoder: hip
                preset: %s
                %s
                modalities:
                  - {name: image, length: 1024, channels: 3}
                  - {name: imagenet_label, length: 32, channels: 1}
                  - {name: audio, length: 128, channels: 16}
                  - {name: audioset_label, length: 16, channels: 16}
                """
                    .formatted(preset, labels),
                preset);
    long e = config.numEmbeddingChannels();
    long shared = config.encodedModalities().size() / 2;
    return WeightTable.of(config).parameters() - shared * e * e;
  }

  @ParameterizedTest
  @CsvSource({"mini, 18709668", "16, 99224996", "256, 95585188"})
  void presetsHaveTheOfficialNumberOfParameters(String preset, long parameters) {
    assertThat(official(preset, NONE)).isEqualTo(parameters);
  }

  /** Two labels of the six that the published test names are in its data. */
  @Test
  void miniWithClassBottleneckHasTheOfficialNumber() {
    assertThat(official("mini", BOTH)).isEqualTo(21_114_788);
  }

  @Test
  void theImageModelOfPerceiverIoHasThePublishedNumber() {
    assertThat(
            WeightTable.of(ModelConfigs.read(Path.of("conf/models/vision-perceiver.yaml")))
                .parameters())
        .isEqualTo(48_440_627);
  }

  @Test
  void hip16x3HasTheOfficialNumberInMillions() {
    assertThat(official("16x3", NONE) / 1e6).isCloseTo(233.2, within(0.05));
  }
}
