package tributary.tools.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.nd4j.Sgemm;
import tributary.tools.bench.Timing.Clock;
import tributary.tools.bench.Timing.Spread;
import tributary.tools.bench.Timing.Task;
import tributary.tools.onnxcheck.OnnxSession;
import tributary.tools.onnxcheck.Records;

/** The rows of the block benchmark: against ONNX Runtime, against products alone, as two tasks. */
final class BlockRows {
  private static final int N = 1024;
  private static final double GEMM_GFLOP = 2.0 * N * N * N * 1e-9;

  private final Backend backend;
  private final Path folder;
  private final int rounds;

  BlockRows(Backend backend, Path folder, int rounds) {
    this.backend = backend;
    this.folder = folder;
    this.rounds = rounds;
  }

  /** Row 1: one thread, ours / ONNX Runtime. */
  Figure againstOnnx() throws Exception {
    Path file = folder.resolve("block.onnx");
    try (Block block = new Block(backend);
        Scope scope = block.open()) {
      block.export(file);
      try (OnnxSession session = new OnnxSession(file, 1)) {
        float[] ours = block.output();
        float[] theirs = block.output();
        block.run(scope, ours);
        block.run(session, Block.GROUPS, theirs);
        Checks.close("block", theirs, ours);
        Task[] tasks = {
          () -> block.run(scope, ours),
          () -> block.run(session, 1, theirs),
          () -> block.run(session, 4, theirs),
          () -> block.run(session, Block.GROUPS, theirs)
        };
        Timing t = Timing.interleaved(Clock.THREAD, rounds / 2, rounds, tasks);
        int fastest = t.fastest(1);
        return Figure.atLeast(
            "block",
            "block, one thread: ours / ONNX Runtime",
            t.ratio(fastest, 0, 1),
            1.1,
            1.4,
            String.format(
                Locale.ROOT,
                "ours %.1f GFLOP/s; ONNX Runtime %.1f (%d groups a call, the fastest of 1, 4, 16)",
                Block.GFLOP / t.median(0),
                Block.GFLOP / t.median(fastest),
                new int[] {0, 1, 4, 16}[fastest]));
      }
    }
  }

  /** Row 2: GFLOP/s of the block over those of products alone. */
  Figure againstProducts() throws Exception {
    Random random = new Random(2);
    float[] a = Records.values(N * N, random);
    float[] b = Records.values(N * N, random);
    Tensor weight = backend.constant(Shape.matrix(N, N), transposed(b));
    try (Block block = new Block(backend);
        Scope scope = block.open();
        Sgemm sgemm = new Sgemm(N, a, b)) {
      Tensor x = scope.upload(Shape.matrix(N, N), a, 0);
      Linear linear = new Linear(weight, null);
      float[] product = new float[N * N];
      try (Scope inner = scope.inner()) {
        inner.download(inner.linear(x, linear, Activation.NONE), product, 0);
      }
      sgemm.run();
      Checks.product(a, b, N, sgemm.result(), "sgemm");
      Checks.product(a, b, N, product, "linear");
      float[] ours = block.output();
      Timing t =
          Timing.interleaved(
              Clock.THREAD,
              rounds / 2,
              rounds,
              () -> block.run(scope, ours),
              () -> {
                for (int i = 0; i < 4; i++) {
                  sgemm.run();
                }
              },
              () -> {
                for (int i = 0; i < 4; i++) {
                  try (Scope inner = scope.inner()) {
                    inner.linear(x, linear, Activation.NONE);
                  }
                }
              });
      int base = t.fastest(1);
      return Figure.atLeast(
          "sgemm",
          "block GFLOP/s / those of a product of 1024 x 1024 x 1024",
          t.ratio(base, 0, Block.GFLOP / (4 * GEMM_GFLOP)),
          0.75,
          0.9,
          String.format(
              Locale.ROOT,
              "block %.1f GFLOP/s; OpenBLAS sgemm %.1f, our linear %.1f: the faster is the base",
              Block.GFLOP / t.median(0),
              4 * GEMM_GFLOP / t.median(1),
              4 * GEMM_GFLOP / t.median(2)));
    } finally {
      backend.free(weight);
    }
  }

  /** Row 3: two tasks of one thread in this JVM over one. */
  Figure twoTasks() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (Block block = new Block(backend);
        Scope first = block.open();
        Scope second = block.open()) {
      float[] one = block.output();
      float[] two = block.output();
      Callable<Void> a = call(block, first, one);
      Callable<Void> b = call(block, second, two);
      pool.invokeAll(List.of(a, b));
      Checks.same("two tasks", two, one);
      Timing t =
          Timing.interleaved(
              Clock.WALL,
              rounds / 2,
              rounds,
              () -> all(pool, List.of(a)),
              () -> all(pool, List.of(a, b)));
      Spread ratio = t.ratio(0, 1, 2);
      return Figure.atLeast(
          "tasks",
          "two tasks of one thread / one task",
          ratio,
          1.9,
          2.0,
          String.format(
              Locale.ROOT,
              "by the wall clock, %d processors: %.1f ms alone, %.1f ms as two",
              Runtime.getRuntime().availableProcessors(),
              1e3 * t.median(0),
              1e3 * t.median(1)));
    } finally {
      pool.shutdown();
    }
  }

  private static Callable<Void> call(Block block, Scope scope, float[] output) {
    return () -> {
      block.run(scope, output);
      return null;
    };
  }

  private static void all(ExecutorService pool, List<Callable<Void>> calls) throws Exception {
    for (var done : new ArrayList<>(pool.invokeAll(calls))) {
      done.get();
    }
  }

  private static float[] transposed(float[] x) {
    float[] y = new float[x.length];
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < N; j++) {
        y[j * N + i] = x[i * N + j];
      }
    }
    return y;
  }
}
