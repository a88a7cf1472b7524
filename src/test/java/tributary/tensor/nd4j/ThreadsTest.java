package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** A task computes on as many threads as it was given, whatever the machine would give it. */
class ThreadsTest {
  @TempDir Path folder;

  /** In a thread of its own, for OpenMP knows a number for each. */
  private static int threadsInAScope(int given) throws ExecutionException, InterruptedException {
    ExecutorService own = Executors.newSingleThreadExecutor();
    try (Backend backend = new Nd4jBackend(given)) {
      return own.submit(
              () -> {
                try (Scope scope = backend.open(0)) {
                  return Threads.ofCallsFromHere();
                }
              })
          .get();
    } finally {
      own.shutdown();
    }
  }

  @Test
  void aScopeSetsTheThreadsOfItsCaller() throws ExecutionException, InterruptedException {
    assertThat(threadsInAScope(3)).isEqualTo(3);
    assertThat(threadsInAScope(1)).isEqualTo(1);
  }

  /** Open at once in one thread, each computes on its own number. */
  @Test
  void aScopesProductsHaveItsBackendsThreads() {
    Shape shape = Shape.matrix(4, 8);
    try (Backend one = new Nd4jBackend(1);
        Backend three = new Nd4jBackend(3);
        Scope onOne = one.open(0);
        Scope onThree = three.open(0)) {
      Map<Scope, Linear> layers =
          Map.of(
              onOne, Operation.layer(one, 1, 8, 8, true),
              onThree, Operation.layer(three, 1, 8, 8, true));
      Map<Scope, Integer> threads = Map.of(onOne, 1, onThree, 3);
      for (Scope scope : List.of(onOne, onThree, onOne, onOne, onThree)) {
        Linear layer = Objects.requireNonNull(layers.get(scope));
        scope.linear(Operation.tensor(scope, 2, shape), layer, Activation.NONE);
        assertThat(Threads.ofCallsFromHere()).isEqualTo(threads.get(scope));
      }
    }
  }

  /** For layers of up to 1,536 inputs; oneDNN shares out longer sums. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void theNumberChangesNoBit(int threads) {
    for (int rows : new int[] {1, 3, 64, 255}) {
      for (int channels : new int[] {8, 256, 1536}) {
        Operation product = Operation.linear(rows, channels, 72, true, Activation.GELU);
        assertThat(on(threads, product)).as("%s", product).isEqualTo(on(1, product));
      }
      Operation attention = Operation.attend(rows, 300, 2, 64, 1, null);
      assertThat(on(threads, attention)).as("%s", attention).isEqualTo(on(1, attention));
    }
  }

  private static float[] on(int threads, Operation operation) {
    try (Backend backend = new Nd4jBackend(threads)) {
      return operation.on(backend);
    }
  }

  @Test
  void nd4jCollectsNoGarbageByTheClock() {
    try (Backend backend = new Nd4jBackend()) {
      assertThat(Nd4j.getMemoryManager().isPeriodicGcActive()).isFalse();
      assertThat(backend.describe()).contains(", 1 thread per product, ");
    }
  }

  /**
   * Eight threads for OpenMP in the environment, two tasks: no thread is born of their products.
   */
  @Test
  void twoTasksStartNoThreadsOfTheirOwn() throws IOException, InterruptedException {
    String said = fork("--add-modules=jdk.incubator.vector", "tasks");
    assertThat(said)
        .contains("new threads 0")
        .containsOnlyOnce("Kernels cpu: native arrays up to ");
    assertThat(said).contains("OMP_NUM_THREADS 8 (each task's calls set their own)");
  }

  @Test
  void withoutTheVectorModuleRowsRunScalarAndSaySo() throws IOException, InterruptedException {
    assertThat(fork("-Dno.module=true", "scalar"))
        .contains("this JVM has no module jdk.incubator.vector")
        .contains("scalar rows (no jdk.incubator.vector)")
        .contains("proved");
  }

  /** As the launcher starts it: the JVM has no warning to give. */
  @Test
  void theVectorModuleMayBeLoadedLate() throws IOException, InterruptedException {
    assertThat(fork("--add-exports=java.base/jdk.internal.module=ALL-UNNAMED", "late"))
        .contains("proved ND4J", ", vectors of ")
        .doesNotContain("incubator modules", "scalar rows (");
  }

  private String fork(String option, String what) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(option);
    String cache = System.getProperty("org.bytedeco.javacpp.cachedir");
    if (cache != null) {
      command.add("-Dorg.bytedeco.javacpp.cachedir=" + cache);
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Forked.class.getName(), what));
    Path log = folder.resolve(what + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("OMP_NUM_THREADS", "8");
    int exit = builder.start().waitFor();
    String said = Files.readString(log);
    assertThat(exit).as(said).isZero();
    return said;
  }

  /** What runs in a JVM of its own. */
  static final class Forked {
    private Forked() {}

    public static void main(String[] arguments) throws Exception {
      Backend backend = Backends.open(Kernels.of("cpu"));
      System.out.println("proved " + backend.describe());
      if (!arguments[0].equals("tasks")) {
        return;
      }
      ExecutorService tasks = Executors.newFixedThreadPool(2);
      run(backend, tasks, 8); // the tasks' own threads, the JIT's and the library's are there now
      long before = threads();
      run(backend, tasks, 512);
      System.out.println("new threads " + (threads() - before));
      tasks.shutdown();
    }

    private static void run(Backend backend, ExecutorService tasks, int size) throws Exception {
      List<Future<?>> both = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        both.add(tasks.submit(() -> product(backend, size)));
      }
      for (Future<?> one : both) {
        one.get();
      }
    }

    private static void product(Backend backend, int size) {
      Tensor weight = backend.constant(Shape.matrix(size, size), new float[size * size]);
      try (Scope scope = backend.open(0)) {
        Tensor x = scope.upload(Shape.matrix(size, size), new float[size * size], 0);
        scope.linear(x, new Linear(weight, null), Activation.NONE);
      }
      backend.free(weight);
    }

    /** Threads of this process outside the JVM's knowledge, too, but for its compilers' own. */
    private static long threads() throws IOException {
      try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
        return all.filter(t -> !name(t).matches("C[12] CompilerThre.*")).count();
      }
    }

    private static String name(Path task) {
      try {
        return Files.readString(task.resolve("comm")).strip();
      } catch (IOException e) {
        return "";
      }
    }
  }
}
