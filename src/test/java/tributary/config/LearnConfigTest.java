package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The section learn: every key arrives where it belongs, what can't be is refused. */
class LearnConfigTest {
  private static final String LEAST =
      """
      input: {format: parquet, path: in}
      modalities: {text: caption}
      output: {path: out}
      """;

  @TempDir Path folder;

  private JobConfigs.Loaded load(String... sets) throws IOException {
    Path file = folder.resolve("job.yaml");
    Files.writeString(file, LEAST);
    return JobConfigs.load(file, Map.of(), Map.of(), List.of(sets));
  }

  /** Key, a value for it, where it arrives, what arrives. */
  static Stream<Arguments> effects() {
    return Stream.of(
        effect("learn.epochs", "0.5", LearnConfig::epochs, 0.5),
        effect("learn.steps", "7", LearnConfig::steps, 7L),
        effect("learn.batch", "9", LearnConfig::batch, 9),
        effect("learn.shards", "4", LearnConfig::shards, 4),
        effect("learn.tasks", "2", LearnConfig::tasks, 2),
        effect("learn.seed", "-3", LearnConfig::seed, -3L),
        effect("learn.validation", "split = 'x'", LearnConfig::validation, "split = 'x'"),
        effect("learn.label", "kind", LearnConfig::label, "kind"),
        effect("learn.tokens-per-record", "99", LearnConfig::tokensPerRecord, 99L),
        effect("learn.recompute", "true", LearnConfig::recompute, true),
        effect("learn.keep-decoder", "true", LearnConfig::keepDecoder, true),
        effect("learn.positions-from", "m", LearnConfig::positionsFrom, "m"),
        effect("learn.objectives.masked", "2", c -> c.objectives().masked(), 2.0),
        effect(
            "learn.objectives.fused-contrastive",
            "0.5",
            c -> c.objectives().fusedContrastive(),
            0.5),
        effect(
            "learn.objectives.modalities-contrastive",
            "0.5",
            c -> c.objectives().modalitiesContrastive(),
            0.5),
        effect("learn.objectives.classification", "0", c -> c.objectives().classification(), 0.0),
        effect("learn.classification.view-from", "0.5", c -> c.classification().from(), 0.5),
        effect("learn.classification.view-to", "1", c -> c.classification().to(), 1.0),
        effect("learn.classification.jitter", "0.1", c -> c.classification().jitter(), 0.1),
        effect("learn.classification.smoothing", "0.2", c -> c.classification().smoothing(), 0.2),
        effect("learn.masked.visible", "0.5", c -> c.masked().visible(), 0.5),
        effect("learn.masked.alpha", "3", c -> c.masked().alpha(), 3.0),
        effect("learn.masked.run", "16", c -> c.masked().run(), 16),
        effect("learn.masked.normalize", "false", c -> c.masked().normalize(), false),
        effect("learn.contrast.temperature", "0.2", c -> c.contrast().temperature(), 0.2),
        effect("learn.contrast.view-from", "0.2", c -> c.contrast().from(), 0.2),
        effect("learn.contrast.view-to", "1", c -> c.contrast().to(), 1.0),
        effect("learn.contrast.jitter", "0.1", c -> c.contrast().jitter(), 0.1),
        effect("learn.contrast.hidden", "8", c -> c.contrast().hidden(), 8),
        effect("learn.contrast.dim", "8", c -> c.contrast().dim(), 8),
        effect("learn.dropout.longest", "0.9", c -> c.dropout().longest(), 0.9),
        effect("learn.dropout.others", "0", c -> c.dropout().others(), 0.0),
        effect("learn.dropout.named.text", "0.7", c -> c.dropout().named(), Map.of("text", 0.7)),
        effect("learn.optimiser.name", "lamb", c -> c.optimiser().name(), "lamb"),
        effect("learn.optimiser.rate", "0.002", c -> c.optimiser().rate(), 0.002),
        effect(
            "learn.optimiser.schedule",
            "flat-cosine",
            c -> c.optimiser().schedule(),
            "flat-cosine"),
        effect("learn.optimiser.warm-up", "0", c -> c.optimiser().warmUp(), 0L),
        effect("learn.optimiser.floor", "0.1", c -> c.optimiser().floor(), 0.1),
        effect("learn.optimiser.beta1", "0.8", c -> c.optimiser().beta1(), 0.8),
        effect("learn.optimiser.beta2", "0.99", c -> c.optimiser().beta2(), 0.99),
        effect("learn.optimiser.epsilon", "0.001", c -> c.optimiser().epsilon(), 0.001),
        effect("learn.optimiser.weight-decay", "0", c -> c.optimiser().weightDecay(), 0.0),
        effect("learn.optimiser.clip", "0", c -> c.optimiser().clip(), 0.0),
        effect("learn.checkpoints.path", "there", c -> c.checkpoints().path(), "there"),
        effect("learn.checkpoints.every", "5", c -> c.checkpoints().every(), 5L),
        effect("learn.checkpoints.keep", "5", c -> c.checkpoints().keep(), 5),
        effect("learn.checkpoints.average", "2", c -> c.checkpoints().average(), 2),
        effect("learn.positions-frozen", "false", LearnConfig::positionsFrozen, false));
  }

  private static Arguments effect(
      String key, String value, Function<LearnConfig, Object> at, Object expected) {
    return Arguments.of(key, value, at, expected);
  }

  @ParameterizedTest(name = "{0}={1}")
  @MethodSource("effects")
  void everyKeyArrives(String key, String value, Function<LearnConfig, Object> at, Object expected)
      throws IOException {
    assertThat(at.apply(load(key + "=" + value).learn())).isEqualTo(expected);
  }

  @Test
  void whatIsDerivedAndWhatFuseDoesNotRead() throws IOException {
    JobConfigs.Loaded loaded = load();
    assertThat(loaded.learn().checkpoints().path()).isEqualTo("out.checkpoints");
    assertThat(loaded.effective()).containsKey("learn.batch");
    assertThat(loaded.fusing().keySet()).noneMatch(k -> k.startsWith("learn."));
    assertThat(load("learn.positions-from=m", "learn.positions-frozen=true").learn())
        .extracting(LearnConfig::positionsFrozen)
        .isEqualTo(true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learn.shards=6 | Invalid learn.shards: 6 (a power of two)",
        "learn.tasks=16 | Invalid learn.tasks: 16 (a power of two, at most the shards, 8; or 0)",
        "learn.masked.visible=1 | Invalid learn.masked.visible: 1 (a number above 0 and below 1)",
        "learn.contrast.temperature=0 | Invalid learn.contrast.temperature: 0 (a number > 0)",
        "learn.contrast.view-to=0.1 | Invalid learn.contrast.view-to: 0.1 (from view-from, 0.3, to 1)",
        "learn.dropout.longest=1 | Invalid learn.dropout.longest: 1 (below 1)",
        "learn.dropout.named.text=1 | Invalid learn.dropout.named.text: 1 (a number from 0 to below 1)",
        "learn.epochs=1e300 | Invalid learn.epochs: 1e300 (a number > 0, at most 1000000)",
        "learn.optimiser.rate=1e39 | Invalid learn.optimiser.rate: 1e39 (a number > 0, at most 1e30)",
        "learn.optimiser.rate=0 | Invalid learn.optimiser.rate: 0 (a number > 0, at most 1e30)",
        "learn.optimiser.beta1=1 | Invalid learn.optimiser.beta1: 1 (a number from 0 to below 1)",
        "learn.optimiser.beta2=-0.5 | Invalid learn.optimiser.beta2: -0.5 (a number from 0 to below 1)",
        "learn.optimiser.name=sgd | Invalid learn.optimiser.name: sgd (one of adamw, lamb)",
        "learn.checkpoints.average=9 | Invalid learn.checkpoints.average: 9 (at most learn.checkpoints.keep, 3)",
        "learn.positions-frozen=true | Invalid learn.positions-frozen: true (only with learn.positions-from)",
        "learn.objectives.fused-contrastive=0 | one of the objectives above 0",
        "learn.objectives.masked=-1 | Invalid learn.objectives.masked: -1 (a number >= 0)",
      })
  void whatCantBeIsRefused(String set, String message) {
    assertThatThrownBy(() -> load(set))
        .isInstanceOf(Problems.Refused.class)
        .hasMessageContaining(message);
  }
}
