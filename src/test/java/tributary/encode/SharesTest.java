package tributary.encode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.Weight;
import tributary.models.ModelConfigs;
import tributary.models.elastic.ElasticAutoencoder;
import tributary.split.Subsequence;
import tributary.tensor.JavaBackend;
import tributary.tokenize.TokenBlock;

class SharesTest {
  private static final Model MODEL =
      Initialization.random(ModelConfigs.read(Path.of("src/test/resources/models/tiny.yaml")), 3);

  private static Subsequence text(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('a' + i * 7 % 26);
    }
    return new Subsequence("text", 0, List.of(new TokenBlock.Ids(bytes)));
  }

  private static double total(SortedMap<String, double[]> shares) {
    return shares.values().stream().flatMapToDouble(Arrays::stream).sum();
  }

  /** One leaf, some leaves, several levels. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 1000})
  void sharesOfAllTokensAddUpToOne(int length) {
    try (ElasticAutoencoder encoder = new ElasticAutoencoder(MODEL, new JavaBackend())) {
      SortedMap<String, double[]> shares = encoder.shares(Map.of("text", text(length)));
      assertThat(shares.get("text")).hasSize(length);
      double[] own = Objects.requireNonNull(shares.get("text"));
      assertThat(Arrays.stream(own).min().orElseThrow()).isNotNegative();
      assertThat(total(shares)).isBetween(1 - 1e-9, 1 + 1e-9);
    }
  }

  @Test
  void noModalityHasNoShares() {
    try (ElasticAutoencoder encoder = new ElasticAutoencoder(MODEL, new JavaBackend())) {
      assertThat(encoder.shares(Map.of())).isEmpty();
    }
  }

  /** Level 0's keys are made to answer its queries where a byte is x: there the heat must be. */
  @Test
  void aTokenThatAnswersTheQueriesGetsTheHeat() {
    Map<String, Weight> weights = new LinkedHashMap<>(MODEL.weights());
    Weight bias = MODEL.weight("levels.0.cross.attention.query.bias");
    weights.put("levels.0.cross.attention.query.bias", filled(bias, 6));
    Weight key = MODEL.weight("levels.0.cross.attention.key.weight");
    // Every key channel reads the first normalised input channel.
    float[] first = new float[key.values().length];
    int in = (int) key.shape()[1];
    for (int o = 0; o < key.shape()[0]; o++) {
      first[o * in] = 1;
    }
    weights.put("levels.0.cross.attention.key.weight", new Weight(key.shape(), first));
    Weight table = MODEL.weight("embed.text.table");
    float[] rows = table.values().clone();
    rows['x' * (int) table.shape()[1]] = 50;
    weights.put("embed.text.table", new Weight(table.shape(), rows));
    byte[] bytes = "aaaaaaaxaaaaaaa".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    Subsequence text = new Subsequence("text", 0, List.of(new TokenBlock.Ids(bytes)));
    Model planted = new Model(MODEL.config(), weights, MODEL.hash(), "planted");
    try (ElasticAutoencoder encoder = new ElasticAutoencoder(planted, new JavaBackend())) {
      double[] shares = Objects.requireNonNull(encoder.shares(Map.of("text", text)).get("text"));
      double largest = Arrays.stream(shares).max().orElseThrow();
      assertThat(shares[7]).isEqualTo(largest).isGreaterThan(3 * (1 - shares[7]) / 14);
    }
  }

  private static Weight filled(Weight like, float value) {
    float[] values = new float[like.values().length];
    Arrays.fill(values, value);
    return new Weight(like.shape(), values);
  }
}
