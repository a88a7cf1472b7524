package tributary.read;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A lossless WebP picture (VP8L) by TwelveMonkeys, which is given a file of that chunk alone, and is
 * stopped where it reads beyond the end: it would go on without data.
 */
final class WebpLossless {
  private static final int HEADER = 20;

  private WebpLossless() {}

  /** Each so manieth row and column of the picture in a chunk. */
  static Signal.Image read(byte[] bytes, int from, int end, int every) throws IOException {
    int length = end - from;
    ByteBuffer file =
        ByteBuffer.allocate(HEADER + length + (length & 1)).order(ByteOrder.LITTLE_ENDIAN);
    file.put(ascii("RIFF")).putInt(file.capacity() - 8).put(ascii("WEBPVP8L")).putInt(length);
    file.put(bytes, from, length);
    ImageReader reader = RasterReader.reader(Format.WEBP);
    try (ImageInputStream in = input(file.array())) {
      reader.setInput(in, true, true);
      ImageReadParam param = reader.getDefaultReadParam();
      param.setSourceSubsampling(every, every, 0, 0);
      BufferedImage image = reader.read(0, param);
      return new Signal.Image(image.getWidth(), image.getHeight(), Pixels.argb(image));
    } finally {
      reader.dispose();
    }
  }

  /** The file for its decoder. */
  static ImageInputStream input(byte[] file) {
    return new Input(file);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
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
        throw Webp.corrupt("its picture needs more than the " + (bytes.length - AHEAD) + " bytes");
      }
      return -1;
    }

    @Override
    public long length() {
      return bytes.length;
    }
  }
}
