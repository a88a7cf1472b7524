package tributary.tensor.nd4j;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Precision;

/**
 * What an outermost scope and the scopes inside it share, one task's: the chunks that are not in
 * use, the heap blocks that the row kernels work on, the pointers that BLAS reads. Used by one
 * thread.
 */
final class Workspace implements AutoCloseable {
  /** 1 MiB: what a chunk holds at least. */
  private static final long LEAST_FLOATS = 1 << 18;

  private final NativeMemory memory;
  private final List<Chunk> all = new ArrayList<>();
  private final Deque<Chunk> free = new ArrayDeque<>();
  private float[] block = new float[0];
  private float[] second = new float[0];
  private @Nullable Chunk scratch;
  private final int threads;
  private final Precision precision;
  final Blas blas = new Blas();
  final Products products;

  /**
   * @param threads of one product
   */
  Workspace(NativeMemory memory, long bytes, int threads, Precision precision) {
    this.precision = precision;
    this.memory = memory;
    this.threads = threads;
    this.products = memory.takeProducts();
    Threads.ofCallsFromHere(threads);
    if (bytes > 0) {
      release(allocate((bytes + Float.BYTES - 1) / Float.BYTES));
    }
  }

  /**
   * A chunk of at least this many floats: the one freed last that is large enough, or a new one.
   */
  Chunk take(long floats) {
    for (Iterator<Chunk> chunks = free.iterator(); chunks.hasNext(); ) {
      Chunk chunk = chunks.next();
      if (chunk.floats() >= floats) {
        chunks.remove();
        return chunk;
      }
    }
    return allocate(Math.max(floats, LEAST_FLOATS));
  }

  private Chunk allocate(long floats) {
    Chunk spare = memory.takeSpare(floats);
    Chunk chunk = spare == null ? new Chunk(floats, memory) : spare;
    all.add(chunk);
    return chunk;
  }

  void release(Chunk chunk) {
    free.addFirst(chunk);
  }

  int threads() {
    return threads;
  }

  Precision precision() {
    return precision;
  }

  /** Where at least this many floats may be written by one product. */
  long scratch(long floats) {
    Chunk room = scratch;
    if (room == null || room.floats() < floats) {
      room = allocate(Math.max(floats, LEAST_FLOATS));
      scratch = room;
    }
    return room.address(0);
  }

  /** A heap block of at least this many floats; the same one at each call. */
  float[] block(int floats) {
    block = grown(block, floats);
    return block;
  }

  /** Another one. */
  float[] second(int floats) {
    second = grown(second, floats);
    return second;
  }

  private static float[] grown(float[] block, int floats) {
    return block.length >= floats ? block : new float[Math.max(floats, 2 * block.length)];
  }

  /** Gives back every chunk, in use or not: to the spare ones, or to ND4J. */
  @Override
  public void close() {
    memory.keep(products);
    for (Chunk chunk : all) {
      if (!memory.keep(chunk)) {
        chunk.close();
      }
    }
    all.clear();
    free.clear();
  }
}
