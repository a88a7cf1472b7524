package tributary.tools.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;
import tributary.model.Safetensors;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Precision;
import tributary.tensor.nd4j.Nd4jBackend;
import tributary.tools.parity.ParityResult.Status;

class ParityTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final Set<String> KINDS =
      Set.of(
          "cross_attention",
          "crossvit",
          "elastic",
          "film",
          "hf_bert_cross",
          "hf_perceiver",
          "hf_perceiver_image_fourier",
          "hf_perceiver_masked_lm",
          "hip",
          "perceiver",
          "persistent_memory",
          "retro",
          "selfdoc",
          "transformer_decoder");

  /** How many gradients the golden cases hold. */
  private static final Map<String, Integer> GRADIENTS =
      Map.ofEntries(
          Map.entry("cross_attention", 5),
          Map.entry("cross_attention_masked", 8),
          Map.entry("cross_attention_masked_uniform", 8),
          Map.entry("crossvit", 36),
          Map.entry("elastic", 268),
          Map.entry("elastic_missing_modality", 268),
          Map.entry("elastic_proportional", 268),
          Map.entry("elastic_proportional_hidden", 208),
          Map.entry("film", 2),
          Map.entry("hip", 263),
          Map.entry("perceiver", 105),
          Map.entry("persistent_memory", 10),
          Map.entry("retro", 7),
          Map.entry("selfdoc", 40));

  @TempDir Path dir;

  @Test
  void everyGoldenCaseOfOurKindsAgreesOnEveryBackend() {
    try (Backend java = new JavaBackend();
        Backend cpu = new Nd4jBackend()) {
      List<ParityResult> results = Parity.run(GOLDEN, List.of(java, cpu));
      results.forEach(r -> System.out.println(r.line()));
      assertThat(results).hasSize(40);
      for (ParityResult r : results) {
        Status expected = KINDS.contains(r.kind()) ? Status.OK : Status.UNSUPPORTED;
        assertThat(r.status()).as(r.line()).isEqualTo(expected);
      }
      assertThat(results).filteredOn(r -> r.status() == Status.OK).hasSize(40);
      for (ParityResult r : results) {
        Integer gradients = GRADIENTS.get(r.name());
        Compared found = r.gradients();
        assertThat(found.tensors()).as(r.line()).isEqualTo(gradients == null ? 0 : gradients);
        assertThat(found.status())
            .as(r.line())
            .isEqualTo(gradients == null ? Status.ABSENT : Status.OK);
        assertThat(r.line())
            .contains(
                gradients == null ? "no gradients in the case" : " " + gradients + " gradients ");
        assertThat(found.tolerance()).isEqualTo(10 * r.tolerance());
      }
      assertThat(results)
          .filteredOn(r -> r.name().equals("elastic"))
          .allSatisfy(r -> assertThat(r.tensors()).isEqualTo(13));
      assertThat(results)
          .filteredOn(r -> r.name().equals("hip"))
          .allSatisfy(r -> assertThat(r.tensors()).isEqualTo(9));
    }
  }

  /**
   * Every Perceiver of Hugging Face's transformers 5.18 with random weights in double precision,
   * small and with every field changed that its code reads: attention as wide as the queries,
   * channels of its own, other widening, blocks, activation, no query residual, masks that leave
   * nothing.
   */
  @Test
  void everyPerceiverOfHuggingFaceAgreesOnEveryBackend() {
    try (Backend java = new JavaBackend();
        Backend cpu = new Nd4jBackend()) {
      List<ParityResult> results =
          Parity.run(Path.of("src/test/resources/perceiver"), List.of(java, cpu));
      assertThat(results).hasSize(16);
      assertThat(results).allSatisfy(r -> assertThat(r.status()).as(r.line()).isEqualTo(Status.OK));
      assertThat(results)
          .filteredOn(r -> r.name().equals("multimodal"))
          .allSatisfy(r -> assertThat(r.tensors()).isEqualTo(3));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"param.merge.slots", "out.embedding", "in.audio.tokens"})
  void aCaseThatDisagreesFails(String tensor) {
    Map<String, Weight> changed = tensors("elastic");
    float[] x = at(changed, tensor);
    x[0] += 0.5f;
    ParityResult r = run(changed, "elastic", "elastic");
    assertThat(r.status()).isEqualTo(Status.FAILED);
    assertThat(r.largestError()).isGreaterThan(2e-5);
    assertThat(r.line()).contains("FAILED: largest in");
  }

  @ParameterizedTest
  @ValueSource(strings = {"film", "selfdoc", "hip"})
  void aGradientThatDisagreesFailsWhereTheOutputsAgree(String name) {
    Safetensors file = Safetensors.read(GOLDEN.resolve(name + ".safetensors"));
    Map<String, Weight> changed = new HashMap<>();
    file.entries().keySet().forEach(tensor -> changed.put(tensor, file.weight(tensor)));
    String weight =
        changed.keySet().stream()
            .filter(n -> n.startsWith("grad."))
            .sorted()
            .findFirst()
            .orElseThrow();
    float largest = 1;
    for (float x : at(changed, weight)) {
      largest = Math.max(largest, Math.abs(x));
    }
    at(changed, weight)[0] += 3e-4f * largest;
    ParityResult r = run(changed, name, Objects.requireNonNull(file.metadata().get("kind")));
    assertThat(r.largestError()).isLessThan(2e-5);
    assertThat(r.gradients().status()).isEqualTo(Status.FAILED);
    assertThat(r.gradients().largestError()).isBetween(2e-4, 4e-4);
    assertThat(r.status()).isEqualTo(Status.FAILED);
    assertThat(r.line())
        .contains("FAILED: gradients, largest in " + weight.substring("grad.".length()));
  }

  @Test
  void aGradientThatWeDoNotComputeFails() {
    Map<String, Weight> changed = tensors("elastic");
    changed.put("grad.mystery", new Weight(new long[] {1}, new float[1]));
    ParityResult r = run(changed, "elastic", "elastic");
    assertThat(r.status()).isEqualTo(Status.FAILED);
    assertThat(r.detail()).isEqualTo("gradients, gradient mystery: not computed");
  }

  /** Kernels in bfloat16 encode, but have no backward functions. */
  @Test
  void aBackendThatCannotGoBackSaysSo() {
    try (Backend half = new JavaBackend(Precision.BFLOAT16)) {
      ParityResult r = Parity.run(GOLDEN.resolve("film.safetensors"), half);
      assertThat(r.gradients().status()).isEqualTo(Status.UNSUPPORTED);
      assertThat(r.gradients().tensors()).isZero();
      assertThat(r.line())
          .contains("gradients unsupported: kernels java have no backward functions");
    }
  }

  @Test
  void whatIsNoNumberFails() {
    Map<String, Weight> changed = tensors("elastic");
    at(changed, "param.head.bias")[1] = Float.NaN;
    assertThat(run(changed, "elastic", "elastic").status()).isEqualTo(Status.FAILED);
  }

  @Test
  void anOutputThatWeDoNotComputeFails() {
    Map<String, Weight> changed = tensors("elastic");
    changed.put("out.mystery", new Weight(new long[] {1}, new float[1]));
    assertThat(run(changed, "elastic", "elastic").detail())
        .isEqualTo("output mystery: not computed");
    changed.put("out.embedding", new Weight(new long[] {1}, new float[1]));
    changed.remove("out.mystery");
    assertThat(run(changed, "elastic", "elastic").detail())
        .isEqualTo("output embedding: 10 values, not 1");
  }

  @Test
  void aWeightThatDoesNotFitIsNamed() {
    Map<String, Weight> changed = tensors("elastic");
    changed.remove("param.head.bias");
    assertThat(run(changed, "elastic", "elastic").detail())
        .isEqualTo("Cannot use weights: head.bias is missing (shape [10])");
  }

  @Test
  void aKindThatWeDoNotKnowIsUnsupported() throws IOException {
    ParityResult r = run(tensors("elastic"), "elastic", "telepathy");
    assertThat(r.status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(r.line()).contains("telepathy").contains("unsupported kind");
  }

  @Test
  void aBrokenFileFailsAlone() throws IOException {
    Files.write(dir.resolve("a.safetensors"), new byte[3]);
    Files.copy(GOLDEN.resolve("cross_attention.safetensors"), dir.resolve("b.safetensors"));
    try (Backend java = new JavaBackend()) {
      List<ParityResult> results = Parity.run(dir, List.of(java));
      assertThat(results)
          .extracting(ParityResult::status)
          .containsExactly(Status.FAILED, Status.OK);
      assertThat(results.get(0).detail()).contains("truncated: 3 bytes");
    }
  }

  @Test
  void aFolderWithoutCasesIsRefused() {
    assertThatThrownBy(() -> Parity.run(dir, List.of()))
        .isInstanceOf(Refused.class)
        .hasMessage("Cannot read cases in " + dir + ": no *.safetensors there");
  }

  private ParityResult run(Map<String, Weight> tensors, String from, String kind) {
    Map<String, String> metadata =
        new HashMap<>(Safetensors.read(GOLDEN.resolve(from + ".safetensors")).metadata());
    metadata.put("kind", kind);
    Path file = dir.resolve("case.safetensors");
    Safetensors.write(file, tensors, metadata);
    try (Backend java = new JavaBackend()) {
      return Parity.run(dir, List.of(java)).get(0);
    }
  }

  private static float[] at(Map<String, Weight> tensors, String name) {
    return Objects.requireNonNull(tensors.get(name)).values();
  }

  /** The tensors of a golden case but for the masks, so that everything is visible. */
  private static Map<String, Weight> tensors(String name) {
    Safetensors file = Safetensors.read(GOLDEN.resolve(name + ".safetensors"));
    Map<String, Weight> tensors = new HashMap<>();
    for (String tensor : file.entries().keySet()) {
      if (!tensor.endsWith(".visible")) {
        tensors.put(tensor, file.weight(tensor));
      }
    }
    tensors.keySet().removeIf(n -> n.startsWith("out.") && !n.equals("out.embedding"));
    tensors.keySet().removeIf(n -> n.startsWith("grad."));
    tensors.put("out.embedding", file.weight("out.embedding_all_visible"));
    return tensors;
  }
}
