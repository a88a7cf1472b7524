package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Precision;
import tributary.tensor.Shape;

/**
 * What a constant keeps beside its values: a row's values on the heap for the row kernels, a matrix
 * packed for oneDNN, made at its first product. Shared by all threads.
 */
final class Constant implements AutoCloseable {
  /** Bytes of a cache line. */
  private static final int LINE = 64;

  private final Shape shape; // [1, out, in]
  private final Chunk values; // [out, in]
  private final Precision precision;
  private final NativeMemory memory;
  private final float @Nullable [] row; // [in] where there is one row
  private volatile @Nullable Chunk packed; // as oneDNN lays it out

  Constant(Shape shape, float[] values, Precision precision, NativeMemory memory) {
    this.shape = shape;
    this.precision = precision;
    this.memory = memory;
    this.values = new Chunk(Math.max(1, values.length), memory);
    this.values.buffer().put(0, values, 0, values.length);
    this.row = shape.groups() == 1 && shape.rows() == 1 ? values.clone() : null;
  }

  Chunk values() {
    return values;
  }

  float @Nullable [] row() {
    return row;
  }

  /** Where the matrix lies as oneDNN packs it: made at its first product, then kept. */
  long packed() {
    Chunk made = packed;
    if (made == null) {
      synchronized (this) {
        made = packed;
        if (made == null) {
          made = pack();
          packed = made;
        }
      }
    }
    return aligned(made.address(0));
  }

  private Chunk pack() {
    Chunk chunk = new Chunk(packedFloats(shape, precision), memory);
    pack(chunk);
    return chunk;
  }

  private void pack(Chunk to) {
    Products.pack(
        shape.channels(), shape.rows(), precision, values.address(0), aligned(to.address(0)));
  }

  /**
   * Other values, the first ones of an array, packed again where they were packed. No other thread
   * may read meanwhile.
   */
  synchronized void update(float[] other) {
    values.buffer().put(0, other, 0, (int) shape.size());
    if (row != null) {
      System.arraycopy(other, 0, row, 0, row.length);
    }
    Chunk made = packed;
    if (made != null) {
      pack(made);
    }
  }

  /** What a packed matrix [1, out, in] takes, with room to begin on a cache line. */
  static int packedFloats(Shape matrix, Precision precision) {
    long bytes = OneDnn.packing(matrix.channels(), matrix.rows(), precision).get_size();
    return Math.toIntExact((bytes + LINE) / Float.BYTES);
  }

  /** The next address on a cache line. */
  static long aligned(long address) {
    return (address + LINE - 1) / LINE * LINE;
  }

  @Override
  public synchronized void close() {
    values.close();
    Chunk made = packed;
    if (made != null) {
      made.close();
    }
  }
}
