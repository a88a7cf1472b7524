package tributary.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.attention.Weights;
import tributary.encode.Autoencoder;
import tributary.encode.Encoder;
import tributary.encode.Naive;
import tributary.encode.PositionCodes;
import tributary.encode.Samples;
import tributary.merge.Node;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.PositionSpec;
import tributary.models.elastic.ElasticConfig;
import tributary.models.hip.HipConfig;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Scope;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.TestBackends;
import tributary.tools.onnxcheck.OnnxCheck;

/** `positions: learned | fourier | none` of the families that have the choice. */
final class PositionFormsTest {
  /** Groups of two whole rows, or of a square, of a picture of 8 x 8 patches; a text and values. */
  private static final String ELASTIC =
      """
      {encoder: elastic, group_size: 16, fan_in: 3, embedding_channels: 8, positions: %s,
       levels: [{latents: 2, channels: 12, self_layers: 1, self_heads: 2},
                {latents: 3, channels: 6, self_layers: 1, self_heads: 3, cross_heads: 4}],
       merge: {latents: 4, channels: 6, self_layers: 1, self_heads: 2, cross_heads: 3},
       fusion: {latents: 3, channels: 8, self_layers: 1, self_heads: 4, cross_heads: 2},
       embedding_dim: 5, decoder_heads: 1,
       modalities: [{name: t, kind: text}, {name: b, channels: 3},
                    {name: i, kind: image, canvas: 16, patch: 2, order: %s}]}
      """;

  /** A picture that fills its length, a text that doesn't fill its groups, a label. */
  private static final String HIP =
      """
      {encoder: hip, num_groups: [4, 2, 1, 2, 4], num_self_attends_per_block: [1, 1, 1, 1, 1],
       z_index_dim: [4, 6, 8, 6, 4], num_z_channels: [12, 18, 24, 18, 12],
       num_self_attend_heads: [3, 2, 4, 2, 3], num_embedding_channels: 12, positions: %s,
       label_modalities: [l],
       modalities: [{name: i, length: 64, kind: image, canvas: 16, patch: 2, order: %s},
                    {name: t, length: 13, kind: text}, {name: l, length: 3, channels: 5}]}
      """;

  @TempDir Path folder;

  static Stream<Model> models() {
    return Stream.of("learned", "fourier", "fourier, position_bands: 2", "none")
        .flatMap(
            form ->
                Stream.of(ELASTIC, HIP)
                    .flatMap(
                        yaml ->
                            Stream.of("raster", "morton")
                                .map(order -> Samples.model(yaml.formatted(form, order), 5))));
  }

  private static Model model(String yaml, String form) {
    return Samples.model(yaml.formatted(form, "raster"), 5);
  }

  /** Backends present, and whole arrays as on a device. */
  private static List<Backend> backends() {
    List<Backend> all = new ArrayList<>(Samples.backends());
    all.add(TestBackends.arrays(1L << 30, 1));
    return all;
  }

  @ParameterizedTest
  @MethodSource("models")
  void codesAreTheReferencesWhicheverWayTheyAreAskedFor(Model model) {
    for (Backend backend : backends()) {
      try (backend;
          Weights weights = new Weights(model.weights(), backend);
          Scope scope = backend.open(0)) {
        for (String m : model.config().modalities().keySet()) {
          PositionSpec spec = PositionCodes.spec(model.config(), m);
          PositionCodes codes = new PositionCodes(weights, model.config(), m);
          float[] expected = Naive.floats(new Naive(model).positions(m, spec));
          float[] all = scope.values(codes.all(scope));
          Tolerance.roundings(20, 1).check(backend.name() + " " + m, all, expected);
          int[] some = {spec.places() - 1, 0, spec.places() / 2, 0};
          float[] rows = scope.values(codes.rows(scope, some));
          float[] made = scope.values(codes.codes(scope, some));
          for (int k = 0; k < some.length; k++) {
            int e = spec.channels();
            float[] row = Arrays.copyOfRange(all, some[k] * e, (some[k] + 1) * e);
            Tolerance.exact().check("row", Arrays.copyOfRange(rows, k * e, (k + 1) * e), row);
          }
          if (backend.rowsStandAlone()) {
            Tolerance.exact().check(backend.name() + " " + m + " made anew", made, rows);
          } else {
            Tolerance.roundings(20, 1).check(backend.name() + " made anew", made, rows);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void agreesWithTheNaiveFormulas(Model model) {
    Map<String, double[][]> record = record(model.config(), 150, 3);
    double[] naive = naive(model, record);
    float[] expected = new float[naive.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) naive[i];
    }
    for (Backend backend : backends()) {
      try (backend;
          Encoder encoder = Models.encoder(model, backend)) {
        float[] found = Samples.finish(encoder, encoder.encode(parts(encoder, model, record)));
        Tolerance.roundings(200, 1).check(backend.name(), found, expected);
      }
    }
  }

  private static double[] naive(Model model, Map<String, double[][]> record) {
    if (model.config() instanceof ElasticConfig c) {
      Map<String, boolean[]> visible = new TreeMap<>();
      record.forEach(
          (m, x) -> {
            boolean[] all = new boolean[x.length];
            Arrays.fill(all, true);
            visible.put(m, all);
          });
      return new Naive(model).elastic(c, record, visible);
    }
    HipConfig c = (HipConfig) model.config();
    double[][] z = new Naive(model).hip(c, record).get(c.processor());
    double[] mean = new double[z[0].length];
    for (double[] row : z) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i] / z.length;
      }
    }
    return mean;
  }

  /** Together, each part alone, and among another record's parts. */
  @ParameterizedTest
  @MethodSource("models")
  void anyCutAndAnyCompanyGiveTheSameBits(Model model) {
    Map<String, double[][]> record = record(model.config(), 500, 9);
    Map<String, double[][]> other = record(model.config(), 77, 10);
    for (Backend backend : backends()) {
      try (backend;
          Encoder encoder = Models.encoder(model, backend)) {
        List<Subsequence> parts = parts(encoder, model, record);
        float[] expected = Samples.finish(encoder, encoder.encode(parts));
        List<Node> one = new ArrayList<>();
        parts.forEach(p -> one.addAll(encoder.encode(List.of(p))));
        Tolerance.exact().check(backend.name(), Samples.finish(encoder, one), expected);
        List<Subsequence> mixed = new ArrayList<>(parts(encoder, model, other));
        int first = mixed.size();
        mixed.addAll(parts);
        List<Node> own = encoder.encode(mixed).subList(first, mixed.size());
        Tolerance.exact().check(backend.name() + " mixed", Samples.finish(encoder, own), expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ELASTIC, HIP})
  void eachFormGivesAnEmbeddingOfItsOwn(String yaml) {
    List<String> forms = List.of("learned", "fourier", "fourier, position_bands: 2", "none");
    List<float[]> found = new ArrayList<>();
    for (String form : forms) {
      Model model = model(yaml, form);
      found.add(embedding(model, record(model.config(), 60, 4)));
    }
    for (int i = 0; i < found.size(); i++) {
      for (int k = 0; k < i; k++) {
        assertThat(apart(found.get(i), found.get(k)))
            .as("%s and %s", forms.get(i), forms.get(k))
            .isGreaterThan(1e-3);
      }
    }
  }

  /** Without positions the tokens of a group are a set; with them they are not. */
  @ParameterizedTest
  @CsvSource({"learned", "fourier", "none"})
  void theOrderWithinAGroupMattersWherePlacesHaveCodes(String form) {
    for (String yaml : List.of(ELASTIC, HIP)) {
      Model model = model(yaml, form);
      Map<String, double[][]> record = record(model.config(), 64, 6);
      Map<String, double[][]> swapped = new LinkedHashMap<>(record);
      double[][] x = Objects.requireNonNull(record.get("i")).clone();
      double[] held = x[1];
      x[1] = x[9]; // of one group, one row apart
      x[9] = held;
      swapped.put("i", x);
      double apart = apart(embedding(model, record), embedding(model, swapped));
      if (form.equals("none")) {
        assertThat(apart).as(model.config().encoder()).isLessThan(1e-5);
      } else {
        assertThat(apart).as(model.config().encoder()).isGreaterThan(1e-4);
      }
    }
  }

  /** A decoder asks for a token by its place's code: without one, for each of a group alike. */
  @ParameterizedTest
  @CsvSource({"learned", "fourier", "none"})
  void aDecoderQueriesWithTheSameCodes(String form) {
    for (String yaml : List.of(ELASTIC, HIP)) {
      Model model = model(yaml, form);
      Map<String, Subsequence> record = new LinkedHashMap<>();
      record(model.config(), 64, 6)
          .forEach((m, x) -> record.put(m, Samples.whole(m, model.config().modality(m), x)));
      for (Backend backend : backends()) {
        try (backend;
            Autoencoder whole = Models.autoencoder(model, backend)) {
          float[] made = Objects.requireNonNull(whole.reconstruct(record).get("i"));
          int channels = model.config().modality("i").channels();
          double apart = apart(row(made, 0, channels), row(made, 1, channels));
          if (form.equals("none")) {
            assertThat(apart).as(backend.name()).isZero();
          } else {
            assertThat(apart).as(backend.name()).isGreaterThan(1e-3);
          }
        }
      }
    }
  }

  private static float[] row(float[] x, int i, int channels) {
    return Arrays.copyOfRange(x, i * channels, (i + 1) * channels);
  }

  @ParameterizedTest
  @MethodSource("models")
  void theGraphsGiveTheEncodersEmbedding(Model model) {
    List<Path> files = OnnxExport.write(model, folder);
    try (Backend backend = new JavaBackend()) {
      assertThat(OnnxCheck.difference(model, backend, files)).isLessThan(OnnxCheck.TOLERANCE);
    }
  }

  private static float[] embedding(Model model, Map<String, double[][]> record) {
    try (Backend backend = new JavaBackend();
        Encoder encoder = Models.encoder(model, backend)) {
      return Samples.finish(encoder, encoder.encode(parts(encoder, model, record)));
    }
  }

  private static double apart(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs((double) a[i] - b[i]));
    }
    return most;
  }

  /** Tokens of all modalities: so many each, or as many as their fixed length. */
  private static Map<String, double[][]> record(ModelConfig config, int tokens, long seed) {
    Map<String, double[][]> record = new LinkedHashMap<>();
    for (String m : config.modalities().keySet()) {
      int n = config instanceof HipConfig hip ? hip.length(m) : tokens + record.size();
      record.put(m, Samples.tokens(config.modality(m), n, seed + record.size()));
    }
    return record;
  }

  private static List<Subsequence> parts(
      Encoder encoder, Model model, Map<String, double[][]> record) {
    List<Subsequence> parts = new ArrayList<>();
    record.forEach(
        (m, x) -> parts.addAll(Samples.split(encoder, m, model.config().modality(m), x, 11)));
    return parts;
  }
}
