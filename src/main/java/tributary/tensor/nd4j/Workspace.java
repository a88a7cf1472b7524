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
 * use, the heap blocks that the row kernels work on, the pointers that oneDNN reads. Used by one
 * thread.
 */
final class Workspace implements Products.Scratch, AutoCloseable {
  /** 1 MiB: what a chunk holds at least. */
  private static final long LEAST_FLOATS = 1 << 18;

  /** 16 MiB: the least that chunks grow to where many are held, so that little is left over. */
  private static final long MOST_LEAST_FLOATS = 1 << 22;

  /** What a chunk holds at least, as a share of all that are held. */
  private static final int SHARE = 16;

  private final NativeMemory memory;
  private final List<Chunk> all = new ArrayList<>();
  private final Deque<Chunk> free = new ArrayDeque<>();
  private long held; // floats of all

  /** What {@link #room} is for: keys, values, queries, scores and sums of attention. */
  static final int KEYS = 0;

  static final int VALUES = 1;
  static final int QUERIES = 2;
  static final int SCORES = 3;
  static final int SUMS = 4;

  /** Of attention's backward: rows of queries, gradients by what. */
  static final int QUERY_ROWS = 5;

  static final int RESULT_ROWS = 6;
  static final int RESULTS = 7;
  static final int SLOPES = 8;
  static final int BY_KEYS = 9;
  static final int BY_VALUES = 10;

  private final float[][] rooms = new float[11][0];
  private float[] block = new float[0];
  private float[] second = new float[0];
  private final @Nullable Chunk[] scratch = new Chunk[Products.USES];
  private final Folds folds;
  private final int threads;
  private final Precision precision;
  final Products products;

  /**
   * @param threads of one product
   */
  Workspace(NativeMemory memory, Folds folds, long bytes, int threads, Precision precision) {
    this.folds = folds;
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
    long least = Math.min(MOST_LEAST_FLOATS, Math.max(LEAST_FLOATS, held / SHARE));
    return allocate(Math.max(floats, least));
  }

  private Chunk allocate(long floats) {
    Chunk spare = memory.takeSpare(floats);
    Chunk chunk = spare == null ? new Chunk(floats, memory) : spare;
    all.add(chunk);
    held += chunk.floats();
    return chunk;
  }

  void release(Chunk chunk) {
    free.addFirst(chunk);
  }

  Folds folds() {
    return folds;
  }

  int threads() {
    return threads;
  }

  Precision precision() {
    return precision;
  }

  @Override
  public long address(int use, long floats) {
    Chunk room = scratch[use];
    if (room == null || room.floats() < floats) {
      room = allocate(Math.max(floats, LEAST_FLOATS));
      scratch[use] = room;
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

  /** A heap block of at least this many floats for a use of its own; the same one at each call. */
  float[] room(int use, int floats) {
    rooms[use] = grown(rooms[use], floats);
    return rooms[use];
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
    held = 0;
    free.clear();
  }
}
