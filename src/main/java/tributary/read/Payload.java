package tributary.read;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One cell of one modality, not yet decoded. What is decoded, and what counts as its content, is
 * said here once for every case; what makes a payload, such as a row of a table, only fills it.
 * Lives in a task, used by one thread; arrays are not copied and not changed.
 */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface Payload {
  /**
   * Decodes it.
   *
   * @throws Rejected where it can't be
   */
  Signal signal();

  /**
   * Adds the cell's content to the record's digest, decoded or not.
   *
   * @throws Rejected where the content can't be had: a file that isn't there
   */
  void digest(Digest digest);

  /** Text in the cell itself. */
  record Text(byte[] utf8) implements Payload {
    @Override
    public Signal signal() {
      return TextReader.read(utf8);
    }

    @Override
    public void digest(Digest digest) {
      digest.bytes(utf8);
    }
  }

  /** An encoded picture or sound in the cell itself, such as PNG or WAV. */
  record Bytes(Decoder decoder, byte[] content) implements Payload {
    @Override
    public Signal signal() {
      return decoder.decode(content);
    }

    @Override
    public void digest(Digest digest) {
      digest.bytes(content);
    }
  }

  /**
   * A file that the cell names: the same content in the cell itself has the same signal and digest.
   * Read once, when it is first asked for.
   */
  final class File implements Payload {
    private final Decoder decoder;
    private final String path;
    private final Storage storage;
    private byte @Nullable [] content;

    /**
     * @param path as the storage knows it
     */
    public File(Decoder decoder, String path, Storage storage) {
      this.decoder = decoder;
      this.path = path;
      this.storage = storage;
    }

    @Override
    public Signal signal() {
      return decoder.decode(content());
    }

    @Override
    public void digest(Digest digest) {
      digest.bytes(content());
    }

    private byte[] content() {
      byte[] bytes = content;
      if (bytes == null) {
        bytes = read();
        content = bytes;
      }
      return bytes;
    }

    /** Whatever a file system throws means that the file can't be had. */
    private byte[] read() {
      try {
        return storage.read(path);
      } catch (Rejected e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        throw new Rejected(
            Rejected.Reason.MISSING_FILE, "Cannot read " + path + ": " + Format.reason(e), e);
      }
    }
  }

  /**
   * What Spark's image struct holds; its fifth value, `origin`, is no content.
   *
   * @param mode OpenCV's type; not in the digest, since the channels tell as much
   * @param data [height, width, channels]
   */
  record Picture(int height, int width, int channels, int mode, byte[] data) implements Payload {
    @Override
    public Signal signal() {
      return ImageReader.struct(height, width, channels, mode, data);
    }

    @Override
    public void digest(Digest digest) {
      digest.number(height).number(width).number(channels).bytes(data);
    }
  }

  /**
   * Sound that was decoded elsewhere, one channel.
   *
   * @param rate samples a second
   * @param mono [samples]
   */
  record Samples(double rate, float[] mono) implements Payload {
    @Override
    public Signal signal() {
      return AudioReader.pcm(rate, mono);
    }

    @Override
    public void digest(Digest digest) {
      digest.number(Double.doubleToLongBits(rate)).floats(mono);
    }
  }

  /**
   * Vectors made elsewhere.
   *
   * @param values [n, width] row-major
   */
  record Vectors(int width, float[] values) implements Payload {
    @Override
    public Signal signal() {
      return NumberReader.vectors(width, values);
    }

    @Override
    public void digest(Digest digest) {
      digest.floats(values);
    }
  }

  /**
   * Measurements over time.
   *
   * @param times [n] in seconds or the column's own unit
   * @param values [n, channels] row-major
   */
  record Series(double[] times, int channels, double[] values) implements Payload {
    @Override
    public Signal signal() {
      return NumberReader.series(times, channels, values);
    }

    @Override
    public void digest(Digest digest) {
      digest.doubles(times).doubles(values);
    }
  }

  /**
   * A cloud of points. Coordinates that are floats have a digest of floats.
   *
   * @param coordinates [n, dimensions] row-major
   */
  record Points(int dimensions, double[] coordinates) implements Payload {
    @Override
    public Signal signal() {
      return NumberReader.points(dimensions, coordinates);
    }

    @Override
    public void digest(Digest digest) {
      float[] floats = new float[coordinates.length]; // [n, dimensions]
      boolean exact = true;
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) coordinates[i];
        exact &= Double.compare(floats[i], coordinates[i]) == 0;
      }
      if (exact) {
        digest.floats(floats);
      } else {
        digest.doubles(coordinates);
      }
    }
  }

  /**
   * A cell that none of the others can be made of, such as one with a null among its numbers.
   *
   * @param why it isn't one
   * @param content adds what the cell holds to a digest
   */
  record Unreadable(Rejected why, Consumer<Digest> content) implements Payload {
    @Override
    public Signal signal() {
      throw why;
    }

    @Override
    public void digest(Digest digest) {
      content.accept(digest);
    }
  }

  /** Where files are; this package knows none. */
  @FunctionalInterface
  interface Storage {
    /**
     * The content of a file.
     *
     * @throws IOException where there is no such file, or it can't be read
     * @throws IllegalArgumentException where the path is no path
     * @throws Rejected where the file isn't to be read: a folder, or too large
     */
    byte[] read(String path) throws IOException;
  }
}
