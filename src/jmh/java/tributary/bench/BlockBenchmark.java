package tributary.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.nd4j.Backends;

/**
 * One block on 16 groups, this project's kernels and ONNX Runtime in turn in one process: first
 * both results are checked against the stored ones, then the medians of the rounds are compared.
 * The argument is the directory of block.safetensors and block.onnx.
 */
public final class BlockBenchmark {
  private static final int GROUPS = 16;
  private static final double GFLOP = GROUPS * 494_927_872e-9;
  private static final int WARM_UP = 15;
  private static final int ROUNDS = 21;
  private static final double TOLERANCE = 2e-5;

  private final Backend backend = Backends.named("cpu");
  private final Block block;
  private final Shape shape; // [16, m, c]
  private final float[] inputs; // [16, m, c]
  private final float[] expected; // [16, n, c]
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Linear square;

  private BlockBenchmark(Path directory) throws Exception {
    Map<String, SafetensorsFile.Array> arrays =
        SafetensorsFile.read(directory.resolve("block.safetensors"));
    block = new Block(backend, arrays, 8, 2);
    long[] axes = arrays.get("in.inputs").shape();
    shape = new Shape(GROUPS, (int) axes[1], (int) axes[2]);
    inputs = repeat(arrays.get("in.inputs").values(), GROUPS / (int) axes[0]);
    expected = repeat(arrays.get("out.latents").values(), GROUPS / (int) axes[0]);
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    session = environment.createSession(directory.resolve("block.onnx").toString(), options);
    square = new Linear(backend.constant(Shape.matrix(1024, 1024), new float[1 << 20]), null);
  }

  private static float[] repeat(float[] values, int times) {
    float[] all = new float[values.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(values, 0, all, i * values.length, values.length);
    }
    return all;
  }

  /** What a thread does over and over. */
  private interface Task extends AutoCloseable {
    void run() throws Exception;

    @Override
    void close();
  }

  private final class Ours implements Task {
    final float[] outputs = new float[expected.length];
    private final Scope scope = backend.open(0);

    @Override
    public void run() {
      block.run(scope, shape, inputs, outputs);
    }

    @Override
    public void close() {
      scope.close();
    }
  }

  private final class Onnx implements Task {
    final float[] outputs = new float[expected.length];
    private final OnnxTensor x;

    Onnx() throws OrtException {
      long[] axes = {shape.groups(), shape.rows(), shape.channels()};
      x = OnnxTensor.createTensor(environment, FloatBuffer.wrap(inputs), axes);
    }

    @Override
    public void run() throws OrtException {
      try (OrtSession.Result result = session.run(Map.of("x", x))) {
        ((OnnxTensor) result.get(0)).getFloatBuffer().get(outputs);
      }
    }

    @Override
    public void close() {
      x.close();
    }
  }

  private final class Gemm implements Task {
    private final Scope scope = backend.open(0);
    private final Tensor x = scope.upload(Shape.matrix(1024, 1024), new float[1 << 20], 0);

    @Override
    public void run() {
      for (int i = 0; i < 4; i++) {
        try (Scope inner = scope.inner()) {
          inner.linear(x, square, Activation.NONE);
        }
      }
    }

    @Override
    public void close() {
      scope.close();
    }
  }

  public static void main(String[] arguments) throws Exception {
    new BlockBenchmark(Path.of(arguments[0])).compare();
  }

  private void compare() throws Exception {
    System.out.printf(
        "%s%n%s, JDK %s%nONNX Runtime %s%n",
        backend.describe(),
        System.getProperty("os.arch"),
        Runtime.version(),
        environment.getVersion());
    try (Ours ours = new Ours();
        Onnx onnx = new Onnx()) {
      ours.run();
      onnx.run();
      check("ours", ours.outputs);
      check("onnx", onnx.outputs);
    }
    for (int threads = 1; threads <= 2; threads++) {
      Timing[] timings = measure(threads);
      System.out.printf("%d thread(s), each its own batch of %d groups%n", threads, GROUPS);
      double[] ours = timings[0].print("ours", threads * GFLOP);
      double[] onnx = timings[1].print("ONNX Runtime", threads * GFLOP);
      timings[2].print("sgemm 1024^3", threads * 4 * 2.147483648);
      System.out.printf(
          "  ours / ONNX Runtime: %.3f by the clock, %.3f by processor time%n",
          ours[0] / onnx[0], ours[1] / onnx[1]);
    }
    System.out.printf("native memory: peak %,d bytes%n", backend.nativeUse().peak());
  }

  private void check(String name, float[] outputs) {
    double largest = 1;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs((double) outputs[i] - expected[i]));
    }
    System.out.printf("%s: largest error %.2e of %.2f%n", name, error, largest);
    if (!(error <= TOLERANCE * largest)) {
      throw new IllegalStateException("Cannot compare: " + name + " is off by " + error);
    }
  }

  /** Ours, ONNX Runtime, sgemm in turn; each run of a kind by all threads at once. */
  private Timing[] measure(int threads) throws Exception {
    Timing[] timings = {new Timing(), new Timing(), new Timing()};
    Task[][] tasks = new Task[3][threads];
    for (int t = 0; t < threads; t++) {
      tasks[0][t] = new Ours();
      tasks[1][t] = new Onnx();
      tasks[2][t] = new Gemm();
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int round = -WARM_UP; round < ROUNDS; round++) {
        for (int kind = 0; kind < tasks.length; kind++) {
          double[] seconds = together(pool, tasks[kind]);
          if (round >= 0) {
            timings[kind].wall[round] = seconds[0];
            timings[kind].processor[round] = seconds[1];
          }
        }
      }
    } finally {
      pool.shutdown();
      for (Task[] kind : tasks) {
        for (Task task : kind) {
          task.close();
        }
      }
    }
    return timings;
  }

  /**
   * Seconds on the clock, and of processor time of all tasks: the one that a busy machine spares.
   */
  private static double[] together(ExecutorService pool, Task[] tasks) throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = System.nanoTime();
    List<Future<Long>> runs = new ArrayList<>();
    for (Task task : tasks) {
      runs.add(
          pool.submit(
              () -> {
                long before = threads.getCurrentThreadCpuTime();
                task.run();
                return threads.getCurrentThreadCpuTime() - before;
              }));
    }
    long processor = 0;
    for (Future<Long> run : runs) {
      processor += run.get();
    }
    return new double[] {(System.nanoTime() - start) * 1e-9, processor * 1e-9};
  }

  private static final class Timing {
    final double[] wall = new double[ROUNDS];
    final double[] processor = new double[ROUNDS];

    /** GFLOP/s on the clock, and a second of processor time, by the medians. */
    double[] print(String name, double gflop) {
      Arrays.sort(wall);
      Arrays.sort(processor);
      double[] rates = {gflop / wall[ROUNDS / 2], gflop / processor[ROUNDS / 2]};
      System.out.printf(
          "  %-14s clock %7.2f ms (%.2f .. %.2f), %6.1f GFLOP/s;"
              + " processor %7.2f ms (%.2f .. %.2f), %6.1f GFLOP/s%n",
          name,
          wall[ROUNDS / 2] * 1e3,
          wall[0] * 1e3,
          wall[ROUNDS - 1] * 1e3,
          rates[0],
          processor[ROUNDS / 2] * 1e3,
          processor[0] * 1e3,
          processor[ROUNDS - 1] * 1e3,
          rates[1]);
      return rates;
    }
  }
}
