package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Shape;

/**
 * What a constant keeps beside its values: a row's values on the heap for the row kernels, a
 * matrix's columns in panels for BLAS, made at its first product. Shared by all threads.
 */
final class Constant implements AutoCloseable {
  /** Columns of a panel: four vectors of 512 bits, what a small product is fastest with. */
  static final int PANEL = 64;

  private final Shape shape; // [1, out, in]
  private final Chunk values; // [out, in]
  private final NativeMemory memory;
  private final float @Nullable [] row; // [in] where there is one row
  private volatile @Nullable Chunk panels; // [out / 64][in, 64 or what is left]

  Constant(Shape shape, float[] values, NativeMemory memory) {
    this.shape = shape;
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

  /** The matrix transposed, in panels of columns: panel p begins at 64 p in. */
  Chunk panels() {
    Chunk made = panels;
    if (made == null) {
      synchronized (this) {
        made = panels;
        if (made == null) {
          made = pack();
          panels = made;
        }
      }
    }
    return made;
  }

  private Chunk pack() {
    int out = shape.rows();
    int in = shape.channels();
    float[] matrix = new float[out * in];
    values.buffer().get(0, matrix, 0, matrix.length);
    float[] packed = new float[matrix.length];
    int to = 0;
    for (int from = 0; from < out; from += PANEL) {
      int end = Math.min(out, from + PANEL);
      for (int i = 0; i < in; i++) {
        for (int o = from; o < end; o++) {
          packed[to++] = matrix[o * in + i];
        }
      }
    }
    Chunk chunk = new Chunk(packed.length, memory);
    chunk.buffer().put(0, packed, 0, packed.length);
    return chunk;
  }

  @Override
  public synchronized void close() {
    values.close();
    Chunk made = panels;
    if (made != null) {
      made.close();
    }
  }
}
