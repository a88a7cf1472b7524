package tributary.model;

import java.util.Arrays;
import tributary.base.Invalid;

/** A named array of a model file, float32 on the heap. */
@SuppressWarnings("ArrayRecordComponent")
public record Weight(long[] shape, float[] values) {
  public Weight {
    long size = 1;
    for (long n : shape) {
      size = Math.multiplyExact(size, n);
    }
    if (size != values.length) {
      throw Invalid.argument(
          "weight", values.length + " values", "shape " + Arrays.toString(shape));
    }
  }

  public String shapeText() {
    return Arrays.toString(shape);
  }
}
