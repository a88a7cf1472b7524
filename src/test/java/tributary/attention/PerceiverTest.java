package tributary.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tributary.model.Weight;
import tributary.tensor.Activation;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;
import tributary.tensor.nd4j.TestBackends;

/** The forms of 2021, encoder and decoder; their values are compared in tributary.tools.parity. */
class PerceiverTest {
  private static final int LATENTS = 4;
  private static final int CHANNELS = 6;
  private static final int INPUTS = 5;

  private static Map<String, Weight> perceiver(int layers) {
    FormFixture f = new FormFixture(3).add("latents", LATENTS, CHANNELS);
    for (int d = 0; d < layers; d++) {
      f.cross("layers." + d + ".cross", CHANNELS, INPUTS, INPUTS, CHANNELS);
      f.self("layers." + d + ".self.0", CHANNELS, CHANNELS, CHANNELS);
    }
    return f.norm("head_norm", CHANNELS).linear("head", CHANNELS, 3).weights;
  }

  private static Map<String, Weight> io() {
    return new FormFixture(3)
        .add("latents", LATENTS, CHANNELS)
        .cross("cross", CHANNELS, INPUTS, INPUTS, CHANNELS)
        .self("self.0", CHANNELS, CHANNELS, CHANNELS)
        .cross("output.cross", 7, CHANNELS, CHANNELS, 7)
        .linear("output.final", 7, 2)
        .weights;
  }

  private static Perceiver.Options options(int depth, boolean tied) {
    return new Perceiver.Options(depth, tied, 1, 1, 2, Activation.GELU);
  }

  private static PerceiverIo.Options io(int blocks, FullyMasked policy) {
    return new PerceiverIo.Options(1, 2, 1, blocks, Activation.GELU, true, policy);
  }

  private static Tensor random(Scope scope, Shape shape, long seed) {
    return scope.upload(shape, Normal.values((int) shape.size(), 1, seed), 0);
  }

  @Test
  void tiedLayersShareOneSetOfWeightsButForTheFirst() {
    Map<String, Weight> tied = perceiver(2);
    Map<String, Weight> untied = new LinkedHashMap<>(tied);
    tied.forEach(
        (n, w) -> {
          if (n.startsWith("layers.1.")) {
            untied.put(n.replace("layers.1.", "layers.2."), w);
          }
        });
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights a = new Weights(tied, backend);
          Weights b = new Weights(untied, backend);
          Scope scope = backend.open(0)) {
        Tensor x = random(scope, new Shape(2, 9, INPUTS), 1);
        Perceiver one = Perceiver.of(a, options(3, true));
        Perceiver other = Perceiver.of(b, options(3, false));
        float[] logits = scope.values(one.classify(scope, one.encode(scope, x, null)));
        Tolerance.exact()
            .check(
                "logits",
                scope.values(other.classify(scope, other.encode(scope, x, null))),
                logits);
        Perceiver shallow = Perceiver.of(a, options(2, true));
        assertThat(scope.values(shallow.classify(scope, shallow.encode(scope, x, null))))
            .isNotEqualTo(logits);
      }
    }
  }

  @Test
  void whatMayNotBeAttendedToIsAsIfItWereNotThere() {
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights weights = new Weights(perceiver(1), backend);
          Scope scope = backend.open(0)) {
        Perceiver form = Perceiver.of(weights, options(1, false));
        float[] x = scope.values(random(scope, Shape.matrix(3, INPUTS), 1));
        Mask mask = new Mask(new boolean[] {true, true, false}, 1, 1, 3);
        Tensor all = scope.upload(Shape.matrix(3, INPUTS), x, 0);
        Tensor two = scope.upload(Shape.matrix(2, INPUTS), x, 0);
        Tolerance.roundings(200, 1)
            .check(
                "latents",
                scope.values(form.encode(scope, all, mask)),
                scope.values(form.encode(scope, two, null)));
      }
    }
  }

  @Test
  void aBlockThatIsRunTwiceIsTwoEqualLayers() {
    Map<String, Weight> twice = new LinkedHashMap<>(io());
    io().forEach((n, w) -> twice.put(n.replace("self.0", "self.1"), w));
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights a = new Weights(io(), backend);
          Weights b = new Weights(twice, backend);
          Scope scope = backend.open(0)) {
        Tensor x = random(scope, new Shape(2, 9, INPUTS), 1);
        PerceiverIo blocks = PerceiverIo.of(a, io(2, FullyMasked.ZERO));
        PerceiverIo layers =
            PerceiverIo.of(
                b, new PerceiverIo.Options(1, 2, 2, 1, Activation.GELU, true, FullyMasked.ZERO));
        Tolerance.exact()
            .check(
                "latents",
                scope.values(blocks.encode(scope, x, null)),
                scope.values(layers.encode(scope, x, null)));
      }
    }
  }

  @Test
  void aRecordThatIsWhollyMaskedFollowsThePolicy() {
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights weights = new Weights(io(), backend);
          Scope scope = backend.open(0)) {
        Mask nothing = new Mask(new boolean[3], 1, 1, 3);
        float[] a = scope.values(random(scope, Shape.matrix(3, INPUTS), 1));
        float[] b = scope.values(random(scope, Shape.matrix(3, INPUTS), 2));
        Tensor one = scope.upload(Shape.matrix(3, INPUTS), a, 0);
        Tensor other = scope.upload(Shape.matrix(3, INPUTS), b, 0);
        PerceiverIo zero = PerceiverIo.of(weights, io(1, FullyMasked.ZERO));
        assertThat(scope.values(zero.encode(scope, one, nothing)))
            .isEqualTo(scope.values(zero.encode(scope, other, nothing)));
        PerceiverIo uniform = PerceiverIo.of(weights, io(1, FullyMasked.UNIFORM));
        assertThat(scope.values(uniform.encode(scope, one, nothing)))
            .isNotEqualTo(scope.values(uniform.encode(scope, other, nothing)));
      }
    }
  }

  @Test
  void queriesDecodedInPartsGiveWhatTheyGiveTogether() {
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights weights = new Weights(io(), backend);
          Scope scope = backend.open(0)) {
        PerceiverDecoder decoder =
            PerceiverDecoder.of(weights, "output", 1, Activation.GELU, false);
        assertThat(decoder.outputs()).isEqualTo(2);
        Tensor z = random(scope, Shape.matrix(LATENTS, CHANNELS), 1);
        Tensor queries = random(scope, Shape.matrix(23, 7), 2);
        float[] whole = scope.values(decoder.apply(scope, queries, z));
        for (int part : new int[] {1, 4, 22, 23, 100}) {
          Tolerance.roundings(40, 2)
              .check(
                  "parts of " + part, decoder.decode(scope, scope.values(queries), z, part), whole);
        }
      }
    }
  }

  @Test
  void badSizesAreRefused() {
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights weights = new Weights(io(), backend);
          Weights old = new Weights(perceiver(1), backend);
          Scope scope = backend.open(0)) {
        PerceiverIo form = PerceiverIo.of(weights, io(1, FullyMasked.ZERO));
        Tensor wide = random(scope, Shape.matrix(3, INPUTS + 1), 1);
        assertThatThrownBy(() -> form.encode(scope, wide, null))
            .hasMessage("Invalid inputs: [1, 3, 6] (channels: 5)");
        Perceiver perceiver = Perceiver.of(old, options(1, true));
        assertThatThrownBy(() -> perceiver.encode(scope, wide, null))
            .hasMessage("Invalid inputs: [1, 3, 6] (channels: 5)");
        PerceiverDecoder decoder =
            PerceiverDecoder.of(weights, "output", 1, Activation.GELU, false);
        Tensor z = random(scope, Shape.matrix(LATENTS, CHANNELS), 1);
        assertThatThrownBy(() -> decoder.apply(scope, wide, z))
            .hasMessage("Invalid queries: [1, 3, 6] (channels: 7)");
        assertThatThrownBy(() -> decoder.decode(scope, new float[7], z, 0))
            .hasMessage("Invalid part: 0 (at least 1)");
        assertThatThrownBy(() -> decoder.decode(scope, new float[8], z, 1))
            .hasMessage("Invalid queries: 8 values (channels: 7)");
        assertThatThrownBy(() -> new PerceiverDecoder(decoder.cross(), old.linear("head")))
            .hasMessage("Invalid last: 6 inputs (as wide as the queries: 7)");
        assertThatThrownBy(
                () ->
                    new Perceiver(
                        perceiver.latents(),
                        perceiver.layers(),
                        perceiver.headNorm(),
                        weights.linear("output.final")))
            .hasMessage("Invalid head: 7 inputs (as wide as the latents: 6)");
      }
    }
    assertThatThrownBy(() -> options(0, true)).hasMessage("Invalid depth: 0 (at least 1)");
    assertThatThrownBy(() -> io(0, FullyMasked.ZERO)).hasMessage("Invalid blocks: 0 (at least 1)");
  }
}
