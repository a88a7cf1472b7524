package tributary.tools.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import tributary.model.LevelSpec;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tensor.Scope;
import tributary.tensor.nd4j.Sgemm;
import tributary.tools.bench.Timing.Clock;
import tributary.tools.bench.TrainingBlock.Size;
import tributary.tools.onnxcheck.Records;

/** Forward and backward of the block benchmark, and of the default model's levels. */
final class TrainingRows {
  private static final int N = 1024;
  private static final double GEMM_GFLOP = 2.0 * N * N * N * 1e-9;

  /** Forward, then twice as much backward. */
  private static final int PASSES = 3;

  private static final Size BLOCK =
      new Size(Block.GROUPS, Block.ROWS, Block.WIDTH, Block.LEVEL.channels(), Block.LEVEL, 4, Activation.GELU);

  /** Groups of the default model (conf/models/elastic.yaml), as many as a batch of it has. */
  private static final List<Size> LEVELS =
      List.of(
          of(64, 256, 64, new LevelSpec(32, 128, 1, 4, 2)),
          of(64, 20, 64, new LevelSpec(32, 128, 1, 4, 2)),
          of(64, 64, 128, new LevelSpec(16, 192, 1, 6, 4)),
          of(64, 64, 192, new LevelSpec(16, 256, 2, 8, 6)));

  private final Backend backend;
  private final int rounds;

  TrainingRows(Backend backend, int rounds) {
    this.backend = backend;
    this.rounds = rounds;
  }

  private static Size of(int groups, int rows, int width, LevelSpec level) {
    return new Size(groups, rows, width, width, level, 1, Activation.SQUARED_RELU);
  }

  /** GFLOP/s of forward and backward over those of a product alone, one thread. */
  Figure step() throws Exception {
    check();
    Random random = new Random(2);
    List<AutoCloseable> open = new ArrayList<>();
    try (Sgemm sgemm =
        new Sgemm(N, Records.values(N * N, random), Records.values(N * N, random))) {
      List<Size> sizes = new ArrayList<>(List.of(BLOCK));
      sizes.addAll(LEVELS);
      Timing.Task[] tasks = new Timing.Task[sizes.size() + 1];
      tasks[0] =
          () -> {
            for (int i = 0; i < 4; i++) {
              sgemm.run();
            }
          };
      for (int i = 0; i < sizes.size(); i++) {
        TrainingBlock block = new TrainingBlock(sizes.get(i), backend);
        Scope scope = block.open();
        open.addAll(List.of(scope, block));
        tasks[i + 1] = () -> block.run(scope);
      }
      Timing t = Timing.interleaved(Clock.THREAD, rounds / 2 + 1, rounds, tasks);
      StringBuilder detail = new StringBuilder();
      for (int i = 0; i < sizes.size(); i++) {
        detail.append(
            String.format(
                Locale.ROOT,
                "%s: %.1f GFLOP/s; ",
                i == 0 ? "block" : sizes.get(i).describe(),
                PASSES * sizes.get(i).forward() / t.median(i + 1)));
      }
      return Figure.atLeast(
          "training",
          "block, forward and backward, GFLOP/s / those of a product",
          t.ratio(0, 1, PASSES * BLOCK.forward() / (4 * GEMM_GFLOP)),
          0.6,
          0.75,
          String.format(
              Locale.ROOT,
              "%sOpenBLAS sgemm of 1024^3 %.1f",
              detail,
              4 * GEMM_GFLOP / t.median(0)));
    } finally {
      for (AutoCloseable each : open) {
        each.close();
      }
    }
  }

  /** One group of the block against the oracle. */
  private void check() {
    Size one = new Size(2, 70, Block.WIDTH, Block.LEVEL.channels(), Block.LEVEL, 4, Activation.GELU);
    try (TrainingBlock ours = new TrainingBlock(one, backend);
        Scope scope = ours.open();
        TrainingBlock oracle = new TrainingBlock(one, new JavaBackend());
        Scope plain = oracle.open()) {
      Map<String, float[]> expected = oracle.run(plain);
      ours.run(scope)
          .forEach((name, x) -> Checks.close(name, x, expected.getOrDefault(name, new float[0])));
    }
  }
}
