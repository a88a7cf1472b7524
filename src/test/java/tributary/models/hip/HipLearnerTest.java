package tributary.models.hip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.encode.Encoder;
import tributary.encode.Learner;
import tributary.encode.Learner.Fused;
import tributary.encode.Learner.Masked;
import tributary.encode.Learner.View;
import tributary.encode.LearnerChecks;
import tributary.encode.Samples;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.Models;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;
import tributary.tokenize.TokenBlock;

/** The learning forward pass against the encoder and the autoencoder, and its gradients. */
class HipLearnerTest {
  static List<String> models() {
    List<String> all = new ArrayList<>(HipEncoderTest.models());
    String transposed = all.get(all.size() - 1);
    all.add(transposed.replace("encoder: hip,", "encoder: hip, positions: fourier,"));
    all.add(all.get(3).replace("encoder: hip,", "encoder: hip, positions: none,"));
    return all;
  }

  /** One level; whole groups with a text; labels and transposed groups; no positions. */
  static List<String> some() {
    return List.of(models().get(2), models().get(3), models().get(5), models().get(7));
  }

  private static Tolerance close() {
    return Tolerance.roundings(200, 1);
  }

  /** Whole; without the first modality; every modality a third as long. */
  private static List<View> views(HipConfig config) {
    List<View> views = new ArrayList<>();
    for (int v = 0; v < 3; v++) {
      Map<String, Subsequence> record = new LinkedHashMap<>();
      for (String name : config.modalities().keySet()) {
        boolean first = name.equals(config.modalities().keySet().iterator().next());
        if (v != 1 || !first || config.modalities().size() == 1) {
          int length = config.length(name);
          int n = v == 2 ? (length + 2) / 3 : length;
          record.put(name, LearnerChecks.random(config, name, n, 10 * v + n));
        }
      }
      views.add(LearnerChecks.view(record));
    }
    return views;
  }

  private static Map<String, Subsequence> record(View view) {
    Map<String, Subsequence> record = new LinkedHashMap<>();
    view.modalities().forEach((name, masked) -> record.put(name, masked.tokens()));
    return record;
  }

  @ParameterizedTest
  @MethodSource("models")
  void levelsTokensAndEmbeddingsAreThoseOfTheEncoder(String yaml) {
    Model model = Samples.model(yaml, 3);
    HipConfig config = (HipConfig) model.config();
    List<View> views = views(config);
    List<Fused> all = List.of(fused(views, 2), fused(views, 0), fused(views, 1));
    for (Backend backend : Samples.backends()) {
      try (backend;
          HipAutoencoder plain = new HipAutoencoder(model, backend);
          Encoder encoder = Models.encoder(model, backend);
          HipLearner learner = new HipLearner(model, backend);
          Scope scope = backend.open(0)) {
        HipPass pass = learner.encode(scope, views);
        float[] embeddings = scope.values(pass.embeddings(all));
        assertThat(learner.embeddingDim()).isEqualTo(embeddings.length / 3);
        for (int k = 0; k < all.size(); k++) {
          View view = views.get(all.get(k).view());
          String what = backend.name() + ", view " + all.get(k).view();
          HipAutoencoder.Output expected = plain.run(record(view));
          for (int i = 0; i < config.levels(); i++) {
            float[] level = scope.values(pass.level(i, List.of(all.get(k))));
            close().check(what + " level " + i, level, expected.levels().get(i));
          }
          int d = learner.embeddingDim();
          float[] embedding = Arrays.copyOfRange(embeddings, k * d, (k + 1) * d);
          List<Subsequence> parts = List.copyOf(record(view).values());
          close().check(what, embedding, Samples.finish(encoder, encoder.encode(parts)));
        }
        for (String name : config.modalities().keySet()) {
          List<Fused> own = all.stream().filter(f -> f.modalities().contains(name)).toList();
          Tensor made =
              pass.reconstruct(
                  name, own.stream().map(f -> LearnerChecks.every(views, f, name)).toList());
          float[] expected = new float[(int) made.shape().size()];
          int at = 0;
          for (Fused f : own) {
            View view = views.get(f.view());
            int tokens = Objects.requireNonNull(LearnerChecks.of(view, name)).tokens();
            int floats = tokens * config.modality(name).channels();
            float[] x = Objects.requireNonNull(plain.run(record(view)).reconstructions().get(name));
            System.arraycopy(x, 0, expected, at, floats);
            at += floats;
          }
          assertThat(at).isEqualTo(expected.length);
          close().check(backend.name() + ", tokens of " + name, scope.values(made), expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("some")
  void gradientsAreDifferenceQuotients(String yaml) {
    Model model = Samples.model(yaml, 4);
    HipConfig config = (HipConfig) model.config();
    List<View> views = new ArrayList<>(views(config));
    views.set(0, LearnerChecks.hidden(views.get(0), 6));
    String last = views.get(1).modalities().lastKey();
    try (Backend backend = new JavaBackend();
        HipLearner learner = new HipLearner(model, backend)) {
      LearnerChecks.differences(
          model,
          learner,
          backend,
          scope -> {
            HipPass pass = learner.encode(scope, views);
            List<Tensor> results = new ArrayList<>();
            Fused alone = LearnerChecks.some(1, last);
            results.add(pass.embeddings(List.of(fused(views, 0), alone, fused(views, 2))));
            for (String name : config.modalities().keySet()) {
              List<Learner.Wanted> wanted = new ArrayList<>();
              wanted.add(LearnerChecks.every(views, fused(views, 0), name));
              if (name.equals(last)) {
                wanted.add(LearnerChecks.tokens(alone, 0));
              }
              results.add(pass.reconstruct(name, wanted));
            }
            return results;
          },
          new TreeSet<>());
    }
  }

  @Test
  void whatIsNotFusedIsAbsentAndWhatIsHiddenIsZero() {
    Model model = Samples.model(models().get(0), 5);
    HipConfig config = (HipConfig) model.config();
    View whole = views(config).get(0);
    Masked v = Objects.requireNonNull(whole.modalities().get("v"));
    boolean[] visible = new boolean[71];
    visible[4] = true;
    float[] values = new float[71 * 2];
    TokenBlock.Values block = (TokenBlock.Values) v.tokens().blocks().get(0);
    System.arraycopy(block.values(), 8, values, 8, 2);
    Subsequence zeros = new Subsequence("v", 0, List.of(new TokenBlock.Values(2, values)));
    List<View> views =
        List.of(
            whole,
            new View(new TreeMap<>(Map.of("v", v))),
            new View(new TreeMap<>(Map.of("v", new Masked(v.tokens(), visible)))),
            new View(new TreeMap<>(Map.of("v", new Masked(zeros, null)))));
    try (Backend backend = new JavaBackend();
        HipLearner learner = new HipLearner(model, backend);
        Scope scope = backend.open(0)) {
      Learner.Encoded encoded = learner.encode(scope, views);
      List<float[]> e = new ArrayList<>();
      for (int k = 0; k < 4; k++) {
        e.add(scope.values(encoded.embeddings(List.of(LearnerChecks.some(k, "v")))));
      }
      Tolerance.exact().check("not fused", e.get(0), e.get(1));
      Tolerance.exact().check("hidden", e.get(2), e.get(3));
      assertThat(e.get(1)).isNotEqualTo(e.get(2));
    }
  }

  /** A hidden byte leaves no trace, and is another thing than padding. */
  @Test
  void aHiddenByteIsTheMasksRow() {
    Model model = Samples.model(models().get(3), 5);
    HipConfig config = (HipConfig) model.config();
    ModalitySpec text = config.modality("t");
    List<View> views = new ArrayList<>();
    for (int k = 0; k < 3; k++) {
      double[][] bytes = {{65}, {66}, {k == 1 ? 99 : 67}};
      boolean[] visible = {true, true, false};
      Subsequence s = Samples.whole("t", text, k == 2 ? Arrays.copyOf(bytes, 2) : bytes);
      views.add(new View(new TreeMap<>(Map.of("t", new Masked(s, k == 2 ? null : visible)))));
    }
    try (Backend backend = new JavaBackend();
        HipLearner learner = new HipLearner(model, backend);
        Scope scope = backend.open(0)) {
      Learner.Encoded encoded = learner.encode(scope, views);
      float[] a = scope.values(encoded.embeddings(List.of(fused(views, 0))));
      float[] b = scope.values(encoded.embeddings(List.of(fused(views, 1))));
      float[] c = scope.values(encoded.embeddings(List.of(fused(views, 2))));
      Tolerance.exact().check("hidden", a, b);
      assertThat(a).isNotEqualTo(c);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Model model = Samples.model(models().get(2), 1);
    HipConfig config = (HipConfig) model.config();
    try (Backend backend = new JavaBackend();
        HipLearner learner = new HipLearner(model, backend);
        Scope scope = backend.open(0)) {
      View ten = LearnerChecks.view(Map.of("p", LearnerChecks.random(config, "p", 10, 1)));
      assertThatThrownBy(() -> learner.encode(scope, List.of(ten)))
          .hasMessage("Invalid p: 10 tokens (at most 9)");
      Subsequence five = LearnerChecks.random(config, "p", 5, 1);
      View flags = new View(new TreeMap<>(Map.of("p", new Masked(five, new boolean[4]))));
      assertThatThrownBy(() -> learner.encode(scope, List.of(flags)))
          .hasMessage("Invalid visible of p: 4 flags (5 tokens)");
      List<View> views = List.of(LearnerChecks.view(Map.of("p", five)));
      Learner.Encoded encoded = learner.encode(scope, views);
      assertThatThrownBy(
              () ->
                  encoded.reconstruct(
                      "p", List.of(LearnerChecks.tokens(LearnerChecks.some(0, "p"), 5))))
          .hasMessage("Invalid token: 5 (one of 5)");
    }
  }

  @Test
  void aModelWithoutADecoderGivesEmbeddingsAlone() {
    String yaml = models().get(1).replace("encoder: hip,", "encoder: hip, decoder: false,");
    Model model = Samples.model(yaml, 1);
    HipConfig config = (HipConfig) model.config();
    List<View> views = views(config);
    try (Backend backend = new JavaBackend();
        HipLearner learner = new HipLearner(model, backend);
        Scope scope = backend.open(0)) {
      assertThat(learner.reconstructs()).isFalse();
      Learner.Encoded encoded = learner.encode(scope, views);
      assertThat(encoded.embeddings(List.of(fused(views, 0))).shape().channels()).isEqualTo(20);
      assertThatThrownBy(
              () -> encoded.reconstruct("p", List.of(LearnerChecks.tokens(fused(views, 0), 0))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("Cannot reconstruct tokens: the model has no decoder");
    }
  }

  private static Fused fused(List<View> views, int view) {
    return LearnerChecks.all(views, view);
  }
}
