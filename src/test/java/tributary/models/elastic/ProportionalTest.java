package tributary.models.elastic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.encode.Encoder;
import tributary.encode.Explainer;
import tributary.encode.Samples;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.models.ModelConfigs;
import tributary.models.Models;
import tributary.split.Splitter;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Normal;
import tributary.tensor.nd4j.Nd4jBackend;
import tributary.tokenize.TokenBlock;

/** A last group that is not full has the say of its tokens, not that of a full group. */
class ProportionalTest {
  private static final int GROUP = 256;
  private static final int FULL = 8 * GROUP;
  private static final int SEEDS = 20;

  private static Model model(boolean proportional, long seed) {
    String yaml =
        """
        {encoder: elastic, group_size: 256, fan_in: 8, embedding_channels: 16,
         levels: [{latents: 4, channels: 16, self_layers: 1, self_heads: 2, cross_heads: 2},
                  {latents: 4, channels: 24, self_layers: 1, self_heads: 2, cross_heads: 2}],
         merge: {latents: 4, channels: 24, self_layers: 1, self_heads: 2, cross_heads: 2},
         fusion: {latents: 4, channels: 32, self_layers: 1, self_heads: 4, cross_heads: 2},
         embedding_dim: 32, proportional: %s, modalities: [{name: a, channels: 3}]}
        """;
    return Initialization.random(ModelConfigs.parse(yaml.formatted(proportional), "test"), seed);
  }

  private static float[] tokens(int n, long seed) {
    return Normal.values(3 * n, 1, seed);
  }

  private static Subsequence whole(float[] x) {
    return new Subsequence("a", 0, List.of(new TokenBlock.Values(3, x)));
  }

  /** The share of the attention that the tokens behind the full groups get, over 20 seeds. */
  private static double share(int last, boolean proportional) {
    double sum = 0;
    try (Backend backend = new Nd4jBackend()) {
      for (int seed = 1; seed <= SEEDS; seed++) {
        try (Explainer explainer = Models.explainer(model(proportional, seed), backend)) {
          Map<String, Subsequence> record = Map.of("a", whole(tokens(FULL + last, seed)));
          double[] shares = Objects.requireNonNull(explainer.shares(record).get("a"));
          sum += Arrays.stream(shares, FULL, FULL + last).sum();
        }
      }
    }
    return sum / SEEDS;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 255})
  void theLastGroupsShareFollowsItsSize(int last) {
    double size = last / (double) (FULL + last);
    assertThat(share(last, true) / size).isBetween(1 / 1.5, 1.5);
    assertThat(share(last, false) / size).isGreaterThan(3);
  }

  /** Relative to the embedding's length, the mean over 20 seeds. */
  private static double moved(int first, boolean proportional) {
    int last = 139;
    double sum = 0;
    try (Backend backend = new Nd4jBackend()) {
      for (int seed = 1; seed <= SEEDS; seed++) {
        try (Encoder encoder = Models.encoder(model(proportional, seed), backend)) {
          float[] x = tokens(FULL + last, seed);
          float[] changed = x.clone();
          System.arraycopy(tokens(60, 1000 + seed), 0, changed, 3 * first, 3 * 60);
          float[] before = embed(encoder, x);
          float[] after = embed(encoder, changed);
          double distance = 0;
          double length = 0;
          for (int i = 0; i < before.length; i++) {
            distance += Math.pow(after[i] - before[i], 2);
            length += Math.pow(before[i], 2);
          }
          sum += Math.sqrt(distance / length);
        }
      }
    }
    return sum / SEEDS;
  }

  private static float[] embed(Encoder encoder, float[] x) {
    List<Subsequence> parts = new ArrayList<>();
    Splitter splitter = new Splitter("a", encoder.subsequenceTokens(), parts::add);
    splitter.push(new TokenBlock.Values(3, x));
    splitter.finish();
    return Samples.finish(encoder, encoder.encode(parts));
  }

  /** What the kernels do, not only what the explainer says of it. */
  @Test
  void changedTokensMoveTheEmbeddingAlikeWhereverTheyAre() {
    double without = moved(FULL, false) / moved(3 * GROUP + 7, false);
    double with = moved(FULL, true) / moved(3 * GROUP + 7, true);
    assertThat(without).isGreaterThan(5);
    assertThat(with).isBetween(0.5, 2.0);
  }
}
