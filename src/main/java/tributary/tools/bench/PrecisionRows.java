package tributary.tools.bench;

import java.util.List;
import java.util.Locale;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.models.ModelConfigs;
import tributary.models.elastic.ElasticEncoder;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Precision;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.tools.bench.Timing.Clock;
import tributary.tools.bench.Timing.Spread;
import tributary.tools.onnxcheck.Records;

/** The rows of the cpu backend itself: products of bfloat16, and its proof before first use. */
final class PrecisionRows {
  private static final Kernels CPU = Kernels.of("cpu");

  /** What PyTorch's products of bfloat16 gain on the block of the design. */
  private static final double AIM = 1.75;

  /** What an embedding must keep for the timing to be worth anything. */
  private static final double LEAST_COSINE = 0.999;

  private final int rounds;

  PrecisionRows(int rounds) {
    this.rounds = rounds;
  }

  /** The proof that this JVM began with. */
  static Figure proof() {
    double seconds = Backends.proofSeconds(CPU);
    return Figure.atMost(
        "proof",
        "seconds in which the backend proves itself before first use",
        Spread.of(seconds),
        0.1,
        0.05,
        "against the oracle, once a JVM, nothing compiled yet");
  }

  /** The default model's encoder with products of bfloat16, and how far its embeddings are off. */
  Figure bfloat16() throws Exception {
    ModelConfig config = ModelConfigs.read(ElasticRows.CONFIG);
    Model model = Initialization.random(config, 1);
    String name = "elastic encoder: time in float32 / with products of bfloat16";
    Backend rounding;
    try {
      rounding = Backends.open(CPU.in(Precision.BFLOAT16));
    } catch (IllegalStateException e) {
      String why = "not measured: " + e.getMessage();
      return Figure.atLeast("bfloat16", name, Spread.of(Double.NaN), 1, AIM, why);
    }
    try (ElasticEncoder exact = new ElasticEncoder(model, Backends.open(CPU));
        ElasticEncoder rounded = new ElasticEncoder(model, rounding)) {
      List<Subsequence> record = Records.record(config, exact, 16 * 256, 1);
      float[] expected = Records.embedding(exact, record);
      float[] found = Records.embedding(rounded, record);
      Checks.near("bfloat16", found, expected, LEAST_COSINE);
      Timing t =
          Timing.interleaved(
              Clock.THREAD,
              3,
              rounds,
              () -> Records.embedding(exact, record),
              () -> Records.embedding(rounded, record));
      return Figure.atLeast(
          "bfloat16",
          name,
          t.ratio(0, 1, 1),
          1,
          AIM,
          String.format(
              Locale.ROOT,
              "%.1f and %.1f ms; embeddings off by %.4f of their length (cosine %.6f)",
              1e3 * t.median(0),
              1e3 * t.median(1),
              Checks.distance(found, expected),
              Checks.cosine(found, expected)));
    }
  }
}
