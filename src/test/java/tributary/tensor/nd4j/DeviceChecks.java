package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tributary.tensor.Backend;
import tributary.tensor.JavaBackend;
import tributary.tools.parity.Parity;
import tributary.tools.parity.ParityResult;
import tributary.tools.parity.ParityResult.Status;

/** What a backend of whole arrays must do, on whatever device it runs. */
final class DeviceChecks {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  private DeviceChecks() {}

  /** Every operation against the oracle, and the same bits the second time. */
  static void agreesWithTheOracleTwice(Backend backend) {
    try (Backend oracle = new JavaBackend()) {
      for (Operation operation : Operation.all()) {
        float[] first = operation.on(backend);
        operation.tolerance().check(backend.name() + ", " + operation, first, operation.on(oracle));
        assertThat(operation.on(backend)).as(operation.name()).isEqualTo(first);
      }
    }
  }

  /** Every operation in several threads at once has the bits that it has alone. */
  static void sameBitsInEveryThread(Backend backend, int threads) throws Exception {
    List<Operation> operations = Operation.all();
    List<float[]> alone = operations.stream().map(o -> o.on(backend)).toList();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      CountDownLatch start = new CountDownLatch(threads);
      List<Future<List<float[]>>> runs = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        runs.add(
            pool.submit(
                () -> {
                  start.countDown();
                  start.await();
                  return operations.stream().map(o -> o.on(backend)).toList();
                }));
      }
      for (Future<List<float[]>> run : runs) {
        for (int i = 0; i < operations.size(); i++) {
          assertThat(run.get().get(i)).as(operations.get(i).name()).isEqualTo(alone.get(i));
        }
      }
    } finally {
      pool.shutdown();
    }
  }

  /** Every golden case. */
  static void goldenCasesAgree(Backend backend) {
    List<ParityResult> results = Parity.run(GOLDEN, List.of(backend));
    assertThat(results).isNotEmpty();
    assertThat(results).allSatisfy(r -> assertThat(r.status()).as(r.line()).isEqualTo(Status.OK));
  }
}
