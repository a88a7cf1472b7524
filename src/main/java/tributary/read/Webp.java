package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The container of a WebP picture (RIFF, RFC 9649), walked before anything is decoded: the sizes in
 * it must agree, and a frame has one picture. {@link Vp8} reads a lossy one, {@link Vp8l} a
 * lossless one, and the alpha of a lossy one, which is stored as the green of a lossless one.
 *
 * <p>Of an animation the first frame is shown, where it is on its canvas; around it nothing, or
 * black where the file has no alpha, as in Pillow.
 */
final class Webp {
  /** Pixels of a WebP: a lossless one needs up to 16 bytes of heap for each. */
  static final long MOST_PIXELS = 25_000_000;

  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int ANIMATION = 0x02;
  private static final int FRAME_HEADER = 16;
  private static final int ALPHA = 0x10;

  private final byte[] payload;
  private final ByteBuffer in;
  private final int end;
  private final Annotations notes = new Annotations();
  private Size canvas = new Size(0, 0);

  /** What is seen where the frame is not: nothing, or black where the file has no alpha. */
  private int around;

  private int left;
  private int top;
  private Size frame = new Size(0, 0);
  private @Nullable Chunk picture;
  private @Nullable Chunk alpha;

  private Webp(byte[] payload) {
    this.payload = payload;
    this.in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
    this.end = end(payload);
  }

  /**
   * The picture.
   *
   * @throws Rejected CORRUPT_IMAGE, IMAGE_TOO_LARGE
   */
  static Signal.Image read(byte[] payload, long mostPixels) {
    Webp file = new Webp(payload);
    file.walk();
    Size canvas = file.canvas;
    ImageReader.refuseHuge("WEBP", canvas.width, canvas.height, Math.min(mostPixels, MOST_PIXELS));
    return file.notes.applied(file.decoded());
  }

  private void walk() {
    Chunk first = chunk(RIFF_HEADER, end);
    if (!first.name.equals("VP8X")) {
      picture = first;
      frame = size(first);
      canvas = frame;
      return;
    }
    first.atLeast(10);
    boolean animated = (in.get(first.from) & ANIMATION) != 0;
    around = (in.get(first.from) & ALPHA) != 0 ? 0 : 0xFF << 24;
    canvas = new Size(1 + little24(first.from + 4), 1 + little24(first.from + 7));
    if (animated) {
      firstFrame(first.next());
    } else {
      frame = canvas;
      picture(first.next(), end);
    }
    for (int at = first.next(); at < end; ) {
      Chunk chunk = chunk(at, end);
      switch (chunk.name) {
        case "ICCP" -> notes.profile(Arrays.copyOfRange(payload, chunk.from, chunk.end()));
        case "EXIF" -> notes.exif(payload, chunk.from, chunk.end());
        case "XMP " -> notes.xmp(payload, chunk.from, chunk.end());
        default -> {} // seen, or not for us
      }
      at = chunk.next();
    }
  }

  private Signal.Image decoded() {
    Chunk chunk = picture;
    if (chunk == null) {
      throw corrupt("no whole picture");
    }
    int every = RasterReader.every(canvas.width, canvas.height);
    boolean lossy = chunk.name.equals("VP8 ");
    boolean whole = frame.equals(canvas);
    int step = whole ? every : 1;
    Signal.Image image =
        lossy
            ? Vp8.read(payload, chunk.from, chunk.end(), step)
            : Vp8l.read(payload, chunk.from, chunk.end(), step);
    if (lossy && alpha != null) {
      byte[] opacity = WebpAlpha.read(payload, alpha.from, alpha.end(), frame.width, frame.height);
      for (int i = 0; i < image.argb().length; i++) {
        int at = i / image.width() * step * frame.width + i % image.width() * step;
        image.argb()[i] = image.argb()[i] & 0xFFFFFF | opacity[at] << 24;
      }
    }
    return whole ? image : Canvas.placed(image, left, top, canvas.width, canvas.height, around);
  }

  private static int end(byte[] payload) {
    long length = payload.length < RIFF_HEADER ? 0 : little32(payload, 4) & 0xFFFFFFFFL;
    if (length + 8 > payload.length) {
      throw corrupt("the header says " + (length + 8) + " bytes, the file has " + payload.length);
    }
    return (int) length + 8;
  }

  private void firstFrame(int from) {
    for (int at = from; at < end; ) {
      Chunk chunk = chunk(at, end);
      if (chunk.name.equals("ANMF")) {
        chunk.atLeast(FRAME_HEADER);
        frame = new Size(1 + little24(chunk.from + 6), 1 + little24(chunk.from + 9));
        left = 2 * little24(chunk.from);
        top = 2 * little24(chunk.from + 3);
        int right = left + frame.width;
        int bottom = top + frame.height;
        if (right > canvas.width || bottom > canvas.height) {
          throw corrupt(
              "a frame reaches to " + right + " x " + bottom + " of a canvas of " + canvas);
        }
        picture(chunk.from + FRAME_HEADER, chunk.end());
        return;
      }
      at = chunk.next();
    }
    throw corrupt("no whole picture");
  }

  /** One picture of the size expected, at most one alpha channel. */
  private void picture(int from, int end) {
    int pictures = 0;
    int alphas = 0;
    for (int at = from; at < end; ) {
      Chunk chunk = chunk(at, end);
      if (chunk.name.equals("VP8 ") || chunk.name.equals("VP8L")) {
        Size size = size(chunk);
        if (!size.equals(frame)) {
          throw corrupt("a picture of " + size + " on a canvas of " + frame);
        }
        picture = chunk;
        pictures++;
      } else if (chunk.name.equals("ALPH")) {
        alpha = chunk;
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
        new String(name, StandardCharsets.ISO_8859_1), at + CHUNK_HEADER, (int) length);
  }

  private int little24(int at) {
    return (in.getShort(at) & 0xFFFF) | (in.get(at + 2) & 0xFF) << 16;
  }

  private static int little32(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  static Rejected corrupt(String what) {
    return Completeness.corrupt("Cannot read WEBP: " + what);
  }

  private record Size(int width, int height) {
    @Override
    public String toString() {
      return width + " x " + height;
    }
  }

  private record Chunk(String name, int from, int length) {
    int end() {
      return from + length;
    }

    int next() {
      return from + length + (length & 1);
    }

    void atLeast(int bytes) {
      if (length < bytes) {
        throw corrupt("its chunk " + name + " has " + length + " bytes of at least " + bytes);
      }
    }
  }
}
