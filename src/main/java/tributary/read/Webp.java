package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * The container of a WebP picture (RIFF), walked before its decoder sees it. The decoder takes the
 * size of a picture from one place and allocates by another, decodes every picture chunk it meets,
 * and goes on without data where there is none; so here the sizes must agree (as the WebP container
 * specification has it), a frame has one picture, and who reads beyond the end is stopped.
 */
final class Webp {
  /** Pixels of a WebP: its decoder needs up to 16 bytes of heap for each. */
  static final long MOST_PIXELS = 25_000_000;

  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int ANIMATION = 0x02;

  private final ByteBuffer in;

  private Webp(byte[] payload) {
    this.in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The file for its decoder; refuses one that isn't whole or whose sizes differ. */
  static ImageInputStream open(byte[] payload) {
    check(payload);
    return new Input(payload);
  }

  private static void check(byte[] payload) {
    Webp file = new Webp(payload);
    int end = end(payload);
    Chunk first = file.chunk(RIFF_HEADER, end);
    if (!first.name.equals("VP8X")) {
      var unused = file.size(first);
      return;
    }
    first.atLeast(10);
    boolean animated = (file.in.get(first.from) & ANIMATION) != 0;
    Size canvas = new Size(1 + file.little24(first.from + 4), 1 + file.little24(first.from + 7));
    if (animated) {
      file.firstFrame(first.next(), end, canvas);
    } else {
      file.picture(first.next(), end, canvas);
    }
  }

  private static int end(byte[] payload) {
    long length = payload.length < RIFF_HEADER ? 0 : little32(payload, 4) & 0xFFFFFFFFL;
    if (length + 8 > payload.length) {
      throw corrupt("the header says " + (length + 8) + " bytes, the file has " + payload.length);
    }
    return (int) length + 8;
  }

  private void firstFrame(int from, int end, Size canvas) {
    for (int at = from; at < end; ) {
      Chunk chunk = chunk(at, end);
      if (chunk.name.equals("ANMF")) {
        chunk.atLeast(16);
        Size frame = new Size(1 + little24(chunk.from + 6), 1 + little24(chunk.from + 9));
        long right = 2L * little24(chunk.from) + frame.width;
        long bottom = 2L * little24(chunk.from + 3) + frame.height;
        if (right > canvas.width || bottom > canvas.height) {
          throw corrupt(
              "a frame reaches to " + right + " x " + bottom + " of a canvas of " + canvas);
        }
        picture(chunk.from + 16, chunk.from + chunk.length, frame);
        return;
      }
      at = chunk.next();
    }
    throw corrupt("no whole picture");
  }

  /** One picture of the size expected, at most one alpha channel. */
  private void picture(int from, int end, Size expected) {
    int pictures = 0;
    int alphas = 0;
    for (int at = from; at < end; ) {
      Chunk chunk = chunk(at, end);
      if (chunk.name.equals("VP8 ") || chunk.name.equals("VP8L")) {
        Size size = size(chunk);
        if (!size.equals(expected)) {
          throw corrupt("a picture of " + size + " on a canvas of " + expected);
        }
        pictures++;
      } else if (chunk.name.equals("ALPH")) {
        alphas++;
      }
      at = chunk.next();
    }
    if (pictures != 1 || alphas > 1) {
      throw corrupt(pictures + " pictures and " + alphas + " alpha channels in one frame");
    }
  }

  private Size size(Chunk chunk) {
    if (chunk.name.equals("VP8L")) {
      chunk.atLeast(5);
      int bits = in.getInt(chunk.from + 1);
      return new Size(1 + (bits & 0x3FFF), 1 + (bits >>> 14 & 0x3FFF));
    }
    if (!chunk.name.equals("VP8 ")) {
      throw corrupt("no picture in its first chunk, " + chunk.name);
    }
    chunk.atLeast(10);
    int width = in.getShort(chunk.from + 6) & 0x3FFF;
    return new Size(width, in.getShort(chunk.from + 8) & 0x3FFF);
  }

  private Chunk chunk(int at, int end) {
    long length = end - at < CHUNK_HEADER ? 0 : in.getInt(at + 4) & 0xFFFFFFFFL;
    if (at + CHUNK_HEADER + length > end) {
      throw corrupt("the chunk at byte " + at + " has " + length + " bytes, the file has " + end);
    }
    byte[] name = new byte[4];
    in.get(at, name);
    return new Chunk(
        new String(name, java.nio.charset.StandardCharsets.ISO_8859_1),
        at + CHUNK_HEADER,
        (int) length);
  }

  private int little24(int at) {
    return (in.getShort(at) & 0xFFFF) | (in.get(at + 2) & 0xFF) << 16;
  }

  private static int little32(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  private static Rejected corrupt(String what) {
    return Completeness.corrupt("Cannot read WEBP: " + what);
  }

  private record Size(int width, int height) {
    @Override
    public String toString() {
      return width + " x " + height;
    }
  }

  private record Chunk(String name, int from, int length) {
    int next() {
      return from + length + (length & 1);
    }

    void atLeast(int bytes) {
      if (length < bytes) {
        throw corrupt("its chunk " + name + " has " + length + " bytes of at least " + bytes);
      }
    }
  }

  /**
   * The file for its decoder: some zeros follow, as the decoder reads ahead; after them it is told
   * a few times that there is no more, then refused.
   */
  private static final class Input extends ImageInputStreamImpl {
    private static final int AHEAD = 16;
    private static final int PATIENCE = 64;

    private final byte[] bytes;
    private int asked;

    Input(byte[] payload) {
      this.bytes = Arrays.copyOf(payload, payload.length + AHEAD);
    }

    @Override
    public int read() {
      if (left() == 0) {
        return none();
      }
      bitOffset = 0;
      return bytes[(int) streamPos++] & 0xFF;
    }

    @Override
    public int read(byte[] to, int at, int length) {
      if (left() == 0 && length > 0) {
        return none();
      }
      bitOffset = 0;
      int count = Math.min(length, left());
      System.arraycopy(bytes, (int) streamPos, to, at, count);
      streamPos += count;
      return count;
    }

    private int left() {
      return (int) Math.max(0, bytes.length - streamPos);
    }

    private int none() {
      if (++asked > PATIENCE) {
        throw corrupt("its picture needs more than the " + (bytes.length - AHEAD) + " bytes");
      }
      return -1;
    }

    @Override
    public long length() {
      return bytes.length;
    }
  }
}
