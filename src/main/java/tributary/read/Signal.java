package tributary.read;

import java.io.IOException;

/**
 * One decoded payload of one modality of one record. Lives in a task; arrays are not copied and not
 * changed.
 */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface Signal {
  /** UTF-8 bytes, valid. */
  record Text(byte[] utf8) implements Signal {}

  /** Pixels as 0xAARRGGBB, row-major, not premultiplied. */
  record Image(int width, int height, int[] argb) implements Signal {}

  /** Sound that can be read more than once (a silent channel is found before the mix). */
  record Audio(int rate, int channels, PcmSource pcm) implements Signal {}

  /** count x width values, row-major. */
  record Vectors(int width, float[] values) implements Signal {}

  /** times [n] in seconds or the column's own unit; values [n, channels] row-major. */
  record Series(double[] times, int channels, double[] values) implements Signal {}

  /** coordinates [n, dimensions] row-major. */
  record Points(int dimensions, double[] coordinates) implements Signal {}

  /**
   * A surface in three dimensions, of which points are drawn.
   *
   * @param vertices [n, 3] row-major
   * @param corners [triangles, 3] row-major: the vertices of each, from 0
   */
  record Mesh(double[] vertices, int[] corners) implements Signal {}

  /** Opens the sound from its start. */
  interface PcmSource {
    PcmStream open() throws IOException;
  }

  /** Interleaved samples in [-1, 1]. */
  interface PcmStream extends AutoCloseable {
    /**
     * Reads up to `frames` frames (one sample a channel) into interleaved[0 ..); gives how many, or
     * -1 at the end.
     */
    int read(float[] interleaved, int frames) throws IOException;

    @Override
    void close() throws IOException;
  }
}
