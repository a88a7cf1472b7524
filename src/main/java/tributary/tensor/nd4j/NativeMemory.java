package tributary.tensor.nd4j;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
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

  /**
   * Chunks of the common size that no scope holds, at most 16: malloc would scatter what every
   * batch frees and takes again.
   */
  private final ArrayBlockingQueue<Chunk> spare = new ArrayBlockingQueue<>(16);

  /** A spare chunk, counted as held again; null where there is none. */
  @Nullable Chunk takeSpare() {
    Chunk chunk = spare.poll();
    if (chunk != null) {
      take(chunk.bytes());
    }
    return chunk;
  }

  /** Keeps a chunk of the common size for the next scope; false where there are enough. */
  boolean keep(Chunk chunk) {
    if (!spare.offer(chunk)) {
      return false;
    }
    give(chunk.bytes());
    return true;
  }

  /** Ways into oneDNN that no scope uses, at most as many. */
  private final ArrayBlockingQueue<Products> spareProducts = new ArrayBlockingQueue<>(16);

  Products takeProducts() {
    Products spare = spareProducts.poll();
    return spare == null ? new Products() : spare;
  }

  void keep(Products products) {
    if (!spareProducts.offer(products)) {
      products.close();
    }
  }

  /** Frees what is spare. */
  void drain() {
    for (Products p = spareProducts.poll(); p != null; p = spareProducts.poll()) {
      p.close();
    }
    for (Chunk chunk = takeSpare(); chunk != null; chunk = takeSpare()) {
      chunk.close();
    }
  }
}
