package tributary.tensor.nd4j;

import java.util.concurrent.atomic.AtomicLong;
import tributary.tensor.Backend.NativeUse;

/** Counts the bytes that a backend's chunks hold outside the heap. Safe for all threads. */
final class NativeMemory {
  private final AtomicLong now = new AtomicLong();
  private final AtomicLong peak = new AtomicLong();

  void take(long bytes) {
    long held = now.addAndGet(bytes);
    peak.accumulateAndGet(held, Math::max);
  }

  void give(long bytes) {
    now.addAndGet(-bytes);
  }

  NativeUse use() {
    return new NativeUse(now.get(), peak.get());
  }
}
