package tributary.tensor.nd4j;

/**
 * Some rows of keys or values on the heap, for the products of attention. Each head's channels
 * begin where the head before ends, or, where whole vectors are read of them, on the next multiple
 * of {@link RowKernels#COLUMNS}. Rows of several heads are a cache line apart, or a head's parts of
 * many rows would fall on the same few places of the first-level cache.
 */
final class HeadRows {
  private final int channels;
  private final int heads;

  /** Channels of a head. */
  final int width;

  /** Rows one after the other; between them and between heads is anything. */
  final float[] values;

  /** Floats from one head to the next. */
  final int pitch;

  /** Floats from one row to the next. */
  final int stride;

  /**
   * @param room {@link Workspace#room}'s use
   * @param whole whether whole vectors of a head are read
   */
  HeadRows(Workspace workspace, int room, int rows, int channels, int heads, boolean whole) {
    this.channels = channels;
    this.heads = heads;
    width = channels / heads;
    pitch = whole ? whole(width) : width;
    stride = heads == 1 ? pitch : stride(heads * pitch);
    values = workspace.room(room, rows * stride);
  }

  /** A head's channels of all rows. */
  Strided head(int head) {
    return Strided.ofRows(values, head * pitch, stride);
  }

  /** Floats from one row of several heads to the next. */
  static int stride(int channels) {
    return channels + RowKernels.COLUMNS;
  }

  private static int whole(int channels) {
    int columns = RowKernels.COLUMNS;
    return (channels + columns - 1) / columns * columns;
  }

  /**
   * Copies rows in.
   *
   * @param place of the first in the tensor's chunk
   * @param apart floats from one to the next there
   */
  void read(NativeTensor from, int place, int apart, int rows) {
    if (pitch == width && apart == stride) {
      from.read(place, values, 0, (rows - 1) * stride + channels);
      return;
    }
    for (int r = 0; r < rows; r++) {
      if (pitch == width) {
        from.read(place + r * apart, values, r * stride, channels);
        continue;
      }
      for (int h = 0; h < heads; h++) {
        from.read(place + r * apart + h * width, values, r * stride + h * pitch, width);
      }
    }
  }

  /** Copies rows out: {@link #read}'s other way, the tensor's rows one after the other. */
  void write(NativeTensor to, int place, int rows) {
    for (int r = 0; r < rows; r++) {
      if (pitch == width) {
        to.write(place + r * channels, values, r * stride, channels);
        continue;
      }
      for (int h = 0; h < heads; h++) {
        to.write(place + r * channels + h * width, values, r * stride + h * pitch, width);
      }
    }
  }
}
