package tributary.tensor;

import tributary.base.Invalid;

/**
 * The axes of a tensor: [groups, rows, channels]. A weight matrix is [1, out, in], a vector [1, 1,
 * channels].
 */
public record Shape(int groups, int rows, int channels) {
  public Shape {
    if (groups < 0 || rows < 0 || channels < 1) {
      throw Invalid.argument(
          "shape",
          "[" + groups + ", " + rows + ", " + channels + "]",
          "groups and rows >= 0, channels >= 1");
    }
  }

  public static Shape matrix(int rows, int channels) {
    return new Shape(1, rows, channels);
  }

  public static Shape vector(int channels) {
    return new Shape(1, 1, channels);
  }

  /** Number of elements. */
  public long size() {
    return (long) groups * rows * channels;
  }

  @Override
  public String toString() {
    return "[" + groups + ", " + rows + ", " + channels + "]";
  }
}
