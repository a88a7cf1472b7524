package tributary.tools.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import tributary.tensor.Backend;
import tributary.tools.bench.Timing.Task;

/**
 * The most memory held while something ran.
 *
 * @param nativeBytes the kernels' peak since the JVM started: measure before anything larger runs
 * @param heapBytes the most that was alive after a full collection, one every 100 ms
 */
record Memory(long nativeBytes, long heapBytes) {
  static Memory of(Backend backend, Task task) throws Exception {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    AtomicLong alive = new AtomicLong();
    ScheduledExecutorService pool = Executors.newSingleThreadScheduledExecutor();
    try {
      pool.scheduleWithFixedDelay(
          () -> {
            memory.gc();
            alive.accumulateAndGet(afterCollection(), Math::max);
          },
          0,
          100,
          TimeUnit.MILLISECONDS);
      task.run();
    } finally {
      pool.shutdown();
      pool.awaitTermination(1, TimeUnit.MINUTES);
    }
    return new Memory(backend.nativeUse().peak(), alive.get());
  }

  /** Bytes of the heap that the last collection left. */
  private static long afterCollection() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage left = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
      bytes += left == null ? 0 : left.getUsed();
    }
    return bytes;
  }
}
