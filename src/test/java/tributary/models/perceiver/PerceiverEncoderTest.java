package tributary.models.perceiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.attention.FourierFeatures;
import tributary.attention.Perceiver;
import tributary.attention.Weights;
import tributary.encode.Channels;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.TestBackends;
import tributary.tokenize.TokenBlock;

/** The Perceiver of 2021 in parts, against the form over the whole sequence. */
class PerceiverEncoderTest {
  private static final int PART = 4096;

  private static final String CONFIG =
      """
      {encoder: perceiver, latents: %d, channels: 8, depth: 3, weight_tie_layers: true,
       self_layers: 1, self_heads: 2, num_bands: 4, embedding_channels: 3, embedding_dim: 6,
       cross_heads: %d, modalities: [{name: a, channels: 5}]}
      """;

  private static final Model MODEL = model(5, 1);

  private static Model model(int latents, int heads) {
    return Samples.model(CONFIG.formatted(latents, heads), 7);
  }

  private static float[] values(int tokens) {
    return Normal.values(tokens * 5, 1, tokens);
  }

  private static List<Subsequence> parts(int tokens) {
    float[] all = values(tokens);
    List<Subsequence> parts = new ArrayList<>();
    for (int from = 0; from < tokens; from += PART) {
      int n = Math.min(PART, tokens - from);
      float[] own = java.util.Arrays.copyOfRange(all, from * 5, (from + n) * 5);
      parts.add(new Subsequence("a", from / PART, List.of(new TokenBlock.Values(5, own))));
    }
    return parts;
  }

  /** The whole sequence in one call of the form. */
  private static float[] whole(Model model, int heads, int tokens) {
    PerceiverConfig config = (PerceiverConfig) model.config();
    Backend oracle = new JavaBackend();
    try (Scope scope = oracle.open(0)) {
      Weights weights = new Weights(model.weights(), oracle);
      Perceiver form =
          Perceiver.of(weights, new Perceiver.Options(3, true, heads, 1, 2, Activation.GELU));
      float[] places = FourierFeatures.of(4, List.of(tokens)).grid(List.of(tokens));
      float[] placed = Channels.join(values(tokens), 5, places, places.length / tokens);
      float[] inputs =
          Channels.repeat(placed, placed.length / tokens, weights.values("modality.a"));
      Shape shape = Shape.matrix(tokens, config.inputChannels());
      return scope.values(
          form.classify(scope, form.encode(scope, scope.upload(shape, inputs, 0), null)));
    }
  }

  /** Keys and values are folded in the first two, not in the third. */
  @ParameterizedTest(name = "{0} latents, {1} heads")
  @CsvSource({"5, 1, true", "5, 3, true", "30, 3, false"})
  void partsGiveWhatTheWholeGives(int latents, int heads, boolean folds) {
    Model model = model(latents, heads);
    for (Backend backend : TestBackends.all()) {
      try (PerceiverEncoder encoder = new PerceiverEncoder(model, backend)) {
        assertThat(encoder.folds()).isEqualTo(folds);
        for (int tokens : new int[] {1, 7, PART, PART + 1, 2 * PART + 255}) {
          List<Node> nodes = encoder.encode(parts(tokens));
          float[] found = encoder.finish(Map.of("a", nodes.iterator()));
          Tolerance.roundings(64, 4)
              .check(
                  backend.name() + ", " + tokens + " tokens", found, whole(model, heads, tokens));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tributary.tensor.nd4j.TestBackends#all")
  void passAfterPassGivesTheBitsOfOneTask(Backend backend) {
    try (PerceiverEncoder encoder = new PerceiverEncoder(MODEL, backend)) {
      List<Subsequence> parts = parts(2 * PART + 9);
      float[] z = encoder.latents();
      for (int pass = 0; pass < encoder.passes(); pass++) {
        TreeMap<Integer, Node> nodes = new TreeMap<>();
        for (int i : new int[] {2, 0, 1}) {
          nodes.put(i, encoder.attend(pass, z, Map.of("a", 2L * PART + 9), parts.get(i)));
        }
        z = encoder.next(pass, z, Map.of("a", nodes.values().iterator()));
      }
      float[] once = encoder.finish(Map.of("a", encoder.encode(parts).iterator()));
      assertThat(encoder.embedding(z)).isEqualTo(once);
    }
  }

  @Test
  void aRecordWithoutTokensIsDefined() {
    try (PerceiverEncoder encoder = new PerceiverEncoder(MODEL, new JavaBackend())) {
      float[] nothing = encoder.finish(Map.of());
      assertThat(nothing).hasSize(6).doesNotContain(Float.NaN);
      assertThat(encoder.finish(Map.of("a", List.<Node>of().iterator()))).isEqualTo(nothing);
    }
  }

  @Test
  void refusesWhatIsMissingOrOfAnotherPass() {
    try (PerceiverEncoder encoder = new PerceiverEncoder(MODEL, new JavaBackend())) {
      float[] z = encoder.latents();
      List<Subsequence> parts = parts(PART + 3);
      Node second = encoder.attend(0, z, Map.of("a", PART + 3L), parts.get(1));
      Iterator<Node> only = List.of(second).iterator();
      assertThatThrownBy(() -> encoder.next(0, z, Map.of("a", only)))
          .hasMessage("Invalid node: index 1 of a (expected 0)");
      Node first = encoder.attend(0, z, Map.of("a", PART + 3L), parts.get(0));
      assertThatThrownBy(() -> encoder.next(1, z, Map.of("a", List.of(first).iterator())))
          .hasMessage("Invalid node: of pass 0 (expected 1)");
      assertThatThrownBy(() -> encoder.attend(0, z, Map.of("b", 3L), parts.get(0)))
          .hasMessage("Invalid subsequence: of a (of [b])");
    }
  }
}
