package tributary.tensor.nd4j;

import java.util.ArrayList;
import java.util.List;
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

  /** Bytes of chunks that are kept though no scope holds them, at most: 64 MiB. */
  private static final long MOST_SPARE = 64L << 20;

  /**
   * Chunks that no scope holds, the last one last: malloc would scatter what every batch frees and
   * takes again, or hand it back to a system that then finds new pages for it one by one.
   */
  private final List<Chunk> spare = new ArrayList<>();

  private long spareBytes;

  /**
   * A spare chunk of at least this many floats, and at most twice as many, counted as held again;
   * null where there is none.
   */
  synchronized @Nullable Chunk takeSpare(long floats) {
    for (int i = spare.size() - 1; i >= 0; i--) {
      Chunk chunk = spare.get(i);
      if (chunk.floats() >= floats && chunk.floats() <= 2 * floats) {
        spare.remove(i);
        spareBytes -= chunk.bytes();
        take(chunk.bytes());
        return chunk;
      }
    }
    return null;
  }

  /** Keeps a chunk for later scopes; false where there are enough. */
  synchronized boolean keep(Chunk chunk) {
    if (spareBytes + chunk.bytes() > MOST_SPARE) {
      return false;
    }
    spare.add(chunk);
    spareBytes += chunk.bytes();
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
  synchronized void drain() {
    for (Products p = spareProducts.poll(); p != null; p = spareProducts.poll()) {
      p.close();
    }
    for (Chunk chunk : spare) {
      take(chunk.bytes());
      chunk.close();
    }
    spare.clear();
    spareBytes = 0;
  }
}
