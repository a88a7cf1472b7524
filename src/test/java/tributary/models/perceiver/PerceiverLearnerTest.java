package tributary.models.perceiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.encode.Encoder;
import tributary.encode.Learner;
import tributary.encode.Learner.Fused;
import tributary.encode.Learner.Masked;
import tributary.encode.Learner.View;
import tributary.encode.LearnerChecks;
import tributary.encode.Samples;
import tributary.model.Model;
import tributary.models.Models;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Scope;
import tributary.tensor.Tolerance;

/** The learning forward pass against the encoder, and its gradients. */
class PerceiverLearnerTest {
  private static final String YAML =
      """
      {encoder: perceiver, latents: 5, channels: 8, depth: 3, weight_tie_layers: %s,
       self_layers: 1, self_heads: 2, num_bands: 2, embedding_channels: 3, embedding_dim: 6,
       activation: gelu,
       modalities: [{name: b, channels: 5}, {name: t, kind: text}, {name: a, channels: 1}]}
      """;

  private static View view(Model model, int a, int b, int t) {
    TreeMap<String, Subsequence> record = new TreeMap<>();
    Map.of("a", a, "b", b, "t", t)
        .forEach(
            (name, n) -> {
              if (n > 0) {
                record.put(name, LearnerChecks.random(model.config(), name, n, n));
              }
            });
    return LearnerChecks.view(record);
  }

  private static List<View> views(Model model) {
    return List.of(view(model, 4, 7, 3), view(model, 1, 0, 9), view(model, 0, 2, 0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void embeddingsAreThoseOfTheEncoder(boolean tied) {
    Model model = Samples.model(YAML.formatted(tied), 3);
    List<View> views = views(model);
    List<Fused> fused =
        List.of(
            LearnerChecks.all(views, 2),
            LearnerChecks.all(views, 0),
            LearnerChecks.some(0, "a", "t"),
            LearnerChecks.all(views, 1));
    for (Backend backend : Samples.backends()) {
      try (backend;
          Encoder encoder = Models.encoder(model, backend);
          Learner learner = Models.learner(model, backend);
          Scope scope = backend.open(0)) {
        assertThat(learner.embeddingDim()).isEqualTo(6);
        float[] together = scope.values(learner.encode(scope, views).embeddings(fused));
        for (int k = 0; k < fused.size(); k++) {
          List<Subsequence> parts = new ArrayList<>();
          for (String name : fused.get(k).modalities()) {
            parts.add(LearnerChecks.of(views.get(fused.get(k).view()), name));
          }
          float[] own = Arrays.copyOfRange(together, k * 6, k * 6 + 6);
          float[] expected = Samples.finish(encoder, encoder.encode(parts));
          Tolerance.roundings(64, 4).check(backend.name() + " " + fused.get(k), own, expected);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gradientsAreDifferenceQuotients(boolean tied) {
    Model model = Samples.model(YAML.formatted(tied), 4);
    List<View> views = new ArrayList<>(views(model));
    views.set(0, LearnerChecks.hidden(views.get(0), 2));
    try (Backend backend = new JavaBackend();
        Learner learner = Models.learner(model, backend)) {
      LearnerChecks.differences(
          model,
          learner,
          backend,
          scope ->
              List.of(
                  learner
                      .encode(scope, views)
                      .embeddings(
                          List.of(
                              LearnerChecks.all(views, 0),
                              LearnerChecks.some(1, "t"),
                              LearnerChecks.all(views, 2)))),
          new TreeSet<>());
    }
  }

  @Test
  void whatIsHiddenLeavesNoTraceAndOthersKeepTheirPlaces() {
    Model model = Samples.model(YAML.formatted(true), 5);
    Subsequence one = LearnerChecks.random(model.config(), "a", 4, 1);
    Subsequence other = LearnerChecks.random(model.config(), "a", 4, 2);
    boolean[] none = new boolean[4];
    List<View> views =
        List.of(
            new View(new TreeMap<>(Map.of("a", new Masked(one, none)))),
            new View(new TreeMap<>(Map.of("a", new Masked(other, none)))),
            new View(
                new TreeMap<>(
                    Map.of("a", new Masked(one, new boolean[] {true, true, false, false})))),
            LearnerChecks.view(Map.of("a", one)));
    try (Backend backend = new JavaBackend();
        Encoder encoder = Models.encoder(model, backend);
        Learner learner = Models.learner(model, backend);
        Scope scope = backend.open(0)) {
      Learner.Encoded encoded = learner.encode(scope, views);
      List<float[]> e = new ArrayList<>();
      for (int k = 0; k < 4; k++) {
        e.add(scope.values(encoded.embeddings(List.of(LearnerChecks.all(views, k)))));
      }
      Tolerance.exact().check("nothing seen", e.get(0), e.get(1));
      Tolerance.roundings(64, 4).check("nothing at all", e.get(0), encoder.finish(Map.of()));
      assertThat(e.get(2)).isNotEqualTo(e.get(0)).isNotEqualTo(e.get(3));
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Model model = Samples.model(YAML.formatted(true), 5);
    try (Backend backend = new JavaBackend();
        Learner learner = Models.learner(model, backend);
        Scope scope = backend.open(0)) {
      assertThat(learner.reconstructs()).isFalse();
      List<View> views = views(model);
      Learner.Encoded encoded = learner.encode(scope, views);
      assertThatThrownBy(() -> encoded.embeddings(List.of(LearnerChecks.some(1, "b"))))
          .hasMessage("Invalid modality: b of view 1 (present there)");
      Fused all = LearnerChecks.all(views, 0);
      assertThatThrownBy(() -> encoded.reconstruct("a", List.of(LearnerChecks.tokens(all, 0))))
          .hasMessage("Cannot reconstruct tokens: encoder perceiver has no decoder of its tokens");
    }
  }
}
