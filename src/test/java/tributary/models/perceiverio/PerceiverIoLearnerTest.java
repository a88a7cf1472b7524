package tributary.models.perceiverio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;
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

/** The learning forward pass against the encoder and the decoder, and its gradients. */
class PerceiverIoLearnerTest {
  private static final Path MODELS = Path.of("src/test/resources/models");

  private static Model model(String task, long seed) throws IOException {
    boolean image = task.startsWith("image");
    String file = image ? "tiny-perceiver-image.yaml" : "tiny-perceiver-io.yaml";
    String yaml =
        Files.readString(MODELS.resolve(file))
            .replace("image_fourier", task)
            .replace(
                "kind: masked_lm,",
                "kind: " + task + (task.endsWith("labels") ? ", labels: 3," : ","));
    return Samples.model(yaml, seed);
  }

  private static List<View> views(Model model) {
    boolean image = ((PerceiverIoConfig) model.config()).readsPictures();
    String name = image ? "image" : "text";
    List<View> views = new ArrayList<>();
    for (int n : image ? new int[] {64, 64, 64} : new int[] {11, 3, 20}) {
      Subsequence s = LearnerChecks.random(model.config(), name, n, 7 + views.size());
      views.add(LearnerChecks.view(Map.of(name, s)));
    }
    return views;
  }

  private static List<Fused> all(List<View> views) {
    return List.of(
        LearnerChecks.all(views, 2), LearnerChecks.all(views, 0), LearnerChecks.all(views, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"masked_lm", "text_labels", "image_learned", "image_fourier"})
  void embeddingsAreThoseOfTheEncoder(String task) throws IOException {
    Model model = model(task, 3);
    List<View> views = views(model);
    for (Backend backend : Samples.backends()) {
      try (backend;
          Encoder encoder = Models.encoder(model, backend);
          Learner learner = Models.learner(model, backend);
          Scope scope = backend.open(0)) {
        assertThat(learner.embeddingDim()).isEqualTo(16);
        assertThat(learner.reconstructs()).isEqualTo(task.equals("masked_lm"));
        float[] together = scope.values(learner.encode(scope, views).embeddings(all(views)));
        for (int k = 0; k < 3; k++) {
          View view = views.get(all(views).get(k).view());
          Subsequence s = view.modalities().values().iterator().next().tokens();
          float[] own = Arrays.copyOfRange(together, k * 16, k * 16 + 16);
          float[] expected = Samples.finish(encoder, encoder.encode(List.of(s)));
          Tolerance.roundings(64, 2).check(backend.name() + " " + k, own, expected);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"masked_lm", "text_labels", "image_learned", "image_fourier"})
  void gradientsAreDifferenceQuotients(String task) throws IOException {
    Model model = model(task, 4);
    List<View> views = new ArrayList<>(views(model));
    views.set(0, LearnerChecks.hidden(views.get(0), 2));
    TreeSet<String> ofTheTask = new TreeSet<>();
    if (!task.equals("masked_lm")) {
      model.weights().keySet().stream()
          .filter(n -> n.startsWith("output."))
          .forEach(ofTheTask::add);
      assertThat(ofTheTask).isNotEmpty();
    }
    try (Backend backend = new JavaBackend();
        Learner learner = Models.learner(model, backend)) {
      LearnerChecks.differences(
          model,
          learner,
          backend,
          scope -> {
            Learner.Encoded encoded = learner.encode(scope, views);
            List<Tensor> results = new ArrayList<>();
            results.add(encoded.embeddings(all(views)));
            if (learner.reconstructs()) {
              Fused first = LearnerChecks.all(views, 0);
              Fused second = LearnerChecks.all(views, 1);
              results.add(
                  encoded.reconstruct(
                      "text",
                      List.of(
                          LearnerChecks.tokens(first, 0, 3, 10),
                          LearnerChecks.every(views, second, "text"))));
            }
            return results;
          },
          ofTheTask);
    }
  }

  /** Byte b's logit is that of id b + 6, at the place behind [CLS]; pad 0, mask 3, end 2. */
  @Test
  void bytesAreDecodedAsTheModelDecodesThem() throws IOException {
    Model model = model("masked_lm", 5);
    List<View> views = views(model);
    for (Backend backend : Samples.backends()) {
      try (backend;
          PerceiverIoModel whole = new PerceiverIoModel(model, backend);
          Learner learner = Models.learner(model, backend);
          Scope scope = backend.open(0)) {
        Fused from = LearnerChecks.all(views, 0);
        Tensor made =
            learner
                .encode(scope, views)
                .reconstruct(
                    "text",
                    List.of(
                        LearnerChecks.every(views, LearnerChecks.all(views, 1), "text"),
                        LearnerChecks.tokens(from, 2, 9)));
        assertThat(made.shape().rows()).isEqualTo(5);
        float[] logits = scope.values(made);
        Subsequence text = Objects.requireNonNull(LearnerChecks.of(views.get(0), "text"));
        int[] ids = PerceiverIoEncoder.ids(text, new ModalitySpec.Text());
        Tensor z = whole.latents(scope, whole.inputs().ids(scope, ids, 1), null);
        float[] expected = scope.values(whole.decode(scope, z));
        for (int token : new int[] {2, 9}) {
          float[] own = new float[259];
          for (int row = 0; row < 259; row++) {
            int id = row < 256 ? row + 6 : row == 256 ? 0 : row == 257 ? 3 : 2;
            own[row] = expected[(token + 1) * 262 + id];
          }
          int at = (token == 2 ? 3 : 4) * 259;
          Tolerance.roundings(64, 4)
              .check("token " + token, Arrays.copyOfRange(logits, at, at + 259), own);
        }
      }
    }
  }

  @Test
  void whatIsHiddenLeavesNoTrace() throws IOException {
    for (String task : List.of("masked_lm", "image_learned")) {
      Model model = model(task, 6);
      List<View> views = new ArrayList<>();
      for (long seed : new long[] {1, 2}) {
        String name = task.equals("masked_lm") ? "text" : "image";
        Subsequence s = LearnerChecks.random(model.config(), name, 64, seed);
        views.add(new View(new TreeMap<>(Map.of(name, new Masked(s, new boolean[64])))));
        views.add(LearnerChecks.view(Map.of(name, s)));
      }
      try (Backend backend = new JavaBackend();
          Encoder encoder = Models.encoder(model, backend);
          Learner learner = Models.learner(model, backend);
          Scope scope = backend.open(0)) {
        Learner.Encoded encoded = learner.encode(scope, views);
        List<float[]> e = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
          e.add(scope.values(encoded.embeddings(List.of(LearnerChecks.all(views, k)))));
        }
        Tolerance.exact().check(task, e.get(0), e.get(2));
        assertThat(e.get(1)).isNotEqualTo(e.get(0)).isNotEqualTo(e.get(3));
        if (task.equals("image_learned")) {
          float[] nothing = encoder.finish(Map.of());
          Tolerance.roundings(64, 2).check("no picture", e.get(0), nothing);
        }
      }
    }
  }

  @Test
  void whatCannotLearnIsRefused() throws IOException {
    Model conv = model("image_conv", 1);
    assertThatThrownBy(() -> Models.learner(conv, new JavaBackend()))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("Cannot learn encoder perceiver-io with task image_conv:");
    Model fourier = model("image_fourier", 1);
    List<View> views = views(fourier);
    try (Backend backend = new JavaBackend();
        Learner learner = Models.learner(fourier, backend);
        Scope scope = backend.open(0)) {
      Learner.Encoded encoded = learner.encode(scope, views);
      Fused all = LearnerChecks.all(views, 0);
      assertThatThrownBy(() -> encoded.reconstruct("image", List.of(LearnerChecks.tokens(all, 0))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "Cannot reconstruct tokens: perceiver-io with task image_fourier decodes labels"
                  + " (masked_lm decodes its bytes)");
    }
  }
}
