package tributary.tools.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems.Refused;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tools.parity.ParityResult.Status;

/** Runs golden cases and compares. Lives on the driver. */
public final class Parity {
  private static final String ENDING = ".safetensors";
  private static final int GRADIENTS = 10;

  private Parity() {}

  /**
   * Every case of a folder on every backend, by name, then in the order of the backends.
   *
   * @throws Refused where the folder can't be read or holds no case
   */
  public static List<ParityResult> run(Path folder, List<Backend> backends) {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(f -> f.toString().endsWith(ENDING)).sorted().toList();
    } catch (IOException e) {
      throw new Refused(List.of("Cannot read cases in " + folder + ": " + e));
    }
    if (files.isEmpty()) {
      throw new Refused(List.of("Cannot read cases in " + folder + ": no *" + ENDING + " there"));
    }
    List<ParityResult> results = new ArrayList<>();
    for (Path file : files) {
      for (Backend backend : backends) {
        results.add(run(file, backend));
      }
    }
    return results;
  }

  /** One case on one backend. */
  static ParityResult run(Path file, Backend backend) {
    String base = String.valueOf(file.getFileName());
    String name = base.substring(0, base.length() - ENDING.length());
    String kind = "unknown";
    double tolerance = 0;
    try {
      GoldenCase golden = new GoldenCase(file);
      kind = golden.kind();
      tolerance = golden.tolerance();
      CaseKind found = kind(kind);
      Compared outputs =
          found == null
              ? Compared.nothing(tolerance, Status.UNSUPPORTED, "no encoder or form for this kind")
              : outputs(found, golden, backend);
      Compared gradients =
          found == null
              ? Compared.nothing(tolerance, Status.UNSUPPORTED, "unsupported kind")
              : gradients(found, golden, backend);
      return ParityResult.of(name, kind, backend.name(), outputs, gradients);
    } catch (Refused | IllegalArgumentException | ArithmeticException e) {
      Compared failed = failed(tolerance, e);
      return ParityResult.of(name, kind, backend.name(), failed, failed);
    }
  }

  private static @Nullable CaseKind kind(String name) {
    return switch (name) {
      case "cross_attention" -> new CrossAttentionCase();
      case "crossvit" -> new CrossVitCase();
      case "elastic" -> new ElasticCase();
      case "film" -> new FilmCase();
      case "hf_bert_cross" -> new BertCase();
      case "hip" -> new HipCase();
      case "persistent_memory" -> new PersistentMemoryCase();
      case "retro" -> new RetroCase();
      case "selfdoc" -> new SelfDocCase();
      case "transformer_decoder" -> new TransformerDecoderCase();
      case "perceiver" -> new PerceiverCase();
      case "hf_perceiver",
          "hf_perceiver_masked_lm",
          "hf_perceiver_text_labels",
          "hf_perceiver_image_learned",
          "hf_perceiver_image_fourier",
          "hf_perceiver_image_conv",
          "hf_perceiver_optical_flow",
          "hf_perceiver_multimodal" ->
          new HuggingFacePerceiverCase();
      default -> null;
    };
  }

  private static Compared failed(double tolerance, RuntimeException e) {
    return Compared.nothing(tolerance, Status.FAILED, String.valueOf(e.getMessage()));
  }

  private static Compared outputs(CaseKind kind, GoldenCase golden, Backend backend) {
    Map<String, Weight> expected = golden.outputs();
    if (expected.isEmpty()) {
      return Compared.nothing(golden.tolerance(), Status.FAILED, "the case holds no outputs");
    }
    try {
      return Compared.of("output", golden.tolerance(), expected, kind.outputs(golden, backend));
    } catch (Refused | IllegalArgumentException | ArithmeticException e) {
      return failed(golden.tolerance(), e);
    }
  }

  /** Gradients may be as far off as {@value #GRADIENTS} times what outputs may. */
  private static Compared gradients(CaseKind kind, GoldenCase golden, Backend backend) {
    double tolerance = GRADIENTS * golden.tolerance();
    Map<String, Weight> expected = golden.gradients();
    if (expected.isEmpty()) {
      return Compared.nothing(tolerance, Status.ABSENT, "no gradients in the case");
    }
    try (Scope scope = backend.open(0)) {
      scope.gradients();
    } catch (UnsupportedOperationException e) {
      String reason = "kernels " + backend.name() + " have no backward functions";
      return Compared.nothing(tolerance, Status.UNSUPPORTED, reason);
    }
    try {
      return Compared.of("gradient", tolerance, expected, kind.gradients(golden, backend));
    } catch (Refused | IllegalArgumentException | ArithmeticException e) {
      return failed(tolerance, e);
    }
  }
}
