package tributary.tensor.nd4j;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One array of ND4J's, outside the heap and not initialised: what scopes cut their tensors from.
 * Freed by {@link #close} alone.
 */
final class Chunk implements AutoCloseable {
  /** Bound by the int index of a FloatBuffer. */
  static final long MAX_FLOATS = Integer.MAX_VALUE / Float.BYTES;

  private final INDArray array; // [floats]
  private final NativeMemory memory;
  private final long address;
  private final FloatBuffer buffer; // [floats]
  private boolean closed;

  Chunk(long floats, NativeMemory memory) {
    if (floats > MAX_FLOATS) {
      throw new OutOfMemoryError(
          "Cannot hold " + floats + " floats in one tensor: at most " + MAX_FLOATS);
    }
    this.memory = memory;
    this.array = allocate(floats);
    FloatPointer pointer = new FloatPointer(array.data().pointer());
    this.address = pointer.address();
    this.buffer = pointer.capacity(floats).asBuffer();
    memory.take(bytes());
  }

  long floats() {
    return buffer.capacity();
  }

  long bytes() {
    return floats() * Float.BYTES;
  }

  /** Where the float at this offset lies. */
  long address(long offset) {
    return address + offset * Float.BYTES;
  }

  private static INDArray allocate(long floats) {
    try {
      return Nd4j.createUninitialized(DataType.FLOAT, floats);
    } catch (RuntimeException e) {
      OutOfMemoryError error =
          new OutOfMemoryError("Cannot allocate " + floats * Float.BYTES + " bytes: " + e);
      error.initCause(e);
      throw error;
    }
  }

  boolean closed() {
    return closed;
  }

  /** Its floats; used with absolute positions only, so by any number of threads. */
  FloatBuffer buffer() {
    return buffer;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.give(bytes());
      array.close();
    }
  }
}
