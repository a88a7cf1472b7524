package tributary.tools.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tributary.config.Problems.Refused;
import tributary.model.Weight;
import tributary.tensor.Backend;

/** Runs golden cases and compares. Lives on the driver. */
public final class Parity {
  private static final String ENDING = ".safetensors";

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
      Map<String, float[]> computed =
          switch (kind) {
            case "cross_attention" -> CrossAttentionCase.run(golden, backend);
            case "crossvit" -> CrossVitCase.run(golden, backend);
            case "elastic" -> ElasticCase.run(golden, backend);
            case "film" -> FilmCase.run(golden, backend);
            case "hf_bert_cross" -> BertCase.run(golden, backend);
            case "hip" -> HipCase.run(golden, backend);
            case "persistent_memory" -> PersistentMemoryCase.run(golden, backend);
            case "retro" -> RetroCase.run(golden, backend);
            case "selfdoc" -> SelfDocCase.run(golden, backend);
            case "transformer_decoder" -> TransformerDecoderCase.run(golden, backend);
            case "perceiver" -> PerceiverCase.run(golden, backend);
            case "hf_perceiver",
                "hf_perceiver_masked_lm",
                "hf_perceiver_text_labels",
                "hf_perceiver_image_learned",
                "hf_perceiver_image_fourier",
                "hf_perceiver_image_conv",
                "hf_perceiver_optical_flow",
                "hf_perceiver_multimodal" ->
                HuggingFacePerceiverCase.run(golden, backend);
            default -> null;
          };
      if (computed == null) {
        return new ParityResult(
            name,
            kind,
            backend.name(),
            0,
            0,
            tolerance,
            ParityResult.Status.UNSUPPORTED,
            "no encoder or form for this kind");
      }
      return compare(name, kind, backend.name(), tolerance, golden.outputs(), computed);
    } catch (Refused | IllegalArgumentException | ArithmeticException e) {
      return failed(name, kind, backend.name(), tolerance, String.valueOf(e.getMessage()));
    }
  }

  private static ParityResult failed(
      String name, String kind, String backend, double tolerance, String reason) {
    return new ParityResult(
        name, kind, backend, 0, Double.NaN, tolerance, ParityResult.Status.FAILED, reason);
  }

  /** An output agrees when max |x - out| <= tolerance max(1, max |out|). */
  private static ParityResult compare(
      String name,
      String kind,
      String backend,
      double tolerance,
      Map<String, Weight> expected,
      Map<String, float[]> computed) {
    if (expected.isEmpty()) {
      return failed(name, kind, backend, tolerance, "the case holds no outputs");
    }
    double largest = -1;
    String worst = "";
    for (Map.Entry<String, Weight> e : expected.entrySet()) {
      float[] out = e.getValue().values();
      float[] x = computed.get(e.getKey());
      if (x == null || x.length != out.length) {
        String found = x == null ? "not computed" : x.length + " values, not " + out.length;
        return failed(name, kind, backend, tolerance, "output " + e.getKey() + ": " + found);
      }
      double error = Difference.ofLargest(x, out);
      if (!(error <= largest)) {
        largest = error;
        worst = e.getKey();
      }
      if (Double.isNaN(error)) {
        break;
      }
    }
    boolean agrees = largest <= tolerance;
    return new ParityResult(
        name,
        kind,
        backend,
        expected.size(),
        largest,
        tolerance,
        agrees ? ParityResult.Status.OK : ParityResult.Status.FAILED,
        "largest in " + worst);
  }
}
