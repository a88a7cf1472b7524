package tributary.tools.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tributary.model.Costs;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.models.ModelConfigs;
import tributary.models.OnnxExport;
import tributary.models.hip.HipEncoder;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tools.bench.Timing.Clock;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.OnnxSession.Input;
import tributary.tools.onnxcheck.Records;

/** Row 4: Hierarchical Perceiver's presets on 50,176 tokens of 3 channels, one thread. */
final class HipRows {
  private static final int TOKENS = 50_176;

  private final Backend backend;
  private final Path folder;
  private final int rounds;

  HipRows(Backend backend, Path folder, int rounds) {
    this.backend = backend;
    this.folder = folder;
    this.rounds = rounds;
  }

  Figure preset(String preset) throws Exception {
    ModelConfig config =
        ModelConfigs.parse(
            "{encoder: hip, preset: "
                + preset
                + ", modalities: [{name: raw, length: "
                + TOKENS
                + ", channels: 3}]}",
            "bench");
    Path file = folder.resolve("hip-" + preset + ".onnx");
    Model model = Initialization.random(config, 1);
    OnnxExport.write(model, file);
    try (HipEncoder encoder = new HipEncoder(model, backend);
        OnnxSession session = new OnnxSession(file, 1)) {
      List<Subsequence> record = Records.record(config, encoder, TOKENS, 1);
      Map<String, Input> inputs = Records.inputs(config, record, "");
      Checks.close("hip " + preset, session.run(inputs), Records.embedding(encoder, record));
      Timing t =
          Timing.interleaved(
              Clock.THREAD,
              1,
              rounds,
              () -> Records.embedding(encoder, record),
              () -> session.run(inputs));
      return Figure.atLeast(
          "hip",
          "hip " + preset + " on 50,176 tokens, forward: ours / ONNX Runtime",
          t.ratio(1, 0, 1),
          1.1,
          1.4,
          String.format(
              Locale.ROOT,
              "one record of %.1f GFLOP, one thread: ours %.0f ms (%.1f GFLOP/s), ONNX Runtime %.0f ms"
                  + " (%.1f)",
              gflop(config),
              1e3 * t.median(0),
              gflop(config) / t.median(0),
              1e3 * t.median(1),
              gflop(config) / t.median(1)));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Of the products of all levels for one record. */
  private static double gflop(ModelConfig config) {
    return 2e-9 * Costs.of(config).stream().mapToLong(l -> l.groups() * l.operations()).sum();
  }
}
